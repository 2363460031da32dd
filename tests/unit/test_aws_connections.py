"""Connections over real sockets: kept open, opened anew when they are gone, over TLS, and never waited for too long."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from integration.clock import Clock
from keystack.aws import connections
from keystack.aws.connections import MAX_IDLE_SECONDS, Timeouts, post
from keystack.aws.errors import NoAnswerError

SOON = Timeouts(connect=0.5, read=0.3)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Serve = Callable[[socket.socket], object]


class Tls(Protocol):
    def wrap_socket(self, connection: socket.socket, /, server_side: bool) -> ssl.SSLSocket: ...


class Server:
    """A server that hands each connection to `serve`; `connections` counts them."""

    def __init__(self, serve: Serve, tls: Tls | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.serve, self.tls = serve, tls
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.connections = 0
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            talk = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            self.open.append(talk)
            self.serve(talk)
        except OSError:
            connection.close()

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self.listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.open.clear()


Start = Callable[..., Server]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    servers: list[Server] = []

    def start_one(serve: Serve, tls: Tls | None = None) -> Server:
        servers.append(Server(serve, tls))
        return servers[-1]

    monkeypatch.setattr(connections, "_open", {})
    monkeypatch.setattr(connections, "_tls", connections._tls)  # as it was, after the test
    monkeypatch.setattr(connections, "_trusts_system", False)
    yield start_one
    for server in servers:
        server.stop()


def request(connection: socket.socket) -> bytes:
    """Read one request, head and body; raise OSError when the other side is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            raise OSError
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(answer: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        while True:
            request(connection)
            connection.sendall(answer)

    return serve


def ask(server: Server, timeouts: Timeouts = SOON) -> int:
    return post(server.url, {"Host": "x"}, b"{}", timeouts).status


def test_a_request_is_sent_as_it_was_signed(start: Start) -> None:
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heard.append(request(connection))
        connection.sendall(b"HTTP/1.1 400 Bad\r\nX-Amzn-ErrorType: Some\r\nContent-Length: 4\r\n\r\noops")

    server = start(serve)
    answer = post(f"{server.url}v2/x", {"Host": "sqs.example", "X-Amz-Date": "now"}, b'{"a":1}', SOON)
    assert (answer.status, answer.headers["x-amzn-errortype"], answer.body) == (400, "Some", b"oops")
    [sent] = heard
    head, _, body = sent.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert (line, body) == ("POST /v2/x HTTP/1.1", b'{"a":1}')
    assert sorted(headers) == ["Accept-Encoding: identity", "Content-Length: 7", "Host: sqs.example", "X-Amz-Date: now"]


def test_one_connection_serves_many_calls(start: Start) -> None:
    server = start(answering(OK))
    assert [ask(server) for _ in range(5)] == [200] * 5
    assert server.connections == 1


def test_each_host_has_its_own(start: Start) -> None:
    first, second = start(answering(OK)), start(answering(OK))
    for server in (first, second, first, second):
        ask(server)
    assert (first.connections, second.connections) == (1, 1)


def test_an_answer_in_chunks_is_read_to_its_end(start: Start) -> None:
    server = start(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{ }\r\n1\r\n \r\n0\r\n\r\n"))
    assert [post(server.url, {"Host": "x"}, b"", SOON).body for _ in range(2)] == [b"{ } "] * 2
    assert server.connections == 1


def test_a_connection_that_the_server_closes_is_not_used_again(start: Start) -> None:
    server = start(answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"))
    assert [ask(server) for _ in range(3)] == [200] * 3
    assert server.connections == 3


def test_one_that_was_closed_meanwhile_is_opened_anew_before_anything_is_sent(start: Start) -> None:
    server = start(answering(OK))
    for _ in range(3):
        assert ask(server) == 200
        server.hang_up()
        time.sleep(0.05)  # until the end of the connection has come over
    assert server.connections == 3


def test_one_that_was_idle_for_long_is_opened_anew(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server, clock = start(answering(OK)), Clock(monkeypatch)
    ask(server)
    for _ in range(3):
        clock.forward(MAX_IDLE_SECONDS - 1)
        ask(server)
    assert server.connections == 1
    clock.forward(MAX_IDLE_SECONDS + 1)
    ask(server)
    assert server.connections == 2
    assert MAX_IDLE_SECONDS < 60  # about when AWS drops it


def test_an_answer_that_does_not_come_is_not_waited_for(start: Start) -> None:
    server, started = start(request), time.monotonic()
    with pytest.raises(NoAnswerError, match="TimeoutError") as raised:
        ask(server, Timeouts(connect=5, read=0.3))
    assert raised.value.sent
    assert 0.3 <= time.monotonic() - started < 1
    with pytest.raises(NoAnswerError):
        ask(server)
    assert server.connections == 2  # an answer that comes late must not be taken for the next one's


def test_each_call_waits_as_long_as_it_says_itself_also_on_a_connection_of_another(start: Start) -> None:
    def serve(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(OK)
        request(connection)

    server = start(serve)
    ask(server, Timeouts(connect=5, read=5))
    started = time.monotonic()
    with pytest.raises(NoAnswerError, match="TimeoutError"):
        ask(server, Timeouts(connect=5, read=0.2))
    assert time.monotonic() - started < 1
    assert server.connections == 1


def test_one_that_failed_is_hung_up_at_once(start: Start) -> None:
    rest: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        request(connection)
        connection.settimeout(2)
        rest.append(connection.recv(1))

    server = start(serve)
    with pytest.raises(NoAnswerError) as raised:
        ask(server)
    time.sleep(0.05)  # until the end of the connection has come over
    assert (rest, raised.value.reason) == ([b""], "TimeoutError")  # also while somebody still looks at the error


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"no HTTP at all\r\n\r\n"])
def test_an_answer_that_breaks_off_is_none(start: Start, answer: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(answer)
        connection.close()

    server = start(serve)
    with pytest.raises(NoAnswerError) as raised:
        ask(server)
    assert raised.value.sent


def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(NoAnswerError, match="ConnectionRefusedError") as raised:
        post(f"http://127.0.0.1:{port}/", {"Host": "x"}, b"{}", SOON)
    assert not raised.value.sent


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("host", "error"), [("nowhere.invalid", "gaierror"), ("127.0.0.1:none", "InvalidURL")])
def test_a_host_that_nobody_knows_was_sent_nothing(scheme: str, host: str, error: str) -> None:
    with pytest.raises(NoAnswerError, match=error) as raised:
        post(f"{scheme}://{host}/", {"Host": "x"}, b"{}", SOON)
    assert not raised.value.sent


# --------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)
    return path


def of_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_over_tls_too_a_connection_is_kept_open(
    start: Start, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_tls", ssl.create_default_context(cafile=str(certificate)))
    server = start(answering(OK), of_server(certificate))
    assert [ask(server, Timeouts(2, 2)) for _ in range(5)] == [200] * 5
    assert server.connections == 1


def test_a_server_that_cannot_prove_who_it_is_is_sent_nothing(start: Start, certificate: Path) -> None:
    heard: list[bytes] = []
    server = start(lambda connection: heard.append(request(connection)), of_server(certificate))
    with pytest.raises(NoAnswerError, match="SSLCertVerificationError") as raised:
        ask(server, Timeouts(2, 2))
    assert not raised.value.sent
    assert (heard, server.connections) == ([], 2)
    with pytest.raises(NoAnswerError, match="SSLCertVerificationError"):
        ask(server, Timeouts(2, 2))
    assert (heard, server.connections) == ([], 3)


def test_a_host_that_amazons_roots_do_not_vouch_for_may_be_vouched_for_by_the_systems(
    start: Start, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # what OpenSSL takes for the system's
    server = start(answering(OK), of_server(certificate))
    assert [ask(server, Timeouts(2, 2)) for _ in range(3)] == [200] * 3
    assert server.connections == 1 + 1
    server.hang_up()
    time.sleep(0.05)
    assert ask(server, Timeouts(2, 2)) == 200
    assert server.connections == 3  # from then on they are the first to be asked


def test_whoever_vouches_for_it_a_certificate_for_another_name_proves_nothing(
    start: Start, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    heard: list[bytes] = []
    server = start(lambda connection: heard.append(request(connection)), of_server(certificate))
    for _ in range(2):
        with pytest.raises(NoAnswerError, match="SSLCertVerificationError") as raised:
            post(server.url.replace("127.0.0.1", "localhost"), {"Host": "x"}, b"{}", Timeouts(2, 2))
        assert (raised.value.sent, heard) == (False, [])


def test_a_handshake_that_does_not_end_is_not_waited_for(start: Start) -> None:
    server = start(lambda connection: connection.recv(1))  # and never a word of its own
    started = time.monotonic()
    with pytest.raises(NoAnswerError) as raised:
        post(server.url.replace("http:", "https:"), {"Host": "x"}, b"{}", Timeouts(connect=0.3, read=5))
    assert not raised.value.sent
    assert 0.3 <= time.monotonic() - started < 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_takes_no_connection_is_not_waited_for(scheme: str) -> None:
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as busy, socket.create_connection(busy.getsockname()):
        url = f"{scheme}://127.0.0.1:{busy.getsockname()[1]}/"
        with pytest.raises(NoAnswerError) as raised:
            post(url, {"Host": "x"}, b"{}", Timeouts(connect=0.3, read=5))
    assert not raised.value.sent
    assert time.monotonic() - started < 1


def test_connecting_and_the_handshake_share_one_timeout(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.create_connection

    def slow(*arguments: Any, **more: Any) -> socket.socket:
        time.sleep(0.8 * SOON.connect)
        return connect(*arguments, **more)

    monkeypatch.setattr(socket, "create_connection", slow)
    server = start(lambda connection: connection.recv(1))
    started = time.monotonic()
    with pytest.raises(NoAnswerError, match="TimeoutError"):
        post(server.url.replace("http:", "https:"), {"Host": "x"}, b"{}", SOON)
    assert time.monotonic() - started < 1.7 * SOON.connect


def test_so_does_the_second_handshake_after_an_unknown_root(start: Start, certificate: Path) -> None:
    tls = of_server(certificate)

    class Slow:
        def wrap_socket(self, connection: socket.socket, server_side: bool) -> ssl.SSLSocket:
            time.sleep(0.6 * SOON.connect)
            return tls.wrap_socket(connection, server_side=server_side)

    server = start(answering(OK), Slow())
    with pytest.raises(NoAnswerError, match="TimeoutError"):
        ask(server)
    assert server.connections == 2
