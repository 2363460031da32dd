"""moto in place of AWS for KeyStack's own client: moto itself stands in the way of botocore's requests only."""

from collections.abc import Mapping

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from keystack.aws.connections import Answer, Timeouts
from moto.core.models import botocore_stubber


def post_to_moto(url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts) -> Answer:
    """Answer a request from what moto holds; takes the place of `keystack.aws.connections.post`."""
    given = HTTPHeaders.from_dict(dict(headers))
    answered = botocore_stubber.process_request(AWSPreparedRequest("POST", url, given, body, stream_output=False))
    assert answered, f"moto plays no service at {url}"
    status, answer_headers, text = answered
    raw = text.encode() if isinstance(text, str) else text
    return Answer(status, {name.lower(): str(value) for name, value in answer_headers.items()}, raw)
