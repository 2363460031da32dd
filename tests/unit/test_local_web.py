"""The local HTTP server hands over what was sent, as it was sent, and its answers arrive."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse

import pytest

from local.web import MAX_BODY, Request, Response, Server


class _Recorder:
    """Answers each request with what a test says, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.response = Response(200, b"fine")

    def answer(self, request: Request) -> Response:
        self.requests.append(request)
        return self.response


@pytest.fixture
def recorder() -> _Recorder:
    return _Recorder()


@pytest.fixture
def server(recorder: _Recorder) -> Iterator[Server]:
    running = Server("127.0.0.1", 0, recorder.answer)
    running.start()
    yield running
    running.shutdown()


def send(server: Server, method: str, target: str, **more: object) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, target, **more)  # type: ignore[arg-type]
    response = connection.getresponse()
    answered = response, response.read()
    connection.close()
    return answered


def raw(server: Server, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(text)
        answered = b""
        while part := sock.recv(65536):
            answered += part
    return answered


def test_a_path_arrives_as_it_was_encoded(server: Server, recorder: _Recorder) -> None:
    send(server, "GET", "/v1/a%2Fb%20c/?q=%2F&q=1")
    [request] = recorder.requests
    assert (request.raw_path, request.path, request.query) == ("/v1/a%2Fb%20c/", "/v1/a/b c/", "q=%2F&q=1")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_any_method_arrives(server: Server, recorder: _Recorder, method: str) -> None:
    assert send(server, method, "/")[1] == b"fine"
    assert recorder.requests[0].method == method


def test_repeated_headers_are_joined_and_kept(server: Server, recorder: _Recorder) -> None:
    raw(server, b"GET / HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nx-one: 2\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n")
    [request] = recorder.requests
    assert request.header("x-one") == "1,2"
    assert [value for name, value in request.headers if name == "Cookie"] == ["a=1", "b=2"]


def test_a_chunked_body_arrives_whole(server: Server, recorder: _Recorder) -> None:
    send(server, "POST", "/", body=iter([b"one ", b"two"]))
    [request] = recorder.requests
    assert (request.header("Transfer-Encoding"), request.body) == ("chunked", b"one two")


def test_a_chunk_that_is_none_is_refused(server: Server, recorder: _Recorder) -> None:
    answered = raw(server, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n\r\n")
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert recorder.requests == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_may_have_ten_megabytes_and_the_refusal_of_more_is_read(
    server: Server, recorder: _Recorder, chunked: bool
) -> None:
    for size in (MAX_BODY, MAX_BODY + 1, 3 * MAX_BODY):
        body = b"x" * size
        halves = iter([body[: size // 2], body[size // 2 :]])
        assert send(server, "POST", "/", body=halves if chunked else body)[1] == b"fine"
    bodies = [request.body and len(request.body) for request in recorder.requests]
    assert bodies == [MAX_BODY, None, None]


def test_head_has_the_length_but_no_body(server: Server) -> None:
    answered = raw(server, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"\r\nContent-Length: 4\r\n" in answered
    assert answered.endswith(b"\r\n\r\n")


def test_no_content_has_no_length(server: Server, recorder: _Recorder) -> None:
    recorder.response = Response(204)
    response, body = send(server, "DELETE", "/")
    assert (response.status, body, response.getheader("Content-Length")) == (204, b"", None)


def test_each_cookie_is_set(server: Server, recorder: _Recorder) -> None:
    recorder.response = Response(200, b"", (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))
    assert send(server, "GET", "/")[0].headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_a_burst_of_connections_waits(server: Server) -> None:
    with ThreadPoolExecutor(64) as senders:
        answers = list(senders.map(lambda _: send(server, "GET", "/")[1], range(256)))
    assert answers == [b"fine"] * 256


def test_a_client_that_hangs_up_is_not_spoken_of(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    for text in (b"", b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nx"):
        socket.create_connection(("127.0.0.1", server.port)).close()
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(text)
    assert send(server, "GET", "/")[1] == b"fine"
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_an_error_and_ends_nothing(server: Server, recorder: _Recorder) -> None:
    with pytest.raises(OSError, match="in use"):
        Server("127.0.0.1", server.port, recorder.answer)
