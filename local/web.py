"""HTTP by werkzeug, for the gateway and for Stripe's stand-in: a function from Request to Response."""

import json
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response as WsgiResponse
from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MAX_BODY = 10 * 1024 * 1024  # API Gateway's limit
BACKLOG = 512  # connections of a burst wait in the kernel, they are not refused
HEADERS = "local.headers"  # in the WSGI environment: the headers as sent, repeated ones too


@dataclass(frozen=True)
class Request:
    method: str
    raw_path: str  # as sent, percent-encoded
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None  # None: larger than MAX_BODY
    client: str
    version: str

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    def header(self, name: str) -> str:
        """Return a header's values joined by commas, or an empty string."""
        return ",".join(value for key, value in self.headers if key.lower() == name.lower())


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


def json_response(status: int, value: object, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Answer with a JSON document."""
    body = json.dumps(value, indent=2).encode()
    return Response(status, body, (("Content-Type", "application/json"), *headers))


def html_response(html: str) -> Response:
    """Answer with a page."""
    return Response(200, html.encode(), (("Content-Type", "text/html; charset=utf-8"),))


class Server(ThreadedWSGIServer):
    """Binds at once (OSError if it cannot); answers from `start` on, each request in a thread of its own."""

    def __init__(self, host: str, port: int, answer: Callable[[Request], Response]) -> None:
        def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            try:
                request = _request(environ)
            except HTTPException as refusal:
                return refusal(environ, start_response)
            response = answer(request)
            return WsgiResponse(response.body, response.status, response.headers)(environ, start_response)

        with socket.create_server((host, port), backlog=BACKLOG) as bound:  # werkzeug's own exits if it cannot bind
            super().__init__(host, port, application, _Handler, fd=bound.fileno())

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True
    timeout = 60

    def make_environ(self) -> "WSGIEnvironment":
        return {**super().make_environ(), HEADERS: tuple(self.headers.items())}

    def log_request(self, *_: object) -> None:
        """Say nothing: the gateway keeps the log."""


def _request(environ: "WSGIEnvironment") -> Request:
    raw_path, _, query = str(environ["RAW_URI"]).partition("?")
    return Request(
        method=environ["REQUEST_METHOD"],
        raw_path=raw_path,
        query=query,
        headers=environ[HEADERS],
        body=_body(environ),
        client=environ["REMOTE_ADDR"],
        version=environ["SERVER_PROTOCOL"],
    )


def _body(environ: "WSGIEnvironment") -> bytes | None:
    """Read the body; None if it is too large (werkzeug reads the rest away, so that the client sees the answer)."""
    try:
        body = get_input_stream(environ, max_content_length=MAX_BODY + 1).read()
    except RequestEntityTooLarge:  # by its Content-Length
        return None
    return body if len(body) <= MAX_BODY else None  # a chunked one is cut off
