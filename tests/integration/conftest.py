"""The world of the integration tests: moto for AWS, the Stripe stand-in over HTTP, mails kept in a list."""

import logging
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import environment  # noqa: F401 - before any handler
import pytest
import stripe as stripe_library
from invocations import Context
from keystack.aws import connections
from keystack.storage import parameters, secrets
from keystack.storage.mappings import existence
from moto import mock_aws
from moto_transport import post_to_moto
from samples import sample

from integration.aws import Cloud, function, only_cloud
from integration.clock import Clock
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.log_lines import LogLines, logged
from integration.stand_ins import Mails, Stripe
from integration.vendor_api import VendorApi, api_with
from integration.world import World
from local.stack.moto_answers import make_answers_quick
from local.stack.moto_transactions import make_transactions_quick

make_transactions_quick()
make_answers_quick()


@pytest.fixture(scope="session")
def stripe_server() -> Stripe:
    return _only_stripe()


@cache
def _only_stripe() -> Stripe:
    """Start the one of this process: the tests of another folder have fixtures of this file, too."""
    server = Stripe()
    os.environ["STRIPE_API_BASE"] = server.start()
    return server


@pytest.fixture
def stripe(stripe_server: Stripe, monkeypatch: pytest.MonkeyPatch) -> Stripe:
    """Stripe, with nothing in it; the library's waits between its retries are cut short."""
    from keystack.stripe import client

    stripe_server.reset()
    client.stripe_api.cache_clear()
    client.quick_stripe_api.cache_clear()
    for name in ("INITIAL_DELAY", "MAX_DELAY"):
        monkeypatch.setattr(stripe_library.HTTPClient, name, 0.001)
    return stripe_server


@pytest.fixture(autouse=True)
def log() -> Iterator[LogLines]:
    """Every test's log lines; whatever a test is about, no whole key and no secret may stand in them."""
    with logged(logging.INFO) as lines:
        yield lines
    assert lines.secrets == []


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Mails:
    kept = Mails()
    monkeypatch.setattr(function("issuer"), "transport_from", lambda *_: kept)
    return kept


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    with mock_aws():
        yield only_cloud()


@pytest.fixture(autouse=True)
def _moto_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "post", post_to_moto)


@pytest.fixture(scope="session")
def configured(cloud: Cloud) -> tuple[Any, Any]:
    """What tables and secrets hold once the organization `acme` is there."""
    cloud.empty()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "post", post_to_moto)
        answer = function("organizations").handler({**sample("organizations"), "org": "acme"}, Context())
        assert "error" not in answer, answer
        secrets.store("smtp-url", "smtp://127.0.0.1:1025")
    return cloud.kept()


@pytest.fixture
def aws(cloud: Cloud) -> Cloud:
    """Empty tables and queues, and functions that have just started."""
    cloud.empty()
    parameters.forget_all()
    existence.forget_all()
    function("rejections").forget_all()
    return cloud


@pytest.fixture
def world(aws: Cloud, configured: tuple[Any, Any], stripe: Stripe, mails: Mails) -> World:
    """The organization `acme` as events/existence.json configures it."""
    aws.restore(*configured)
    return World(stripe, mails)


@pytest.fixture
def api(world: World) -> VendorApi:
    """The API of the organization `acme`, with a key that may do everything."""
    return api_with("admin")


@pytest.fixture
def ada(world: World) -> Visitor:
    """Somebody who may do everything in the organization `acme`, signed in to the dashboard."""
    return sign_in_as("admin")


@pytest.fixture
def eve(world: World) -> Visitor:
    """Somebody who may do everything in another organization, and nothing in `acme`."""
    world.configure(org="other", mappings={})
    return sign_in_as("admin", org="other")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
