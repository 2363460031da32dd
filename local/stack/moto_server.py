"""moto's server, made safe for concurrent callers: `python -m local.stack.moto_server HOST PORT CALLS`.

moto's DynamoDB and SQS are not thread-safe (a failed transaction rolls everybody's writes back), so requests are
answered one at a time. A ReceiveMessage that waits does so outside of that lock, and wakes when something was sent.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs.models import SQSBackend
from werkzeug.serving import make_server

from local.stack.calls import Calls
from local.stack.children import end_with_parent
from local.stack.moto_answers import make_answers_quick
from local.stack.moto_transactions import make_transactions_quick

WAKE_SECONDS = 0.5  # how late a message may be seen whose visibility timeout has just passed
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class OneAtATime:
    """WSGI application: answers one request after the other, and lets long polls wait without holding others up."""

    def __init__(self, application: Callable[[Environ, StartResponse], Iterable[bytes]], calls: Calls) -> None:
        self._application = application
        self._calls = calls
        self._changed = threading.Condition()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        self._calls.note(environ.get("HTTP_AUTHORIZATION", ""), target, body)
        if target == "AmazonSQS.ReceiveMessage":
            return self._receive(environ, body, start_response)
        status, headers, answer = self._forward(environ, body)
        if target.startswith("AmazonSQS."):
            with self._changed:
                self._changed.notify_all()
        start_response(status, headers)
        return [answer]

    def _receive(self, environ: Environ, body: bytes, start_response: StartResponse) -> Iterable[bytes]:
        arguments = json.loads(body or b"{}")
        until = time.monotonic() + int(arguments.pop("WaitTimeSeconds", 0))
        body = json.dumps({**arguments, "WaitTimeSeconds": 0}).encode()
        with self._changed:
            while True:
                status, headers, answer = self._forward(environ, body)
                left = until - time.monotonic()
                if left <= 0 or not status.startswith("200") or json.loads(answer or b"{}").get("Messages"):
                    break
                self._changed.wait(min(left, WAKE_SECONDS))
        start_response(status, headers)
        return [answer]

    def _forward(self, environ: Environ, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        response: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            response[:] = [status, headers]

        with self._changed:
            whole = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            answer = b"".join(self._application(whole, start_response))
        return response[0], response[1], answer


class Handler(MotoRequestHandler):
    """Says nothing: the log is for what goes wrong."""

    disable_nagle_algorithm = True

    def log_request(self, *_: object) -> None:
        pass


def _is_retained(self: SQSBackend, queue_name: str, message: object) -> bool:
    """Spare moto from counting the whole queue for each message: no stack here lives for a retention period."""
    return True


def main() -> None:
    make_transactions_quick()
    make_answers_quick()
    setattr(SQSBackend, "is_message_valid_based_on_retention_period", _is_retained)  # noqa: B010 - mypy
    application = OneAtATime(DomainDispatcherApplication(create_backend_app), Calls(Path(sys.argv[3])))
    server = make_server(sys.argv[1], int(sys.argv[2]), application, threaded=True, request_handler=Handler)
    end_with_parent(sys.stdin.buffer)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
