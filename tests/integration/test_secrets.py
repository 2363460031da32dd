"""Secrets in memory: which one is forgotten, and what serves while SSM does not answer."""

import pytest
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.storage import parameters, secrets

from integration.aws import Cloud, client
from integration.aws_calls import THROTTLED, refused
from integration.clock import Clock


@pytest.fixture
def stored(aws: Cloud) -> Cloud:
    for org in ("acme", "other"):
        secrets.store(f"stripe-key/{org}", f"rk_test_{org}")
        assert secrets.stripe_key(org, livemode=False) == f"rk_test_{org}"
    return aws


def replace_unseen(name: str, value: str) -> None:
    """Store a secret as another process does."""
    client("ssm").put_parameter(Name=f"/keystack/test/{name}", Value=value, Type="SecureString", Overwrite=True)


def throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    def throttle(*_: object) -> None:
        raise THROTTLED

    monkeypatch.setattr(parameters.client(), "call", throttle)


def test_the_one_that_was_refused_is_read_afresh_and_no_other(stored: Cloud, clock: Clock) -> None:
    for org in ("acme", "other"):
        replace_unseen(f"stripe-key/{org}", f"rk_test_new_{org}")
    clock.forward(3)
    assert secrets.stripe_key_has_changed("acme")
    assert secrets.stripe_key("acme", livemode=False) == "rk_test_new_acme"
    assert secrets.stripe_key("other", livemode=False) == "rk_test_other"


def test_a_secret_that_was_stored_just_now_counts_at_once(stored: Cloud) -> None:
    secrets.store("stripe-key/acme", "rk_test_new")
    assert secrets.stripe_key("acme", livemode=False) == "rk_test_new"


def test_one_that_was_read_just_now_or_never_is_not_worth_another_try(stored: Cloud) -> None:
    assert not secrets.stripe_key_has_changed("acme")
    assert not secrets.stripe_key_has_changed("nobody")


def test_a_key_serves_on_for_other_events_while_ssm_does_not_answer_whatever_was_refused(
    stored: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most refusals are one event's own, such as a 404; they must not cost the others their key."""
    clock.forward(3)
    throttled(monkeypatch)
    assert not secrets.stripe_key_has_changed("acme")
    assert secrets.stripe_key("acme", livemode=False) == "rk_test_acme"


def test_that_there_is_no_key_may_be_wrong_while_ssm_does_not_answer(
    stored: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ActionNeededError):
        secrets.stripe_key("nobody", livemode=False)
    clock.forward(3)
    throttled(monkeypatch)
    with pytest.raises(RetryLaterError):
        secrets.stripe_key_has_changed("nobody")


def test_a_key_is_never_stored_beside_one_that_may_be_out_of_date(
    stored: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        throttled(patch)
        with pytest.raises(RetryLaterError):
            secrets.store_stripe_key("acme", "rk_live_new", livemode=True)
    assert parameters.read("stripe-key/acme") == "rk_test_acme"


def test_that_there_is_no_secret_is_no_secret_to_serve_on_with(
    aws: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secrets.webhook_secrets("acme") == []
    clock.forward(301)
    throttled(monkeypatch)
    with pytest.raises(RetryLaterError):
        secrets.webhook_secrets("acme")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("code", ["ParameterNotFound", "ValidationException"])
def test_a_name_that_ssm_does_not_know_or_would_not_take_has_no_secret(code: str) -> None:
    with refused(parameters.client(), "GetParameter", code):
        assert secrets.webhook_secrets("acme") == []


def test_memory_is_bounded_and_the_oldest_goes_first(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "read", lambda name: name)
    for number in range(1_500):
        parameters.load(f"stripe-key/org-{number}")
    assert len(parameters._cache) == 1_000
    assert next(iter(parameters._cache)) == "stripe-key/org-500"
