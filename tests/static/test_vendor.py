"""Files of others stay as they came."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "static" / "vendor"
VERSIONS = json.loads((VENDOR / "versions.json").read_text())


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_vendored_files_are_unchanged_and_complete(name: str) -> None:
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (VENDOR / name).iterdir() if p.is_file()}
    found = {file: digest for file, digest in found.items() if not file.endswith(".pyc")}
    assert found == VERSIONS[name]["files"]


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_vendored_files_bring_licence_version_and_source(name: str) -> None:
    entry = VERSIONS[name]
    assert entry["version"] and entry["licence"]
    assert entry["source"].startswith("https://")
    assert any(file.startswith("LICENSE") for file in entry["files"])


def test_every_vendored_folder_is_listed() -> None:
    assert {p.name for p in VENDOR.iterdir() if p.is_dir()} == set(VERSIONS)


def test_no_template_uses_what_htmx_4_has_dropped() -> None:
    checker = VENDOR / "htmx" / "upgrade-check.py"
    result = subprocess.run(
        [sys.executable, "-B", str(checker), "--ext", ".html", str(ROOT / "templates")], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_the_checker_of_htmx_finds_an_old_habit(tmp_path: Path) -> None:
    (tmp_path / "old.html").write_text('<div hx-get="/x" hx-vars="a:1">x</div>')
    checker = VENDOR / "htmx" / "upgrade-check.py"
    result = subprocess.run([sys.executable, "-B", str(checker), "--ext", ".html", str(tmp_path)], capture_output=True, text=True)
    assert result.returncode == 1
