"""HTTP connections to AWS, one a host, kept open between calls. One call at a time, as a Lambda function makes them."""

import encodings.idna  # noqa: F401 - the first look-up of a host would import it, late
import os
import select
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

from keystack.aws.errors import NoAnswerError

# AWS and the networks before it drop a connection that is idle for about a minute, and a function that Lambda had
# frozen meanwhile may not hear of it: its next call would wait for an answer that never comes.
MAX_IDLE_SECONDS = 20

# Reading the system's 140 roots takes longer than all else here. AWS's hosts prove themselves by one of these five
# (Amazon Trust Services); where one does not, perhaps in another partition, the system's are read after all.
# Read at import, for while a function starts, Lambda gives it more of a CPU than later.
_AMAZON_ROOTS = os.path.join(os.path.dirname(__file__), "amazon_roots.pem")
_tls = ssl.create_default_context(cafile=_AMAZON_ROOTS)
_trusts_system = False


class Timeouts(NamedTuple):
    """Seconds: to connect, handshake included, and to wait for the next bytes of an answer."""

    connect: float
    read: float


class Answer(NamedTuple):
    """An HTTP response. `headers` have names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Connection:
    def __init__(self, http: HTTPConnection) -> None:
        self.http = http
        self.used_at = time.monotonic()

    def is_usable(self) -> bool:
        """Tell whether the next request may go over it. Bytes that nobody asked for are the end of a connection."""
        if time.monotonic() - self.used_at > MAX_IDLE_SECONDS:
            return False
        readable, _, _ = select.select([self.http.sock], [], [], 0)
        return not readable


_open: dict[str, _Connection] = {}  # by scheme and host


def post(url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts) -> Answer:
    """Send a request and read its answer, whatever its status. Raises NoAnswerError."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}"
    connection = _open.pop(place, None)
    if connection and not connection.is_usable():
        connection.http.close()
        connection = None
    connection = connection or _Connection(_connect(parts.scheme, parts.netloc, timeouts.connect))
    http = connection.http
    try:
        http.sock.settimeout(timeouts.read)
        http.request("POST", parts.path or "/", body, dict(headers))
        response = http.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, names, response.read())
    except (OSError, HTTPException) as error:
        http.close()
        raise NoAnswerError(type(error).__name__, sent=True) from error
    if http.sock is not None:  # http.client closes it when the server will
        connection.used_at = time.monotonic()
        _open[place] = connection
    return answer


def _connect(scheme: str, host: str, timeout: float) -> HTTPConnection:
    try:
        if scheme == "https":
            return _connect_securely(host, time.monotonic() + timeout)
        http = HTTPConnection(host, timeout=timeout)
        http.connect()
    except (OSError, HTTPException) as error:
        raise NoAnswerError(type(error).__name__, sent=False) from error
    return http


def _connect_securely(host: str, until: float) -> HTTPSConnection:
    """Connect to a host that proves who it is, by Amazon's roots or by one of the system's.

    All of it ends at `until`, of the monotonic clock; HTTPSConnection's own `connect` would take its timeout twice.
    """
    global _tls, _trusts_system
    http = HTTPSConnection(host, timeout=_left(until), context=_tls)
    HTTPConnection.connect(http)
    http.sock.settimeout(_left(until))
    try:
        http.sock = _tls.wrap_socket(http.sock, server_hostname=http.host)
    except ssl.SSLCertVerificationError:
        if _trusts_system:
            raise
        _tls, _trusts_system = ssl.create_default_context(), True
        return _connect_securely(host, until)
    return http


def _left(until: float) -> float:
    return max(until - time.monotonic(), 0.001)  # 0 would mean not to wait for anything, not even a moment
