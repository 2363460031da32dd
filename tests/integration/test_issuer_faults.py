"""Stripe and the mail server failing: the license is there in every case, and each effect is done once."""

import smtplib
from typing import Any

import pytest
from keystack.errors import ActionNeededError, RetryLaterError
from keystack.stripe import client as stripe_client
from samples import purchase

from integration.clock import Clock
from integration.stand_ins import error
from integration.world import World

SESSION = "cs_test_1"


def event_sold(world: World) -> dict[str, Any]:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1))
    return event


NOT_PERMITTED = error(
    403,
    "The provided key 'rk_test_*********e_me' does not have the required permissions for this endpoint. "
    "Having the 'rak_checkout_session_read' permission would allow this request to continue.",
)


def test_a_missing_permission_is_named(world: World) -> None:
    event = event_sold(world)
    world.stripe.fails("GET", "line_items", NOT_PERMITTED)
    assert world.issue(event) == []
    record = world.delivery(event)
    assert record["status"] == "failed"
    assert 'lacks the permission "Checkout Sessions: Read" (rak_checkout_session_read)' in record["reason"]
    world.stripe.mended()
    assert world.issue(event, source="replay") == []
    assert (world.delivery(event)["status"], len(world.mails.sent)) == ("succeeded", 1)


def test_a_missing_permission_for_metadata_holds_back_nothing_else(world: World) -> None:
    event = event_sold(world)
    world.stripe.fails("POST", "/v1/customers", error(403, "Having the 'rak_customer_write' permission would allow"))
    assert world.issue(event) == []
    record = world.delivery(event)
    assert (record["status"], record["steps"]["email"]) == ("failed", "done")
    assert '"Customers: Write" (rak_customer_write)' in record["reason"]
    assert (len(world.keys(SESSION)), len(world.mails.sent)) == (1, 1)


def test_a_key_that_stripe_does_not_know_is_a_persons_to_replace(world: World) -> None:
    event = event_sold(world)
    world.stripe.fails("GET", "", error(401, "Invalid API Key provided: rk_test_***"))
    assert world.issue(event) == []
    assert "store a valid restricted key" in world.delivery(event)["reason"]


def test_a_session_that_stripe_does_not_have_asks_for_the_right_account(world: World) -> None:
    assert world.issue(purchase(1)) == []
    record = world.delivery("evt_1")
    assert (record["status"], "account and mode" in record["reason"]) == ("failed", True)


BUSY = {
    "rate limit": error(429, "Too many requests", "rate_limit_error", "rate_limit"),
    "lock timeout": error(429, "locked", "invalid_request_error", "lock_timeout"),
    "conflict": error(409, "in use", "idempotency_error", "idempotency_key_in_use"),
    "500": error(500, "sorry", "api_error"),
    "503": error(503, "sorry", "api_error"),
}


@pytest.mark.parametrize("case", BUSY)
@pytest.mark.parametrize(("method", "part"), [("GET", "line_items"), ("POST", "/v1/customers")])
def test_when_stripe_is_busy_it_is_tried_again(world: World, case: str, method: str, part: str) -> None:
    event = event_sold(world)
    world.stripe.fails(method, part, BUSY[case])
    assert world.issue(event) == ["evt_1"]
    record = world.delivery(event)
    assert (record["status"], "trying again" in record["reason"]) == ("retrying", True)
    world.stripe.mended()
    assert world.issue(event, received=2) == []
    assert (len(world.keys(SESSION)), len(world.mails.sent)) == (1, 1)
    assert world.stripe.metadata("cus_sampleAda")["keystack_license_key"] == world.keys(SESSION)[0]
    assert (world.delivery(event)["status"], world.delivery(event)["attempts"]) == ("succeeded", 2)


@pytest.mark.parametrize(("method", "part"), [("GET", "line_items"), ("POST", "/v1/customers")])
def test_a_stripe_that_does_not_answer_in_time_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str, part: str
) -> None:
    monkeypatch.setattr(stripe_client, "TIMEOUT", 0.2)
    event = event_sold(world)
    world.stripe.hangs(method, part, 0.4)
    assert world.issue(event) == ["evt_1"]
    world.stripe.mended()
    assert world.issue(event) == []
    assert (len(world.keys(SESSION)), len(world.mails.sent)) == (1, 1)


def test_a_mail_refused_for_now_is_sent_later_and_the_metadata_not_written_again(world: World) -> None:
    event = event_sold(world)
    world.mails.refusals.append(RetryLaterError("the mail server is busy (421)"))
    assert world.issue(event) == ["evt_1"]
    record = world.delivery(event)
    assert (record["status"], len(world.keys(SESSION)), "421" in record["reason"]) == ("retrying", 1, True)
    # A person clears the metadata meanwhile: were it written again, one would see it
    world.stripe.objects.put({"id": "cus_sampleAda", "object": "customer", "livemode": False, "metadata": {}})
    assert world.issue(event, received=2) == []
    assert (len(world.mails.sent), world.stripe.metadata("cus_sampleAda")) == (1, {})
    assert world.delivery(event)["steps"] == {"licenses": "1 issued", "metadata": "done", "email": "done"}


