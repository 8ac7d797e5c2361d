"""People with browsers of their own, many at once, over real connections."""

import http.client
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tests.visit import PASSWORD, TOKEN

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 60


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    sent: float
    came: float


class Browser:
    """One connection and its cookies; `copy` opens a further connection of the same signed-in person."""

    def __init__(self, url: str, cookie: str = "", token: str = "") -> None:
        self.url, self.cookie, self.token = url, cookie, token
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)

    def __del__(self) -> None:
        self.connection.close()  # races leave hundreds of connections behind

    def copy(self) -> "Browser":
        return Browser(self.url, self.cookie, self.token)

    def ask(self, method: str, path: str, fields: dict[str, object] | None = None, more: dict[str, str] | None = None) -> Answer:
        headers = {**({"Cookie": self.cookie} if self.cookie else {}), **(more or {})}
        body = None
        if fields is not None:
            headers |= FORM
            body = urlencode({"csrf_token": self.token, **fields})
        sent = time.time()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (http.client.HTTPException, OSError) as error:
            self.connection.close()
            return Answer(599, repr(error), sent, time.time())
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = line.partition(";")[0]
        return Answer(answer.status, text, sent, time.time())

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, **fields: object) -> Answer:
        return self.ask("POST", path, fields)

    def read_token(self, path: str) -> None:
        page = self.get(path)
        found = TOKEN.search(page.body)
        assert found, f"{path} answered {page.status} without a token: {re.sub('<[^>]+>', ' ', page.body)[:500]}"
        self.token = found[1] or found[2]

    def log_in(self, email: str, password: str = PASSWORD) -> Answer:
        self.read_token("/login")
        answer = self.post("/login", email=email, password=password)
        if answer.status == 303:
            self.read_token("/account")
        return answer


def signed_in(url: str, email: str) -> Browser:
    browser = Browser(url)
    answer = browser.log_in(email)
    assert answer.status == 303, answer.body
    return browser


def together(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """All at the same moment, each in a thread of its own."""
    gate = threading.Barrier(len(acts))
    answers: list[Answer | None] = [None] * len(acts)

    def play(number: int, act: Callable[[], Answer]) -> None:
        gate.wait()
        answers[number] = act()

    threads = [threading.Thread(target=play, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]
