"""The stage: moto and the stand-in for Stripe of the integration tests, and a clock that stands."""

import pytest
from integration.aws import Cloud
from integration.clock import Clock
from integration.conftest import _moto_answers, aws, clock, cloud, log, mails, stripe, stripe_server
from integration.stand_ins import Mails, Stripe

from scenarios.accounts import InMemory, InMoto, answer_without_http
from scenarios.outside import Outside
from scenarios.stage import Stage

__all__ = ["_moto_answers", "aws", "clock", "cloud", "log", "mails", "stripe", "stripe_server"]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    return Outside(monkeypatch)


@pytest.fixture
def stage(aws: Cloud, stripe: Stripe, mails: Mails, clock: Clock, outside: Outside) -> Stage:
    return Stage(InMoto(aws), stripe, mails, clock, outside)


@pytest.fixture
def quick_stage(stripe: Stripe, mails: Mails, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """For what is played many times: nothing of it leaves this process."""
    answer_without_http(stripe, monkeypatch)
    return Stage(InMemory(monkeypatch), stripe, mails, clock, Outside(monkeypatch))