def test_a_retrying_delivery_shows_which_effects_are_done(world: World) -> None:
    event = event_sold(world)
    world.mails.refusals.append(RetryLaterError("the mail server is busy (421)"))
    world.issue(event)
    steps = world.delivery(event)["steps"]
    assert (steps["metadata"], "421" in steps["email"]) == ("done", True)


def test_a_mail_refused_for_good_fails_the_delivery_and_nothing_else(world: World) -> None:
    event = event_sold(world)
    world.mails.refusals.append(ActionNeededError("the mail server refused the recipient (550)"))
    assert world.issue(event) == []
    record = world.delivery(event)
    assert (record["status"], "email: the mail server refused" in record["reason"]) == ("failed", True)
    assert (world.statuses(SESSION), record["steps"]["metadata"]) == (["active"], "done")
    assert world.issue(event, source="replay") == []
    assert (len(world.mails.sent), world.delivery(event)["status"]) == (1, "succeeded")


def test_an_error_that_nobody_foresaw_is_tried_again_without_its_words(world: World) -> None:
    event = event_sold(world)
    world.mails.refusals.append(smtplib.SMTPException("quotes PRO-AAAAA-BBBBB"))
    assert world.issue(event) == ["evt_1"]
    assert world.delivery(event)["reason"].startswith("KeyStack failed (SMTPException in ")
    assert "AAAAA" not in world.delivery(event)["reason"]
    assert "AAAAA" not in str(world.delivery(event)["steps"])


def test_a_missing_smtp_url_is_the_mails_failure_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import issuer
    from keystack.mail.sending import transport_from
    from keystack.storage import parameters

    from integration.aws import client

    monkeypatch.setattr(issuer, "transport_from", transport_from)
    client("ssm").delete_parameter(Name="/keystack/test/smtp-url")
    parameters.forget_all()
    event = event_sold(world)
    assert world.issue(event) == []
    assert (world.delivery(event)["steps"]["metadata"], len(world.keys(SESSION))) == ("done", 1)
    assert "smtp-url" in world.delivery(event)["reason"]


class _Server:
    """A mail server that knows one password."""

    def __init__(self, url: str, sent: list[str]) -> None:
        self.url, self.sent = url, sent

    def send(self, message: object, recipient: str) -> None:
        if "old" in self.url:
            raise ActionNeededError("the mail server refused user and password", "correct the SMTP URL")
        self.sent.append(recipient)


def test_an_smtp_url_that_was_replaced_counts_at_once(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import issuer
    from keystack.storage import secrets

    from integration.aws import client

    sent: list[str] = []
    monkeypatch.setattr(issuer, "transport_from", lambda kind, url: _Server(url, sent))
    secrets.store("smtp-url", "smtp://user:old@127.0.0.1:1025")
    assert secrets.smtp_url().startswith("smtp://user:old@")
    client("ssm").put_parameter(
        Name="/keystack/test/smtp-url", Value="smtp://user:new@127.0.0.1:1025", Type="SecureString", Overwrite=True
    )
    clock.forward(3)
    event = event_sold(world)
    assert world.issue(event) == []
    assert sent == ["Ada@Example.com"]
    assert world.delivery(event)["steps"]["email"] == "done"


def test_a_refused_recipient_does_not_cost_the_smtp_url_while_ssm_does_not_answer(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may give such an address at the checkout."""
    import issuer
    from keystack.storage import parameters, secrets

    from integration.aws_calls import refused

    tried: list[str] = []

    class Picky:
        def send(self, message: object, recipient: str) -> None:
            tried.append(recipient)
            if "nobody" in recipient:
                raise ActionNeededError("the mail server refused the recipient")

    monkeypatch.setattr(issuer, "transport_from", lambda kind, url: Picky())
    assert secrets.smtp_url()
    clock.forward(3)
    bad, good = world.sold(1, 2)
    bad["data"]["object"]["customer_details"]["email"] = "nobody@example.com"
    with refused(parameters.client(), "GetParameter", "ThrottlingException", about="smtp-url"):
        assert world.issue(bad) == []
        assert world.issue(good) == []
    assert tried == ["nobody@example.com", good["data"]["object"]["customer_details"]["email"]]  # each once
    assert "refused the recipient" in world.delivery(bad)["reason"]
    assert world.delivery(good)["steps"]["email"] == "done"


def test_a_stripe_key_that_was_replaced_counts_at_once(world: World, clock: Clock) -> None:
    from keystack.storage import secrets

    from integration.aws import client

    secrets.store("stripe-key/acme", "rk_test_unknown")
    assert secrets.stripe_key("acme", livemode=False) == "rk_test_unknown"
    client("ssm").put_parameter(
        Name="/keystack/test/stripe-key/acme", Value="rk_test_replace_me", Type="SecureString", Overwrite=True
    )
    clock.forward(3)
    event = event_sold(world)
    assert world.issue(event) == []
    assert world.delivery(event)["status"] == "succeeded"
