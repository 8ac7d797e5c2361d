"""A built wheel runs from an empty folder: pages, styles, migrations and translations are inside."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.core.paper import codes
from tests.house.code import ROOT
from tests.server import IDEATION, environment, fetch, free_port, running


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)
    wheel = next(folder.glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(wheel)], check=True, capture_output=True, cwd=folder)
    return folder


def test_the_wheel_serves_pages_from_elsewhere(installed: Path) -> None:
    port = free_port()
    line = [*IDEATION, "serve", "--port", str(port), "--workers", "1"]
    # The checkout is importable in the test environment; the folder with the wheel comes before it.
    settings = environment(installed / "data", PYTHONPATH=str(installed / "site"))
    with running(line, port, installed / "data", settings, cwd=installed) as server:
        status, page = fetch(server.url + "/")
        assert status == 200, server.log()
        style = re.search(r'href="(/static/css/[^"]+)"', page)
        assert style is not None
        assert fetch(server.url + style[1])[0] == 200
        assert 'lang="en"' in fetch(server.url + "/en/")[1]
        assert fetch(server.url + "/readyz")[0] == 200
    assert not (installed / "instance").exists()
    assert not (installed / "site" / "instance").exists()


TYPESET = """
import json, pathlib, sys
from ideation.core import typeset
assert str(typeset.TEMPLATES).startswith(sys.argv[1]), typeset.TEMPLATES
data = json.loads(pathlib.Path("codes.json").read_text("utf-8"))
pathlib.Path("codes.pdf").write_bytes(typeset.pdf("paper/sheet.typ", data, language="de", title="Codes"))
"""


def test_the_wheel_typesets_documents_from_elsewhere(installed: Path) -> None:
    (installed / "codes.json").write_text(json.dumps(codes(1)), "utf-8")
    settings = environment(installed / "data", PYTHONPATH=str(installed / "site"))
    line = [sys.executable, "-c", TYPESET, str(installed / "site")]
    done = subprocess.run(line, cwd=installed, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = PdfReader(installed / "codes.pdf").pages[0]
    assert "Ihr Code zum Abstimmen" in page.extract_text()
    fonts = page["/Resources"]["/Font"].values()
    assert all("FiraSans" in font.get_object()["/BaseFont"] for font in fonts)
