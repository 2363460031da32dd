"""A small threaded HTTP server for the gateway and the stand-ins: a function from Request to Response."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

MAX_BODY = 10 * 1024 * 1024  # API Gateway's limit
DISCARDED = 64 * 1024 * 1024  # a larger body is not even read away


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


class Server(ThreadingHTTPServer):
    """Binds at once; answers from `start` on."""

    daemon_threads = True
    request_queue_size = 512  # a burst waits in the kernel, it is not refused

    def __init__(self, host: str, port: int, answer: Callable[[Request], Response]) -> None:
        self.answer = answer
        super().__init__((host, port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def _answer(self) -> None:
        raw_path, _, query = self.path.partition("?")
        request = Request(
            method=self.command,
            raw_path=raw_path,
            query=query,
            headers=tuple(self.headers.items()),
            body=self._body(),
            client=self.client_address[0],
            version=self.request_version,
        )
        self._write(self.server.answer(request))

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if length <= MAX_BODY:
            return self.rfile.read(length)
        self.close_connection = True
        for _ in range(min(length, DISCARDED) // 65536):
            self.rfile.read(65536)  # so that the client gets to read the answer
        return None

    def _chunks(self) -> bytes | None:
        parts: list[bytes] = []
        total = 0
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            chunk = self.rfile.read(size)
            self.rfile.readline()
            total += size
            if total <= MAX_BODY:
                parts.append(chunk)
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts) if total <= MAX_BODY else None

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def __getattr__(self, name: str) -> Any:
        """Answer requests of any method: which ones exist is not the server's to say."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """The gateway keeps the log."""
