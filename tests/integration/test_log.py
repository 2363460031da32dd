"""No secret, no whole key and no payload in any log line, whatever goes wrong."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from aws import Context, function
from log_lines import logged
from samples import purchase, request, signature, stripe_event
from stand_ins import error
from vendor_api import api_with
from world import World

SESSION = "cs_test_1"
SECRETS = ("rk_test_replace_me", "whsec_replace_me", "hunter2")
PAYLOAD = ("ada@example.com", "Ada Lovelace", "Analytical Engine")


def secretive(text: str, world: World) -> list[str]:
    """Name what the log should not hold."""
    keys = world.keys(SESSION)
    return [each for each in (*SECRETS, *PAYLOAD, *keys) if each.lower() in text.lower()]


def event_sold(world: World) -> dict[str, Any]:
    event = purchase(1, client_reference_id="Analytical Engine")
    world.stripe.sell(event, ("price_pro_monthly", 1))
    return event


def a_purchase(world: World) -> None:
    event = event_sold(world)
    function("verifier").handler(request(event), Context())
    world.issue(event)


def a_crash_whose_message_quotes_a_key(world: World) -> None:
    event = event_sold(world)

    def quote() -> None:
        raise RuntimeError(f"could not do with {world.keys(SESSION)} and {event} and {SECRETS}")

    world.mails.send = lambda message, recipient: quote()  # type: ignore[method-assign,assignment]
    world.issue(event)


def a_failure_of_stripe(world: World) -> None:
    event = event_sold(world)
    world.stripe.fails("POST", "/v1/customers", error(500, "sorry", "api_error"))
    world.issue(event)


def a_refusal_of_stripe(world: World) -> None:
    event = event_sold(world)
    world.stripe.fails("POST", "/v1/customers", error(400, "Metadata can have at most 50 keys."))
    world.issue(event)


def an_event_of_no_shape(world: World) -> None:
    event = event_sold(world)
    event["data"]["object"]["customer"] = {"id": ["Analytical Engine"]}
    world.issue(event)


def a_rejection(world: World) -> None:
    body = str(purchase(1)).encode()
    function("verifier").handler(request(body, signature(body, "whsec_other")), Context())


def a_refund_and_a_deletion(world: World) -> None:
    world.issue(event_sold(world))
    world.freeze(stripe_event("freezer.refund_full", description="Analytical Engine"))
    world.expire(stripe_event("expirer.subscription_deleted", description="Analytical Engine"))


def a_configuration(world: World) -> None:
    world.configure()
    world.configure(stripe_keys=["hunter2"])


def a_connection_with_stripe(world: World) -> None:
    api = api_with("admin")
    for key in ("rk_test_hunter2", "rk_test_unknown_hunter2", "sk_test_hunter2", "hunter2_without_rak_charge_read"):
        api.put("/v1/settings/stripe-key", {"key": key})
    api.put("/v1/settings/webhook-secret", {"secrets": ["whsec_hunter2", "hunter2"]})
    world.stripe.fails("GET", "/v1/charges", error(500, "sorry", "api_error"))
    api.put("/v1/settings/stripe-key", {"key": "rk_test_hunter2"})


def a_delivery_that_is_looked_at_and_replayed(world: World) -> None:
    world.issue(event_sold(world))
    api = api_with("admin")
    assert "Analytical Engine" in api.get("/v1/deliveries/evt_1").text
    api.post("/v1/deliveries/evt_1/replay")


HISTORIES = [
    a_purchase,
    a_crash_whose_message_quotes_a_key,
    a_failure_of_stripe,
    a_refusal_of_stripe,
    an_event_of_no_shape,
    a_rejection,
    a_refund_and_a_deletion,
    a_configuration,
    a_connection_with_stripe,
    a_delivery_that_is_looked_at_and_replayed,
]


@pytest.mark.parametrize("history", HISTORIES)
def test_no_secret_key_or_payload_is_logged(
    world: World, capsys: pytest.CaptureFixture[str], history: Callable[[World], None]
) -> None:
    with logged(capsys, logging.INFO) as text:
        history(world)
        told = text()
    assert told
    assert secretive(told, world) == []


@pytest.mark.parametrize("history", [a_purchase, a_connection_with_stripe, a_delivery_that_is_looked_at_and_replayed])
def test_not_at_the_level_debug_either(
    world: World, capsys: pytest.CaptureFixture[str], history: Callable[[World], None]
) -> None:
    with logged(capsys, logging.DEBUG) as text:
        history(world)
        told = text()
    assert secretive(told, world) == []


def test_what_a_person_needs_is_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with logged(capsys, logging.INFO) as text:
        a_purchase(world)
        told = text()
    for each in ('"event_id":"evt_1"', '"org":"acme"', f'"order":"{SESSION}"', '"status":"succeeded"'):
        assert each in told
    for metric in ("Answered200", "LicensesIssued", "SecondsToEmail", "DeliveriesSucceeded"):
        assert f'"Name":"{metric}"' in told
