"""A request as pages read it. A page never sees the event of API Gateway."""

import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from keystack.domain.modes import Mode
from keystack.errors import InvalidInputError
from keystack.management.sign_in import SignedIn
from keystack.web.base_paths import BASE_PATH

ROOT = "/dashboard"
COOKIE = "__Host-keystack"  # the session; browsers keep it over https, and on 127.0.0.1, and send it to this host alone
MODE_COOKIE = "__Host-keystack-mode"  # the mode of pages whose address names none
MAX_BYTES = 256 * 1024  # of a form
MAX_FIELDS = 1_000


@dataclass(frozen=True)
class Request:
    """`path` is what follows /dashboard; `base` is what stands before it, empty without a custom domain's mapping."""

    method: str
    path: str
    base: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    address: str
    cookies: Mapping[str, str]
    now: int
    remaining_millis: Callable[[], int]
    signed_in: SignedIn | None = None

    @property
    def token(self) -> str:
        """The session's token; empty if there is none."""
        return self.cookies.get(COOKIE, "")

    @property
    def visitor(self) -> SignedIn:
        """Who is signed in; only a page that asks for nobody may be without."""
        assert self.signed_in is not None  # noqa: S101 - access.admit let nobody else pass
        return self.signed_in

    @property
    def org(self) -> str:
        return self.visitor.session.org

    @property
    def by(self) -> str:
        """The name that the audit log gives to who is signed in."""
        return self.visitor.session.name

    @property
    def mode(self) -> Mode:
        """The mode of the page: as its address says, else as sign-in found it to be."""
        given = self.query.get("mode") or self.cookies.get(MODE_COOKIE)
        return Mode.LIVE if given == Mode.LIVE else Mode.TEST

    @property
    def scheme(self) -> str:
        """Tell how the browser speaks to us: by https, but for the local stack on this machine."""
        host = self.headers.get("host", "").partition(":")[0]
        return "http" if host in ("127.0.0.1", "localhost") else "https"

    @property
    def by_htmx(self) -> bool:
        """Tell whether only a part of a page is asked for."""
        return self.headers.get("hx-request") == "true"

    def url(self, path: str = "", /, **query: Any) -> str:
        """Write the address of a page, in the mode of this one; a parameter that is None or empty is left out."""
        asked = {"mode": self.query.get("mode"), **query}
        given = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
        return f"{self.base}{ROOT}{path}" + (f"?{given}" if given else "")

    def here(self, /, **changed: Any) -> str:
        """Write the address of this page with some parameters changed; None takes one away."""
        return self.url(quote(self.path), **{**self.query, **changed})

    def as_file(self) -> str:
        """Write the address of the CSV file that this list is in: with its filters, from its beginning on."""
        return self.url(f"{self.path}.csv", **{**self.query, "cursor": None})

    def of_mode(self, livemode: bool) -> "Request":
        """Look at one thing: the page is in its mode, whatever the address says."""
        return replace(self, query={**self.query, "mode": Mode.of(livemode)})

    def with_visitor(self, signed_in: SignedIn) -> "Request":
        return replace(self, signed_in=signed_in)


def read_request(event: Mapping[str, Any], remaining_millis: Callable[[], int]) -> Request:
    """Read a request. Raises InvalidInputError for a form that is none."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Request(
        method=http["method"],
        path=str(event["rawPath"]).removeprefix(ROOT).rstrip("/"),
        base=str(event.get(BASE_PATH, "")),
        query=_pairs(str(event.get("rawQueryString") or "")),
        form=_form(event, headers) if http["method"] == "POST" else {},
        headers=headers,
        address=str(http.get("sourceIp", "")),
        cookies=_cookies(event),
        now=int(time.time()),
        remaining_millis=remaining_millis,
    )


def _cookies(event: Mapping[str, Any]) -> dict[str, str]:
    pairs = [str(each).strip().partition("=") for each in event.get("cookies") or ()]
    return {name: value for name, _, value in pairs}


def _form(event: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    body = str(event.get("body") or "")
    if body and kind != "application/x-www-form-urlencoded":
        raise InvalidInputError("this is not a form of the dashboard: go back, reload the page, and try again")
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode("utf-8")
        if len(raw) > MAX_BYTES:
            raise InvalidInputError(f"the form is too large: {MAX_BYTES // 1024} KB at most")
        pairs = _pairs(raw.decode("utf-8"))
        return {name: value.replace("\r\n", "\n") for name, value in pairs.items()}  # as browsers send lines
    except ValueError:
        raise InvalidInputError("the form has characters that are none: write them again, and repeat") from None


def _pairs(text: str) -> dict[str, str]:
    """Read `a=1&b=2`; of a name that comes twice the last counts. Characters that no page can show are taken away."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InvalidInputError(f"there are too many fields: {MAX_FIELDS} at most") from None
    return {name: re.sub("[\0\ud800-\udfff]", "", value) for name, value in pairs}
