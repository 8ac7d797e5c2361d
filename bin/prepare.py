"""Finds Chromium, PostgreSQL (and what else is named) for the tests; as root on Debian it installs what is missing.

Otherwise names the one command and ends with 1. SKIP=1 goes on without: the tests that need them wait and are counted.
"""

import os
import shutil
import sys
from pathlib import Path

from debian import command, install, stop


def postgresql() -> bool:
    servers = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return bool(os.environ.get("TEST_DATABASE_URL") or shutil.which("postgres") or any(servers))


def is_there(package: str) -> bool:
    return postgresql() if package == "postgresql" else shutil.which(package) is not None


def main(packages: list[str]) -> None:
    missing = [package for package in packages if not is_there(package)]
    if not missing or os.environ.get("SKIP") == "1":
        return
    if install(missing) and all(map(is_there, missing)):
        return
    stop(f"Still needed: {' and '.join(missing)}. Please run: {command(missing)}   (SKIP=1 make test goes on without)")


if __name__ == "__main__":
    main(["chromium", "postgresql", *sys.argv[1:]])
