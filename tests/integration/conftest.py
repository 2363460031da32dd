"""The world of the integration tests: moto for AWS, the Stripe stand-in over HTTP, mails kept in a list."""

import os

os.environ.update(
    STAGE="test",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    LICENSES_TABLE="LicensesTable",
    MAPPINGS_TABLE="MappingsTable",
    AUDIT_TABLE="AuditTable",
    DELIVERIES_TABLE="DeliveriesTable",
    ISSUE_QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/IssueQueue",
    FREEZE_QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/FreezeQueue",
    EXPIRE_QUEUE_URL="https://sqs.eu-west-1.amazonaws.com/123456789012/ExpireQueue",
    MAIL_TRANSPORT="smtp",
    MAIL_FROM="licenses@example.com",
    POWERTOOLS_SERVICE_NAME="keystack-test",
    POWERTOOLS_METRICS_NAMESPACE="KeyStack",
)

import time
from collections.abc import Iterator

import pytest
import stripe as stripe_library
from aws import create_queues, create_tables, function
from local.moto_transactions import make_transactions_quick
from moto import mock_aws
from stand_ins import Mails, Stripe
from world import World

make_transactions_quick()


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[Stripe]:
    server = Stripe()
    os.environ["STRIPE_API_BASE"] = server.start()
    yield server
    server.stop()
    del os.environ["STRIPE_API_BASE"]


@pytest.fixture
def stripe(stripe_server: Stripe, monkeypatch: pytest.MonkeyPatch) -> Stripe:
    """Stripe, with nothing in it; the library's waits between its retries are cut short."""
    from keystack.stripe import client

    stripe_server.reset()
    client.stripe_api.cache_clear()
    for name in ("INITIAL_DELAY", "MAX_DELAY"):
        monkeypatch.setattr(stripe_library.HTTPClient, name, 0.001)
    return stripe_server


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Mails:
    kept = Mails()
    monkeypatch.setattr(function("issuer"), "transport_from", lambda *_: kept)
    return kept


@pytest.fixture
def aws() -> Iterator[None]:
    """Empty tables and queues, and functions that have just started."""
    from keystack.storage import secrets

    secrets.forget()
    function("verifier")._counted.clear()
    with mock_aws():
        create_tables()
        create_queues()
        yield


@pytest.fixture
def world(aws: None, stripe: Stripe, mails: Mails) -> World:
    """The organization `acme` as events/organizations.json configures it."""
    from keystack.storage import secrets

    secrets.store("smtp-url", "smtp://127.0.0.1:1025")
    built = World(stripe, mails)
    assert "error" not in built.configure()
    return built


class Clock:
    """Time that passes when a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        for name in ("time", "monotonic"):
            real = getattr(time, name)
            monkeypatch.setattr(time, name, lambda real=real: real() + self._ahead)

    def forward(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
