"""Makes .venv and installs what requirements.txt pins, by checksum. Standard library only: nothing else is there yet."""

import importlib.util
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from debian import command, install, stop

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"


def can_make_environments() -> bool:
    # A bare Debian has `venv` without `ensurepip`: the folder it then leaves behind looks finished and is not.
    return importlib.util.find_spec("ensurepip") is not None


def make_environment() -> None:
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    if can_make_environments():
        venv.create(FOLDER, with_pip=True)
    elif install(["python3-venv"]):
        # A new process: this one has already looked for ensurepip and remembers that it found none.
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    elif shutil.which("uv"):
        subprocess.run(["uv", "venv", "--quiet", "--seed", "--python", sys.executable, str(FOLDER)], check=True)
    else:
        stop(f"Python cannot make environments here. Please run: {command(['python3-venv'])}")


def pip(*arguments: str) -> None:
    done = subprocess.run([str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], cwd=ROOT)
    if done.returncode:
        stop("The packages could not be installed; the lines above say why. Then repeat the command.")


def works() -> bool:
    return PYTHON.exists() and subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True).returncode == 0


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 — run by whatever python3 there is
        stop(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.")
    if not works():
        make_environment()
    print("Installing the packages of requirements.txt …", flush=True)
    pip("install", "--require-hashes", "--requirement", "requirements.txt")
    # hatchling came with the line above, so nothing unpinned is fetched to build our own package.
    pip("install", "--no-deps", "--no-build-isolation", "--editable", ".")
    (FOLDER / ".ready").touch()


if __name__ == "__main__":
    main()
