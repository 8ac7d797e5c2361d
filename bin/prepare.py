"""Finds Chromium and PostgreSQL for the tests; as root on Debian it installs what is missing.

Otherwise names the one command and ends with 1. SKIP=1 goes on without: the tests that need them wait and are counted.
"""

import os
import shutil
from pathlib import Path

from debian import command, install, stop


def postgresql() -> bool:
    servers = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return bool(os.environ.get("TEST_DATABASE_URL") or shutil.which("postgres") or any(servers))


def chromium() -> bool:
    return shutil.which("chromium") is not None


def missing() -> list[str]:
    return [name for name, there in (("chromium", chromium()), ("postgresql", postgresql())) if not there]


def main() -> None:
    packages = missing()
    if not packages or os.environ.get("SKIP") == "1":
        return
    if install(packages) and not missing():
        return
    stop(f"The tests need {' and '.join(missing())}. Please run: {command(missing())}   (SKIP=1 make test goes on without)")


if __name__ == "__main__":
    main()
