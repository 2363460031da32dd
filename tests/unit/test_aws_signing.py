"""Signatures are byte for byte those of botocore, whatever is signed."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore import auth, credentials
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st
from keystack.aws.signing import Credentials, Scope, sign

ASCII = st.characters(min_codepoint=33, max_codepoint=126)
WORDS = st.text(ASCII, min_size=1, max_size=12)
VALUES = st.lists(WORDS, min_size=1, max_size=3).map("  ".join)  # inner white space counts once
NAMES = st.sampled_from(["Content-Type", "X-Amz-Target", "X-Amzn-Query-Mode", "x-custom", "X-Custom-2", "Accept"])
HOSTS = st.sampled_from(
    [
        "https://sqs.eu-west-1.amazonaws.com",
        "https://dynamodb.cn-north-1.amazonaws.com.cn",
        "https://ssm.us-gov-east-1.amazonaws.com",
        "https://dynamodb.eusc-de-east-1.amazonaws.eu",
        "http://127.0.0.1:4566",
        "http://localhost",
        "https://emulator.example:8443/aws",
    ]
)
PATHS = st.lists(
    st.text(st.sampled_from("abcXYZ019-_.~ :@+%,ü"), min_size=1, max_size=8).filter(lambda part: part.strip("."))
)
PATHS_OF_URLS = PATHS.map(lambda parts: "".join(f"/{part}" for part in parts)) | st.just("/")
TIMES = st.integers(0, 4_000_000_000)  # 1970 to 2096


@given(
    url=st.tuples(HOSTS, PATHS_OF_URLS).map("".join),
    headers=st.dictionaries(NAMES, VALUES, max_size=6),
    body=st.binary(max_size=200),
    keys=st.tuples(WORDS, WORDS, st.one_of(st.just(""), WORDS)),
    scope=st.builds(Scope, WORDS, WORDS),
    now=TIMES,
)
def test_a_request_is_signed_as_botocore_signs_it(
    url: str, headers: dict[str, str], body: bytes, keys: tuple[str, str, str], scope: Scope, now: int
) -> None:
    ours = sign(url, headers, body, Credentials(*keys), scope, now)
    assert ours["Authorization"] == signed_by_botocore(url, headers, body, keys, scope, now)["Authorization"]


def signed_by_botocore(
    url: str, headers: dict[str, str], body: bytes, keys: tuple[str, str, str], scope: Scope, now: float
) -> Any:
    request: Any = AWSRequest("POST", url, dict(headers), body)
    access_key, secret_key, token = keys
    signer: Any = auth.SigV4Auth(
        credentials.Credentials(access_key, secret_key, token or None), scope.service, scope.region
    )
    with patch.object(auth, "get_current_datetime", lambda: datetime.fromtimestamp(now, UTC)):
        signer.add_auth(request)
    return request.headers


def test_no_secret_shows_where_credentials_are_printed() -> None:
    assert repr(Credentials("AKIDEXAMPLE", "a secret", "a token")) == "Credentials(AKIDEXAMPLE)"


def test_all_that_is_sent_to_aws_is_in_the_headers() -> None:
    given_headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
    keys = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI", "a session's token")
    signed = sign(
        "https://sqs.eu-west-1.amazonaws.com/", given_headers, b"{}", keys, Scope("sqs", "eu-west-1"), 1_790_000_000
    )
    assert signed.pop("Authorization").startswith(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-west-1/sqs/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature="
    )
    assert signed == {
        **given_headers,
        "Host": "sqs.eu-west-1.amazonaws.com",
        "X-Amz-Date": "20260921T141320Z",
        "X-Amz-Security-Token": "a session's token",
    }
