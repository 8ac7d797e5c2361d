"""Anonymous pages as bytes: kept while the content's version stands, at most two seconds, never past a window's edge."""

import gzip
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, g, request, session
from sqlalchemy import Engine

from ideation.core.db import db

SECONDS = 2.0
ENTRIES = 500
MAX_BYTES = 300_000


@dataclass(slots=True)
class Entry:
    version: object
    made: float
    until: float
    headers: list[tuple[str, str]]
    body: bytes
    etag: str
    packed: bytes | None = None


def until(moment: datetime | None) -> None:
    """The page being made tells something that changes at this moment (a window opens or closes, a day ends)."""
    if moment is not None:
        g.page_until = min(g.get("page_until", moment), moment)


class PageCache:
    """WSGI middleware. Who has a session cookie passes through untouched."""

    def __init__(self, app: Flask, wsgi: Callable[..., Iterable[bytes]], cookie: str) -> None:
        self.app, self.wsgi, self.cookie = app, wsgi, cookie + "="
        self.pages: dict[tuple[str, ...], Entry] = {}
        self.engine: Engine | None = None

    def version(self) -> object:
        """The highest activity id but for votes, which would make every page anew many times a second: read, never written.
        A count that visitors see is two seconds old at most."""
        if self.engine is None:
            with self.app.app_context():
                self.engine = db.engine
        try:
            connection = self.engine.raw_connection()
            driver: Any = connection.driver_connection
            try:
                if self.engine.dialect.name == "postgresql":
                    driver.autocommit = True  # one trip to the server instead of three
                cursor = connection.cursor()
                cursor.execute("SELECT max(id) FROM activity WHERE verb <> 'ballot.voted'")
                return (cursor.fetchone() or [None])[0]
            finally:
                if self.engine.dialect.name == "postgresql":
                    driver.autocommit = False
                connection.close()
        except Exception:
            # Without a database no kept page is known to be true; the request itself then answers 503.
            return object()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or self.cookie in environ.get("HTTP_COOKIE", ""):
            return self.wsgi(environ, start_response)
        key = (
            environ.get("wsgi.url_scheme", ""),
            environ.get("HTTP_HOST", ""),
            environ.get("HTTP_X_FORWARDED_HOST", ""),
            environ.get("HTTP_X_FORWARDED_PROTO", ""),
            environ.get("PATH_INFO", ""),
            environ.get("QUERY_STRING", ""),
        )
        entry = self.pages.get(key)
        now = time.time()
        if entry is None or not entry.made <= now < entry.until or entry.version != self.version():
            entry, answer = self.make(key, environ, start_response)
            if entry is None:
                return answer
        return self.answer(entry, environ, start_response)

    def make(
        self, key: tuple[str, ...], environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> tuple[Entry | None, Iterable[bytes]]:
        told: list[Any] = []

        def listen(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            told[:] = [status, headers, exc_info]
            return lambda data: None

        page: dict[str, Any] = {}
        environ["ideation.page"] = page
        # The version is read before the page is made: a change in between makes the entry stale, never wrong.
        begun, version = time.time(), None
        body = self.wsgi(environ, listen)
        status, headers, exc_info = told
        if not page.get("keep"):
            start_response(status, headers, *([exc_info] if exc_info else []))
            return None, body
        version = page["version"]
        data = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        etag = 'W/"' + hashlib.blake2b(data, digest_size=12).hexdigest() + '"'
        kept = [(k, v) for k, v in headers if k.lower() != "content-length"] + [("ETag", etag), ("Vary", "Accept-Encoding")]
        entry = Entry(version, begun, min(begun + SECONDS, page["until"]), kept, data, etag)
        if len(data) <= MAX_BYTES:
            while len(self.pages) >= ENTRIES:
                self.pages.pop(next(iter(self.pages)), None)
            self.pages[key] = entry
        return entry, []

    def answer(self, entry: Entry, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_IF_NONE_MATCH") == entry.etag:
            start_response("304 Not Modified", entry.headers)
            return [b""]
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            if entry.packed is None:
                entry.packed = gzip.compress(entry.body, 6, mtime=0)
            extra, data = [("Content-Encoding", "gzip")], entry.packed
        else:
            extra, data = [], entry.body
        start_response("200 OK", [*entry.headers, *extra, ("Content-Length", str(len(data)))])
        return [data]


def init_app(app: Flask) -> None:
    cache = PageCache(app, app.wsgi_app, app.config["SESSION_COOKIE_NAME"])
    app.extensions["pagecache"] = cache
    app.wsgi_app = cache  # type: ignore[method-assign]

    @app.before_request
    def _note_version() -> None:
        if "ideation.page" in request.environ:
            request.environ["ideation.page"]["version"] = cache.version()

    @app.after_request
    def _offer(response: Any) -> Any:
        page = request.environ.get("ideation.page")
        private = session.modified or "no-store" in response.headers.get("Cache-Control", "")
        if page is not None and response.status_code == 200 and response.mimetype == "text/html" and not private:
            page["keep"] = True
            page["until"] = g.page_until.timestamp() if "page_until" in g else float("inf")
        return response
