"""Settings: what is named changes, what is not stays; the mails look so at once; the audit log tells it."""

from typing import Any

import pytest
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings.organizations import load_organization
from samples import stripe_event

from integration.sales import PlayedSale, with_subscription
from integration.vendor_api import VendorApi, api_with
from integration.world import ORG, World

BRANDING = {
    "product_name": "Acme Studio",
    "from": "licenses@acme.example",
    "reply_to": "support@acme.example",
    "logo_url": "",
    "accent_color": "#4f46e5",
    "support_url": "https://acme.example/support",
    "footer": "Acme Inc., 1 Anvil Road, Tucson AZ",
}
SETTINGS = {
    "org": "acme",
    "name": "Acme Inc.",
    "freeze_on_partial_refund": False,
    "freeze_on_paused_collection": False,
    "branding": BRANDING,
    "stripe_key": {"test": True, "live": False},
    "webhook_secrets": 1,
}


def told(org: str = ORG) -> list[dict[str, Any]]:
    """What the audit log says of changes, after the operator has set the organization up."""
    entries = entries_of(org, "settings:organization")
    return [dict(entry["detail"]) for entry in entries if entry["source"] != "operator"]


def test_the_settings_are_shown(api: VendorApi) -> None:
    assert api.get("/v1/settings").json == SETTINGS


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ({}, SETTINGS),
        ({"name": "Acme Ltd."}, {**SETTINGS, "name": "Acme Ltd."}),
        ({"freeze_on_partial_refund": True, "name": None}, {**SETTINGS, "freeze_on_partial_refund": True}),
        ({"freeze_on_paused_collection": True}, {**SETTINGS, "freeze_on_paused_collection": True}),
        (
            {"branding": {"from": "Acme <keys@acme.example>", "footer": "", "reply_to": None}},
            {**SETTINGS, "branding": {**BRANDING, "from": "Acme <keys@acme.example>", "footer": ""}},
        ),
        (
            {"branding": {"logo_url": "https://acme.example/logo.png"}},
            {**SETTINGS, "branding": {**BRANDING, "logo_url": "https://acme.example/logo.png"}},
        ),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(api: VendorApi, body: dict[str, Any], after: dict[str, Any]) -> None:
    answer = api.put("/v1/settings", body)
    assert (answer.status, answer.json) == (200, after)
    assert api.get("/v1/settings").json == after


def test_a_change_is_in_effect_at_once(api: VendorApi, world: World) -> None:
    api.put("/v1/settings", {"freeze_on_partial_refund": True, "branding": {"footer": "New Road 2"}})
    event = stripe_event("issuer.payment_paid")
    world.stripe.sell(event, ("price_pro_lifetime", 1))
    world.issue(event)
    assert "New Road 2" in world.mails.texts()[0]
    world.freeze(stripe_event("freezer.refund_partial", payment_intent=event["data"]["object"]["payment_intent"]))
    assert world.statuses(event["data"]["object"]["id"]) == ["frozen"]


def test_a_paused_collection_freezes_if_the_organization_says_so(api: VendorApi, world: World) -> None:
    sale = PlayedSale(world, "price_pro_monthly")
    pause = {"behavior": "void", "resumes_at": None}
    sale.happens(with_subscription, {"pause_collection": pause})
    assert world.statuses(sale.order) == ["active"]
    api.put("/v1/settings", {"freeze_on_paused_collection": True})
    assert world.statuses(sale.order) == ["active"]  # until the next event of the subscription
    sale.happens(with_subscription, {"pause_collection": pause, "metadata": {"touched": "1"}})
    assert world.statuses(sale.order) == ["frozen"]
    sale.happens(with_subscription, {"pause_collection": None})
    assert world.statuses(sale.order) == ["active"]


def test_the_audit_log_tells_what_changed_and_who_did_it(world: World) -> None:
    ada = api_with("admin", name="Ada")
    ada.put("/v1/settings", {"name": "Acme Ltd.", "branding": {"from": "keys@acme.example", "footer": "x"}})
    ada.put("/v1/settings", {"name": "Acme Ltd.", "branding": {"from": "keys@acme.example"}})  # nothing new
    assert told() == [
        {
            "name": "Acme Ltd.",
            "branding": {"from": "keys@acme.example", "footer": "x"},
            "before": {
                "name": SETTINGS["name"],
                "branding": {"from": BRANDING["from"], "footer": BRANDING["footer"]},
            },
            "by": "Ada",
        }
    ]


def test_two_who_change_different_settings_at_once_both_succeed(api: VendorApi, world: World) -> None:
    others = [{"freeze_on_partial_refund": True, "branding": {"footer": "theirs"}}]

    def other() -> None:
        while others:
            api.put("/v1/settings", others.pop())

    with world.before("TransactWriteItems", other):
        api.put("/v1/settings", {"name": "mine", "branding": {"reply_to": "mine@acme.example"}})
    organization = load_organization(ORG)
    assert (organization.name, organization.freeze_on_partial_refund) == ("mine", True)
    assert (organization.branding.reply_to, organization.branding.footer) == ("mine@acme.example", "theirs")


@pytest.mark.parametrize(
    ("body", "told_of"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"name": 5}, "name"),
        ({"org": "other"}, "org"),
        ({"webhook_secrets": 2}, "webhook_secrets"),
        ({"freeze_on_partial_refund": "yes"}, "freeze_on_partial_refund"),
        ({"freeze_on_paused_collection": 1}, "freeze_on_paused_collection"),
        ({"branding": {"colour": "red"}}, "branding.colour"),
        ({"branding": {"from_": "a@b.example"}}, "branding.from_"),
        ({"branding": {"footer": "x" * 501}}, "branding.footer"),
        ({"branding": {"from": "keys at acme"}}, "branding's from"),
        ({"branding": {"reply_to": "a@b.example, c@d.example"}}, "branding's reply_to"),
        ({"branding": {"logo_url": "http://acme.example/logo.png"}}, "branding's logo_url"),
        ({"branding": {"support_url": "javascript:alert(1)"}}, "branding's support_url"),
        ({"branding": {"accent_color": "red"}}, "branding's accent_color"),
    ],
)
def test_a_mistake_is_named_and_nothing_changes(api: VendorApi, body: dict[str, Any], told_of: str) -> None:
    answer = api.put("/v1/settings", {"freeze_on_partial_refund": True, "branding": {}, **body})
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert told_of in answer.json["detail"]
    assert api.get("/v1/settings").json == SETTINGS
    assert told() == []


def test_nobody_sees_or_changes_anothers(api: VendorApi, world: World) -> None:
    world.configure(org="acme-2", name="Other", branding={}, stripe_keys=[], webhook_secrets=[])
    other = api_with("admin", org="acme-2")
    api.put("/v1/settings", {"name": "Mine", "branding": {"footer": "mine"}})
    assert other.get("/v1/settings").json == {
        **SETTINGS,
        "org": "acme-2",
        "name": "Other",
        "branding": dict.fromkeys(BRANDING, ""),
        "stripe_key": {"test": False, "live": False},
        "webhook_secrets": 0,
    }
    assert told("acme-2") == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8787/logo.png", "https://localhost/logo.png", "http://acme.example/"]
)
def test_a_logo_that_only_the_local_stack_could_show_is_refused(api: VendorApi, url: str) -> None:
    answer = api.put("/v1/settings", {"branding": {"logo_url": url}})
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert "must be an https URL" in answer.json["detail"]
