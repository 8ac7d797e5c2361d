"""Templates compile, name what exists, and hold nothing that the Content-Security-Policy refuses."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from ideation import create_app
from tests.conftest import settings
from tests.house.code import ROOT, sources

TEMPLATES = ROOT / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})
INLINE = {
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "a script in the page": re.compile(r"<script\b(?![^>]*\b(src|type=\"application/(?:ld\+)?json\")\b)", re.I),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"\bhx-on\b"),
    "a value that needs eval": re.compile(r"\bjs:|javascript:"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(**settings(tmp_path_factory.mktemp("house"), ""))


def names(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def test_every_template_compiles(site: Flask) -> None:
    for page in PAGES:
        site.jinja_env.get_template(names(page))


def test_templates_extend_and_include_only_what_exists(site: Flask) -> None:
    known = {names(page) for page in PAGES}
    missing = []
    for page in PAGES:
        tree = site.jinja_env.parse(page.read_text("utf-8"))
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            wanted = node.template
            if isinstance(wanted, nodes.Const) and isinstance(wanted.value, str) and wanted.value not in known:
                missing.append(f"{names(page)}:{node.lineno} {wanted.value}")
    assert missing == []


def test_code_renders_only_templates_that_exist() -> None:
    known = {names(page) for page in PAGES}
    missing = []
    for source in sources():
        for node in ast.walk(source.tree):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.fullmatch(r"[\w/.-]+\.html", text) and text not in known:
                missing.append(f"{source}:{node.lineno} {text}")
    assert missing == []


def test_templates_link_only_to_pages_that_exist(site: Flask) -> None:
    unknown = []
    for page in PAGES:
        tree = site.jinja_env.parse(page.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            is_link = isinstance(call.node, nodes.Name) and call.node.name in {"url_for", "address"}
            if is_link and call.args and isinstance(call.args[0], nodes.Const) and call.args[0].value not in site.view_functions:
                unknown.append(f"{names(page)}:{call.lineno} {call.args[0].value}")
    assert unknown == []


@pytest.mark.parametrize("what", INLINE)
def test_no_template_holds(what: str) -> None:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        found += [f"{names(page)}:{text[: hit.start()].count(chr(10)) + 1}" for hit in INLINE[what].finditer(text)]
    assert found == []


def test_htmx_finds_no_habit_of_an_earlier_version() -> None:
    checker = ROOT / "static" / "vendor" / "htmx" / "upgrade-check.py"
    done = subprocess.run([sys.executable, "-W", "ignore", checker, TEMPLATES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
