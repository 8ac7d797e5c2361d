"""Static files as they leave the house: named by their content, compressed once at the start, kept by browsers for good."""

import atexit
import hashlib
import os
import re
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from flask import Flask, request
from whitenoise import WhiteNoise  # type: ignore[import-untyped]
from whitenoise.compress import Compressor  # type: ignore[import-untyped]

# One stylesheet, one request. KERN has no cascade layers and a link cannot name one, so its unchanged file is
# wrapped here; element defaults come before it, everything of ours after it.
STYLESHEET = "css/site.css"
KERN = "vendor/kern/kern.min.css"
OURS = [
    "css/tokens.css",
    "css/type.css",
    "css/layout.css",
    "css/masthead.css",
    "css/components.css",
    "css/forms.css",
    "css/line.css",
    "css/ideas.css",
    "css/results.css",
    "css/profiles.css",
    "css/manage.css",
    "css/pages.css",
    "css/media.css",
]
SOURCES = {*OURS, KERN}
# A sixth of KERN's file are drawings of icons that no page shows; they stay at home.
ICON = re.compile(r'(?<=\})\.kern-icon--[\w-]+\{[^{}]*url\("data:[^{}]*\}')
# Fonts as .ttf are for printed documents; browsers get the smaller .woff2.
NOT_SERVED = {".py", ".json", ".ttf"}
IMMUTABLE = r"\.[0-9a-f]{12}\.\w+$"


def stylesheet(static: Path) -> str:
    kern = (static / KERN).read_text("utf-8").removeprefix('@charset "UTF-8";')
    kern = ICON.sub("", kern)
    ours = "\n".join((static / name).read_text("utf-8") for name in OURS)
    return f"@layer defaults, kern;\n@layer kern {{{kern}}}\n{ours}"


def hashed(name: str, content: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"


def _urls(css: str, names: dict[str, str]) -> str:
    """Addresses in our own rules are written from css/ (`../vendor/…`) and get the hashed names."""
    return re.sub(r'url\("(\.\./[^"]+)"\)', lambda found: f'url("../{names[found[1][3:]]}")', css)


@lru_cache
def built(static: Path) -> tuple[Path, dict[str, str]]:
    """A folder with hashed and compressed copies, and the way from a plain name to the hashed one."""
    target = Path(tempfile.mkdtemp(prefix="ideation-assets-"))
    atexit.register(_remove, target, os.getpid())
    names: dict[str, str] = {}
    for path in sorted(p for p in static.rglob("*") if p.is_file()):
        name = path.relative_to(static).as_posix()
        if name not in SOURCES and path.suffix not in NOT_SERVED:
            names[name] = _write(target, name, path.read_bytes())
    names[STYLESHEET] = _write(target, STYLESHEET, _urls(stylesheet(static), names).encode())
    compressor = Compressor(quiet=True)
    for name in names.values():
        if compressor.should_compress(name):
            list(compressor.compress(str(target / name)))
    return target, names


def _write(target: Path, name: str, content: bytes) -> str:
    name = hashed(name, content)
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    (target / name).write_bytes(content)
    return name


def _remove(folder: Path, owner: int) -> None:
    # A forked worker inherits the handler; only the process that built the folder may take it away.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def init_app(app: Flask) -> None:
    folder, names = built(Path(str(app.static_folder)))
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix="static/",
        allow_all_origins=False,
        immutable_file_test=IMMUTABLE,
        add_headers_function=lambda headers, path, url: headers.add_header("X-Content-Type-Options", "nosniff"),
    )

    @app.template_global()
    def asset(name: str) -> str:
        """`asset("css/site.css")`: one address in both languages, so that it is fetched once."""
        root = (request.environ.get("SCRIPT_NAME") or "").removesuffix("/en")
        return f"{root}/static/{names[name]}"
