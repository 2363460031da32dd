"""The walls that import-linter does not see hold, and a planted violation of each is found."""

import pytest
from template import ROOT

from unit.walls import DOMAIN, FILES, LAYER, broken_walls


@pytest.mark.parametrize("path", FILES)
def test_no_file_breaks_a_wall(path: str) -> None:
    assert broken_walls(path, (ROOT / path).read_text()) == []


STORAGE, QUEUES, SES = f"{LAYER}/storage/new.py", f"{LAYER}/queues/new.py", f"{LAYER}/mail/ses.py"
MINT, VERIFIER, API = f"{LAYER}/fulfillment/mint.py", "functions/verifier/verifier.py", "functions/api/api.py"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (MINT, 'import boto3\nboto3.client("dynamodb")'),
        (VERIFIER, 'import boto3\nboto3.client("sqs")'),
        (API, 'def late():\n    import boto3\n    boto3.resource("dynamodb")'),
        (API, 'import boto3 as aws\naws.client("ssm")'),
        (API, 'from boto3 import client\nclient("sqs")'),
        (API, 'from boto3 import client as make\nmake("sqs")'),
        (API, 'from boto3.session import Session\nSession().client("dynamodb")'),
        (API, 'from botocore.session import get_session\nget_session().create_client("sqs")'),
        (API, "import botocore.session as core\ncore.get_session()"),
        (API, 'import importlib\nimportlib.import_module("boto3")'),
        (API, 'from importlib import import_module as load\nload("bo" + "to3")'),
        (API, '__import__("boto3").client("sqs")'),
        (API, 'import sys\nsys.modules["boto3"].client("sqs")'),
        (API, 'from keystack.storage.dynamodb import boto3\nboto3.client("sqs")'),
        (API, 'from keystack.storage import dynamodb\ndynamodb.boto3.client("sqs")'),
        (STORAGE, 'import boto3\nboto3.client("sqs")'),
        (STORAGE, 'import boto3\nboto3.Session().client("sqs")'),
        (STORAGE, 'import boto3\nmake = boto3.client\nmake("sqs")'),
        (STORAGE, 'import boto3\nboto3.client(service_name="sqs")'),
        (STORAGE, 'import boto3\nname = "sqs"\nboto3.client(name)'),
        (STORAGE, 'import boto3\ngetattr(boto3, "client")("sqs")'),
        (STORAGE, 'import boto3 as aws\naws.client("sqs")'),
        (QUEUES, 'import boto3\nboto3.client("dynamodb")'),
        (SES, 'import boto3\nboto3.client("sqs")'),
        (f"{LAYER}/mail/smtp.py", 'import boto3\nboto3.client("sesv2")'),
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
        (STORAGE, 'import boto3\nfrom botocore.config import Config\nboto3.client("dynamodb", config=Config())'),
        (QUEUES, 'def late():\n    import boto3\n    return boto3.client("sqs")'),
        (SES, 'import boto3\nfrom botocore import exceptions\nboto3.client("sesv2")'),
        (VERIFIER, "import time_left\nfrom keystack.management import organizations"),
        (
            f"{DOMAIN}facts.py",
            "import hashlib\nfrom keystack.domain import holds\nfrom keystack.errors import ConflictError",
        ),
    ],
)
def test_what_a_wall_lets_through_is_not_found(path: str, source: str) -> None:
    assert broken_walls(path, source) == []
