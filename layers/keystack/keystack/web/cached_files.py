"""A large response that is always the same: compressed once, with an ETag, and cacheable."""

import base64
import gzip
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from aws_lambda_powertools.event_handler import Response

MAX_AGE = 3_600  # seconds that a cache may go on without asking, also after a deployment


class CachedFile:
    def __init__(self, media_type: str, text: str, headers: Mapping[str, str] | None = None) -> None:
        self.media_type = media_type
        self.text = text
        self.compressed = base64.b64encode(gzip.compress(text.encode("utf-8"))).decode()  # as Lambda carries bytes
        self.headers = {
            "Cache-Control": f"public, max-age={MAX_AGE}",
            "Vary": "Accept-Encoding",
            "ETag": f'W/"{sha256(text.encode("utf-8")).hexdigest()[:32]}"',  # weak: compressed or not
            **(headers or {}),
        }

    def response(self, request_headers: Mapping[str, Any]) -> Response[Any]:
        """Answer a request, without the body if its sender has it already."""
        if _matches(str(request_headers.get("if-none-match") or ""), self.headers["ETag"]):
            return Response(304, headers=dict(self.headers), body="")
        if _accepts_gzip(str(request_headers.get("accept-encoding") or "")):
            answer = Response(200, self.media_type, self.compressed, {**self.headers, "Content-Encoding": "gzip"})
            answer.base64_encoded = True
            return answer
        return Response(200, self.media_type, self.text, dict(self.headers))


def _matches(if_none_match: str, etag: str) -> bool:
    """Compare weakly. Source: RFC 9110, "If-None-Match"."""
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag.removeprefix("W/") in known or "*" in known


def _accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether gzip is acceptable. Source: RFC 9110, "Accept-Encoding"."""
    weights: dict[str, str] = {}
    for each in accept_encoding.lower().split(","):
        coding, _, parameters = each.partition(";")
        weights[coding.strip()] = parameters.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != "" or weight == ""
