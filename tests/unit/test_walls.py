"""The walls that import-linter does not see hold, and a planted violation of each is found."""

import pytest
from template import ROOT

from unit.walls import DOMAIN, FILES, LAYER, broken_walls


@pytest.mark.parametrize("path", FILES)
def test_no_file_breaks_a_wall(path: str) -> None:
    assert broken_walls(path, (ROOT / path).read_text()) == []


STORAGE, QUEUES, SES = f"{LAYER}/storage/new.py", f"{LAYER}/queues/new.py", f"{LAYER}/mail/ses.py"
AWS = f"{LAYER}/aws/connections.py"
MINT, VERIFIER, API = f"{LAYER}/fulfillment/mint.py", "functions/verifier/verifier.py", "functions/api/api.py"
SERVICE = "from keystack.aws.client import Service\n"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (MINT, 'import boto3\nboto3.client("dynamodb")'),
        (STORAGE, 'import boto3\nboto3.client("dynamodb")'),
        (AWS, "from botocore.auth import SigV4Auth"),
        (API, 'def late():\n    import boto3\n    boto3.resource("dynamodb")'),
        (API, "import botocore.session as core\ncore.get_session()"),
        (API, 'import importlib\nimportlib.import_module("boto3")'),
        (API, 'from importlib import import_module as load\nload("bo" + "to3")'),
        (API, '__import__("boto3").client("sqs")'),
        (API, 'import sys\nsys.modules["boto3"].client("sqs")'),
        (API, 'from keystack.storage import dynamodb\ndynamodb.boto3.client("sqs")'),
        (MINT, 'from keystack.aws.client import Client\nClient(None, None).call("GetItem", {})'),
        (VERIFIER, "from keystack.aws import connections"),
        (API, "def late():\n    from keystack.aws.errors import RefusedError"),
        (f"{LAYER}/mail/smtp.py", "from keystack.aws.client import Client"),
        (API, "import http.client"),
        (STORAGE, "from urllib.request import urlopen"),
        *((MINT, f"import {name}") for name in ("requests", "httpx", "aiohttp", "urllib3", "socket", "asyncio")),
        (STORAGE, SERVICE + 'SQS = Service("sqs", "sqs", "application/json")'),
        (QUEUES, SERVICE + 'DYNAMODB = Service("dynamodb", "dynamodb", "application/json")'),
        (STORAGE, SERVICE + 'SES = Service("email", "ses", "application/json")'),
        (f"{LAYER}/mail/smtp.py", SERVICE + 'SES = Service("email", "ses", "application/json")'),
        (QUEUES, SERVICE + 'S3 = Service("s3", "s3", "application/xml")'),
        (QUEUES, SERVICE + 'name = "dynamodb"\nOTHER = Service(name, name, "")'),
        (QUEUES, SERVICE + 'make = Service\nmake("dynamodb", "", "")'),
        (QUEUES, 'from keystack.aws.client import Service as Make\nMake("dynamodb", "", "")'),
        (QUEUES, 'from keystack.aws import client\nclient.Service("dynamodb", "", "")'),
        (SES, SERVICE + 'Service("sqs", "sqs", "")'),
        (VERIFIER, "import issuer"),
        (VERIFIER, "def late():\n    from issuer import handler as work"),
        (VERIFIER, "from functions.issuer import issuer"),
        (MINT, "import cursors"),
        (f"{DOMAIN}facts.py", "import pydantic"),
        (f"{DOMAIN}facts.py", "def late():\n    from keystack.storage import dynamodb"),
        (f"{DOMAIN}facts.py", "from keystack import logs"),
    ],
)
def test_a_planted_violation_is_found(path: str, source: str) -> None:
    assert broken_walls(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (STORAGE, SERVICE + 'DYNAMODB = Service("dynamodb", "dynamodb", "application/json")'),
        (QUEUES, SERVICE + 'SQS = Service("sqs", "sqs", "application/json", "AmazonSQS")'),
        (SES, SERVICE + 'SES = Service("email", "ses", "application/json")'),
        (AWS, "import ssl\nfrom http.client import HTTPSConnection"),
        (VERIFIER, "import time_left\nfrom keystack.management import organizations"),
        (
            f"{DOMAIN}facts.py",
            "import hashlib\nfrom keystack.domain import holds\nfrom keystack.errors import ConflictError",
        ),
    ],
)
def test_what_a_wall_lets_through_is_not_found(path: str, source: str) -> None:
    assert broken_walls(path, source) == []
