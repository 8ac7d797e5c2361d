"""How static files leave the house."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from ideation.core import assets, i18n

STATIC = Path(__file__).parents[2] / "static"
TEMPLATES = STATIC.parent / "templates"
FIRST_VISIT = [
    "css/site.css",
    "vendor/htmx/htmx.min.js",
    "js/app.js",
    "vendor/fira-sans/fira-sans-latin-400-normal.woff2",
    "vendor/fira-sans/fira-sans-latin-600-normal.woff2",
    "icons/mark.svg",
]


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("ideation", static_folder=str(STATIC))
    app.config.update(DEFAULT_LOCALE="de", TIMEZONE="Europe/Berlin")
    i18n.init_app(app)
    assets.init_app(app)
    app.add_url_rule("/", "front", lambda: render_template_string("{{ asset('css/site.css') }}"))
    return app.test_client()


def test_a_first_visit_stays_small(client: FlaskClient) -> None:
    names = assets.built(STATIC)[1]
    sizes = {}
    for name in FIRST_VISIT:
        with client.get(f"/static/{names[name]}", headers={"Accept-Encoding": "gzip"}) as response:
            sizes[name] = len(response.data)
    # 120 kB in all, 10 kB of them for the page itself; with the page at most eight requests.
    assert sum(sizes.values()) <= 110_000, sizes
    assert len(sizes) + 1 <= 8


def test_a_file_is_compressed_kept_for_good_and_open_to_no_other_origin(client: FlaskClient) -> None:
    url = client.get("/").text
    with client.get(url, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.status_code == 200
        assert response.headers["Content-Encoding"] == "gzip"
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in response.headers
        assert b"@layer kern" in gzip.decompress(response.data)


def test_both_languages_fetch_the_same_file(client: FlaskClient) -> None:
    assert client.get("/").text == client.get("/en/").text


def test_the_name_follows_the_content() -> None:
    assert assets.hashed("css/a.css", b"a") != assets.hashed("css/a.css", b"b")


def test_the_stylesheet_holds_kern_without_its_icons_and_names_no_missing_file() -> None:
    sheet = assets.stylesheet(STATIC)
    kern = (STATIC / assets.KERN).read_text("utf-8").removeprefix('@charset "UTF-8";')
    assert assets.ICON.sub("", kern) in sheet
    assert not re.search(r"kern-icon--", "".join(p.read_text("utf-8") for p in TEMPLATES.rglob("*.html")))
    for path in re.findall(r'url\("\.\./([^"]+)"\)', sheet):
        assert (STATIC / path).is_file()
    assert not re.search(r"url\([\"']?(?:https?:)?//", sheet)


def test_every_stylesheet_of_ours_is_part_of_it() -> None:
    assert {f"css/{p.name}" for p in STATIC.glob("css/*.css")} == set(assets.OURS)
