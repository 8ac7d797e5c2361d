"""What only Debian can give: installed when this runs as root, else named in one line. Standard library only."""

import os
import shutil
import subprocess
import sys


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install(packages: list[str]) -> bool:
    """Whether apt-get installed the packages."""
    if not (is_root() and shutil.which("apt-get")):
        return False
    print("Installing from Debian:", " ".join(packages), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    quiet = {"env": environment, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.run([*apt, "update"], **quiet)
    return subprocess.run([*apt, "install", "--yes", "--no-install-recommends", *packages], **quiet).returncode == 0


def command(packages: list[str]) -> str:
    return "sudo apt install " + " ".join(packages)


def stop(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise SystemExit(1)
