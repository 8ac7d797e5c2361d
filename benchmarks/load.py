"""wrk against one address, or along a list of prepared requests, and votes that keep arriving meanwhile."""

import http.client
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

CONNECTIONS, SECONDS, WARM_SECONDS = 16, 4, 1
SCRIPT = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Request:
    path: str
    body: str = ""
    cookie: str = ""

    @classmethod
    def form(cls, path: str, cookie: str = "", **fields: object) -> "Request":
        return cls(path, urlencode(fields), cookie)


@dataclass(frozen=True)
class Load:
    rate: float
    p99: str
    failed: int
    ended: bool = False

    def __str__(self) -> str:
        trouble = f", {self.failed} failed" if self.failed else ""
        return f"{self.rate:8,.0f}/s  p99 {self.p99:>8}{trouble}"


def _run(line: list[str]) -> str:
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def _read(told: str) -> Load:
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    p99 = re.search(r"99%\s+(\S+)", told)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    failed = int(refused[1]) if refused else 0
    failed += sum(int(part) for part in broken.groups()) if broken else 0
    return Load(float(rate[1]) if rate else 0.0, p99[1] if p99 else "-", failed)


def get(url: str, cookie: str = "", seconds: int | None = None) -> Load:
    more = ["-H", "Accept-Encoding: gzip", *(["-H", f"Cookie: {cookie}"] if cookie else [])]
    _run([*_line(WARM_SECONDS), *more, url])
    return _read(_run([*_line(seconds or SECONDS), *more, url]))


def post(server: str, requests: Sequence[Request], seconds: int | None = None) -> Load:
    """Every request once; the list must be longer than what the server can take in the time."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines(f"{r.path}\t{r.body}\t{r.cookie}\n" for r in requests)
        file.flush()
        told = _run([*_line(seconds or SECONDS), "-s", str(SCRIPT), server, "--", file.name])
    if "list ended" in told:
        raise RuntimeError("the list of requests was too short for this server")
    return _read(told)


def _line(seconds: int) -> list[str]:
    return ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s", "--latency"]


@contextmanager
def arriving(server: str, requests: Sequence[Request], per_second: int = 50) -> Iterator[list[int]]:
    """Requests at a steady pace while the block runs; collects their statuses."""
    statuses: list[int] = []
    stop = threading.Event()

    def send() -> None:
        connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=20)
        due = time.monotonic()
        for one in requests:
            due += 1 / per_second
            if stop.wait(max(0.0, due - time.monotonic())):
                break
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": one.cookie}
            connection.request("POST", one.path, one.body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        thread.join()
