"""The real server: `ideation serve` in processes of its own, on a free port, with a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60
IDEATION = (sys.executable, "-c", "from ideation.cli import main; main()")


@dataclass(frozen=True)
class Server:
    url: str
    folder: Path
    process: "subprocess.Popen[bytes]"

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Nothing of the surrounding settings, only these."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("IDEATION_")}
    return {**kept, "IDEATION_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", **more}


def command(folder: Path, *arguments: str, stdin: str = "", **more: str) -> str:
    """Runs `ideation …` beside the server."""
    done = subprocess.run(
        [*IDEATION, *arguments], input=stdin, env=environment(folder, **more), capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise AssertionError(f"ideation {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def running(
    arguments: Sequence[str], port: int, folder: Path, settings: Mapping[str, str], cwd: Path | None = None
) -> Iterator[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(arguments, cwd=cwd, env=settings, stdout=log, stderr=log, start_new_session=True)
    server = Server(f"http://127.0.0.1:{port}", folder, process)
    try:
        _wait(server)
        yield server
    finally:
        _stop(process)


@contextmanager
def serving(folder: Path, *arguments: str, workers: int = 2, **more: str) -> Iterator[Server]:
    """`ideation serve` of this checkout."""
    port = free_port()
    line = [*IDEATION, "serve", "--port", str(port), "--workers", str(workers), *arguments]
    with running(line, port, folder, environment(folder, IDEATION_BASE_URL=f"http://127.0.0.1:{port}", **more)) as server:
        yield server


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _wait(server: Server) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            fetch(server.url + "/healthz")
            return
        except OSError:
            if server.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the server did not start:\n{server.log()}") from None
            time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGQUIT)  # at once: no test waits for connections that are kept alive
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
