"""What the strict content security policy and the house forbid in templates."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
FORBIDDEN = {
    "a style attribute": r"\sstyle\s*=",
    "a style element": r"<style\b",
    "an event handler": r"\son[a-z]+\s*=\s*[\"']",
    "an inline script": r"<script\b(?![^>]*\bsrc=)",
    "hx-on": r"\bhx-on[:\-=]",
    "a js: value": r"=\s*[\"']\s*(?:js|javascript):",
    "an address elsewhere": r"(?:src|srcset|action)\s*=\s*[\"'](?:https?:)?//",
    "an unescaped value": r"\|\s*safe\b",
    "text of an empty link": r"<a\b[^>]*>\s*</a>",
}


def name(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_template_holds_nothing_forbidden(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
    found = [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]
    assert not found


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_template_stays_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 100


def test_every_image_says_what_it_shows() -> None:
    for path in FILES:
        for tag in re.findall(r"<img\b[^>]*>", path.read_text("utf-8")):
            assert " alt=" in tag, f"{name(path)}: {tag}"


def test_classes_exist_in_the_styles() -> None:
    static = TEMPLATES.parent / "static"
    styles = "".join(p.read_text("utf-8") for p in [*static.glob("css/*.css"), static / "vendor/kern/kern.min.css"])
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", styles))
    for path in FILES:
        text = re.sub(r"\{%.*?%\}", " ", path.read_text("utf-8"), flags=re.S)
        text = re.sub(r"\{\{.*?\}\}", "…", text, flags=re.S)
        for value in re.findall(r'\bclass="([^"]*)"', text):
            unknown = {c for c in value.split() if re.fullmatch(r"[a-z][\w-]*", c)} - known
            assert not unknown, f"{name(path)}: {', '.join(sorted(unknown))}"
