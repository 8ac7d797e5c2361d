"""What every template knows."""

from flask import Flask, get_flashed_messages, request
from flask_login import current_user
from markupsafe import Markup, escape

from ideation.core.text import excerpt, markdown


def flashes() -> list[tuple[str, str]]:
    """Messages for this person. Reading them touches the session, so nobody without one is asked."""
    from flask import current_app

    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return []
    told: list[tuple[str, str]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]
    return told


def said(text: object, lang: str) -> Markup:
    """What somebody wrote, inside a page of another language: marked, so that it is read out in its own. Also within a sentence."""
    from ideation.core.i18n import current_locale

    return Markup('<span lang="{}">{}</span>').format(lang, text) if lang != current_locale() else escape(text)  # noqa: S704


def init_app(app: Flask) -> None:
    app.jinja_env.lstrip_blocks = True
    app.add_template_filter(markdown, "md")
    app.add_template_filter(excerpt, "excerpt")
    app.add_template_filter(said, "said")
    app.add_template_global(flashes, "flashes")

    @app.context_processor
    def _known() -> dict[str, object]:
        from ideation.core.i18n import current_locale

        viewer = current_user._get_current_object() if current_user and current_user.is_authenticated else None
        return {"viewer": viewer, "site_name": app.config["SITE_NAME"], "locale": current_locale()}
