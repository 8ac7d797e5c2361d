"""Two languages: which one a request speaks, and how it writes dates and numbers."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from babel import Locale
from flask import Flask, request

from ideation.core.sentence import End, Message, Stretch

LANGUAGES = {"de": "Deutsch", "en": "English"}


def shown(value: Any) -> Any:
    """A value as people read it: moments and numbers by locale, messages translated."""
    if isinstance(value, End):
        return moment_end(value.moment)
    if isinstance(value, Stretch):
        return stretch(value.begins, value.ends)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value)
    return value


def current_locale() -> str:
    from flask_babel import get_locale

    locale = get_locale()
    return locale.language if locale else "de"


def locale_of_request() -> str:
    from flask import current_app, has_request_context

    if has_request_context():
        return str(request.environ.get("ideation.locale", current_app.config["DEFAULT_LOCALE"]))
    return str(current_app.config["DEFAULT_LOCALE"])


def moment(value: datetime) -> str:
    """Thursday, 26 November 2026, 18:00, in the installation's zone."""
    return _moment(value, "EEEE, d. MMMM y")


def moment_short(value: datetime) -> str:
    return _moment(value, "d. MMM y")


def moment_end(value: datetime) -> str:
    """A moment at which something ends: midnight reads 24:00 of the day before."""
    return _moment(value, "EEEE, d. MMMM y", ends=True)


def moment_short_end(value: datetime) -> str:
    return _moment(value, "d. MMM y", ends=True)


def _moment(value: datetime, pattern: str, ends: bool = False) -> str:
    from ideation.core.clock import local

    there, german = local(value), current_locale() == "de"
    at = f"{there:%H:%M}"
    if ends and at == "00:00":
        there, at = there - timedelta(days=1), "24:00"
    return f"{_date(there, pattern if german else pattern.replace('d.', 'd'))}, {at}" + (" Uhr" if german else "")


def stretch(begins: datetime, ends: datetime) -> str:
    """From a moment to another; the day is said once when it is the same."""
    from flask_babel import gettext as _

    from ideation.core.clock import local

    german = current_locale() == "de"
    there = local(ends)
    if there - local(begins).replace(hour=0, minute=0, second=0, microsecond=0) > timedelta(days=1):
        return str(_("%(begins)s bis %(ends)s", begins=moment(begins), ends=moment_end(ends)))
    first = _moment(begins, "EEEE, d. MMMM y").removesuffix(" Uhr")
    last = "24:00" if f"{there:%H:%M}" == "00:00" else f"{there:%H:%M}"
    return str(_("%(begins)s bis %(ends)s", begins=first, ends=last)) + (" Uhr" if german else "")


def clock_time(value: datetime) -> str:
    from ideation.core.clock import local

    return f"{local(value):%H:%M}" + (" Uhr" if current_locale() == "de" else "")


def day(value: date | datetime) -> str:
    from ideation.core.clock import local

    there = local(value) if isinstance(value, datetime) else value
    return _date(there, "d. MMMM y" if current_locale() == "de" else "d MMMM y")


def day_end(value: datetime) -> str:
    """The day on which something ends: midnight belongs to the day before."""
    return day(value - timedelta(microseconds=1))


def dated(value: date | None, precision: str) -> str:
    """A date with the precision that is known: day, month or year; nothing when there is none."""
    if value is None:
        return ""
    if precision == "year":
        return str(value.year)
    return _date(value, "MMMM y") if precision == "month" else day(value)


def _date(value: date | datetime, pattern: str) -> str:
    from babel.dates import format_date

    return format_date(value, pattern, locale=current_locale())


def number(value: int | float) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, locale=current_locale())


def decimal(value: str | float | Fraction, digits: int = 3) -> str:
    """A number that may have a fraction (also written "a/b"), in the words of the language, rounded."""
    from babel.numbers import format_decimal

    exact = Fraction(value)
    return format_decimal(
        round(exact, digits).numerator / round(exact, digits).denominator, format="#,##0.###", locale=current_locale()
    )


def euros(value: str | float | Fraction) -> str:
    """An amount: whole euros as they are, parts of one as cents."""
    from babel.numbers import format_decimal

    cents = round(Fraction(value) * 100)
    pattern = "#,##0" if cents % 100 == 0 else "#,##0.00"
    told = format_decimal(cents / 100, format=pattern, locale=current_locale())
    return f"{told}\N{NO-BREAK SPACE}€" if current_locale() == "de" else f"€{told}"


class LocalePrefix:
    """Every page once more in English: `/en/…` is the same application mounted one step deeper."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], prefixes: dict[str, str]) -> None:
        self.wsgi, self.prefixes = wsgi, prefixes

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for prefix, locale in self.prefixes.items():
            if path == prefix or path.startswith(prefix + "/"):
                environ["PATH_INFO"] = path[len(prefix) :] or "/"
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["ideation.locale"] = locale
        return self.wsgi(environ, start_response)


def other_language_url() -> str:
    """The page being read, in the other language. Searches and filters are kept."""
    path = request.full_path.rstrip("?") if request.method == "GET" else request.path
    root = (request.environ.get("SCRIPT_NAME") or "").removesuffix("/en")
    return root + path if locale_of_request() != "de" else f"{root}/en{path}"


def _install_catalogues(app: Flask) -> None:
    """Templates ask for dozens of sentences a page; Flask-Babel looks the catalogue up anew for each of them."""
    from babel.support import NullTranslations, Translations

    folder = app.config["BABEL_TRANSLATION_DIRECTORIES"]
    known: dict[str, NullTranslations] = {code: Translations.load(folder, [code]) for code in LANGUAGES}

    def one(text: str) -> str:
        return known[current_locale()].gettext(text)

    def several(one: str, many: str, n: int) -> str:
        return known[current_locale()].ngettext(one, many, n)

    app.jinja_env.install_gettext_callables(one, several, newstyle=True)  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    from flask_babel import Babel

    app.config["BABEL_DEFAULT_LOCALE"] = app.config["DEFAULT_LOCALE"]
    app.config["BABEL_DEFAULT_TIMEZONE"] = app.config["TIMEZONE"]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = app.root_path + "/translations"
    Babel(app, locale_selector=locale_of_request)
    _install_catalogues(app)
    app.wsgi_app = LocalePrefix(app.wsgi_app, {"/en": "en"})  # type: ignore[method-assign]
    filters: dict[str, Callable[..., str]] = {
        "moment": moment,
        "moment_short": moment_short,
        "moment_end": moment_end,
        "moment_short_end": moment_short_end,
        "clock_time": clock_time,
        "day": day,
        "day_end": day_end,
        "number": number,
        "decimal": decimal,
        "euros": euros,
    }
    for name, function in filters.items():
        app.add_template_filter(function, name)
    app.add_template_global(dated, "dated")
    app.add_template_global(other_language_url, "other_language_url")
    app.add_template_global(current_locale, "current_locale")
    app.add_template_global(lambda code: Locale.parse(code).get_display_name(current_locale()), "language_name")
