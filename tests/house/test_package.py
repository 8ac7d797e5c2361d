"""A built wheel runs from an empty folder: pages, styles, migrations and translations are inside."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
