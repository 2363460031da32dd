"""Settings → Billing → Stripe → Connect: keys of both modes, what they lack, the webhook and its secrets."""

import re

import pytest
from keystack.management.stripe_connection import events_to_select
from keystack.storage import parameters, secrets
from keystack.storage.audit.entries import entries_of

from integration.aws_calls import counted
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.stand_ins import error
from integration.world import ORG, World

PATH = "/dashboard/settings/stripe"
KEY, LIVE = "rk_test_NEWKEY1", "rk_live_NEWKEY2"
NAMES = {
    "rak_checkout_session_read": ["Checkout Sessions: Read"],
    "rak_customer_read": ["Customers: Read", "Customers: Write"],
    "rak_customer_write": ["Customers: Write"],
    "rak_invoice_read": ["Invoices: Read"],
    "rak_charge_read": ["Charges and Refunds: Read"],
}
OPTIONAL = {
    "rak_subscription_read": "Subscriptions: Read",
    "rak_dispute_read": "Disputes: Read",
    "rak_plan_read": "Prices: Read, Products: Read",
}


def connect(visitor: Visitor, key: str, **more: str) -> Shown:
    return visitor.send(visitor.get(PATH).page.form("/stripe/key"), None, key=key, **more)


def store(visitor: Visitor, first: str, second: str = "") -> Shown:
    return visitor.send(visitor.get(PATH).page.form("/stripe/secret"), None, secret=first, second_secret=second)


def stored(livemode: bool = False) -> str:
    parameters.forget_all()
    return secrets.stripe_key(ORG, livemode)


def stored_secrets() -> list[str]:
    parameters.forget_all()
    return list(secrets.webhook_secrets(ORG))


def rows(shown: Shown) -> list[str]:
    found = re.findall(r"<tr data-row>(.*?)</tr>", shown.html, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in found]


def error_at(shown: Shown, field: str) -> str:
    """What is said at a field that is marked as wrong."""
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', shown.html)
    found = re.search(rf'<small id="{field}-help"><span class="error">(.*?)</span>', shown.html)
    assert found
    return found[1]


# ------------------------------------------------------------------ the page


def test_it_says_what_is_connected_and_what_to_do(ada: Visitor) -> None:
    shown = ada.get(PATH)
    assert "test connected A test key is stored." in shown.text
    assert "live no key yet Without a live key" in shown.text
    for names in NAMES.values():
        assert names[-1] in shown.text
    needed, _, better = shown.text.partition("These make it better, and may be left out")
    for name in OPTIONAL.values():
        assert (name in needed, name in better) == (False, True)
    assert "Subscriptions: Read what a subscription includes and how it stands" in better
    assert "Without it, licenses follow what each event says" in better
    assert "https://dashboard.example/v1/webhooks/stripe/acme" in shown.text
    assert "Payload style Snapshot" in shown.text
    assert "1 stored" in shown.text


def test_the_events_to_select_are_in_two_groups_with_what_each_is_for(ada: Visitor) -> None:
    shown = ada.get(PATH)
    needed, _, better = shown.text.partition("Events to select")[2].partition("These make it better")
    assert "charge.refunded a refund freezes what it was paid for" in needed
    assert "customer.subscription.updated plan, seats and number of licenses follow the subscription" in better
    for name in events_to_select(needed=True):
        assert (name in needed, f'data-copy="{name}"' in shown.html) == (True, True)
    for name in events_to_select(needed=False):
        assert (f" {name} " in better, f" {name} " in needed) == (True, False)


def test_the_webhooks_address_has_the_mapping_in_front(world: World) -> None:
    shown = sign_in_as("admin", base="/licensing").get(f"/licensing{PATH}")
    assert "https://dashboard.example/licensing/v1/webhooks/stripe/acme" in shown.text
    assert shown.page.form("/stripe/key").action == f"/licensing{PATH}/key"


def test_an_organization_without_anything_is_told_so(world: World) -> None:
    world.configure(org="bare", stripe_keys=[], webhook_secrets=[])
    shown = sign_in_as("admin", org="bare").get(PATH)
    assert shown.text.count("no key yet") == 2
    assert "none yet Until there is one, every event is refused." in shown.text


def test_a_key_that_may_only_read_has_no_form(world: World) -> None:
    reader = sign_in_as("read")
    shown = reader.get(PATH)
    assert [form.action for form in shown.page.forms if form.method == "post"] == ["/dashboard/sign-out"]
    token = shown.page.form("/sign-out").fields
    assert reader.post(f"{PATH}/key", {**token, "key": KEY}).status == 403
    assert reader.post(f"{PATH}/secret", {**token, "secret": "whsec_1"}).status == 403
    assert stored() == "rk_test_replace_me"


def test_the_page_takes_few_calls_and_asks_stripe_nothing(ada: Visitor, world: World) -> None:
    world.stripe.requests.clear()
    with counted() as calls:
        ada.get(PATH)
    assert sorted(calls) == ["BatchGetItem", "Query", "Query"]
    assert world.stripe.requests == []


# ------------------------------------------------------------------- the key


def test_keys_of_both_modes_are_side_by_side_and_never_shown(ada: Visitor) -> None:
    shown = connect(ada, f" {LIVE} ")
    assert (shown.status, "The key of live mode is stored" in shown.text) == (200, True)
    assert "live connected" in shown.text
    assert all(row.endswith("has it") for row in rows(shown))
    assert len(rows(shown)) == 8  # five that are needed
    assert "test connected" in ada.get(PATH).text
    assert (stored(), stored(livemode=True)) == ("rk_test_replace_me", LIVE)
    again = ada.get(PATH)
    assert "Last connected by Ada" in again.text
    assert "NEWKEY" not in shown.html + again.html
    last = list(entries_of(ORG, "settings:stripe-key"))[-1]
    assert (last["source"], last["detail"]["mode"]) == ("Ada", "live")


@pytest.mark.parametrize("permission", NAMES)
def test_a_missing_permission_is_named_and_nothing_is_stored(ada: Visitor, permission: str) -> None:
    shown = connect(ada, f"{KEY}_without_{permission}")
    assert shown.status == 409
    missing = [row for row in rows(shown) if "missing" in row]
    assert [row for row in missing if not row.startswith(tuple(NAMES[permission]))] == []
    assert len(missing) == len(NAMES[permission])
    assert permission in missing[0]
    assert error_at(shown, "key") == f"The key is not stored, for it lacks {', '.join(NAMES[permission])}."
    assert "NEWKEY" not in shown.html
    assert stored() == "rk_test_replace_me"


@pytest.mark.parametrize("permission", OPTIONAL)
def test_a_key_without_what_is_optional_is_stored_and_the_page_says_so(ada: Visitor, permission: str) -> None:
    key = f"{KEY}_without_{permission}"
    shown = connect(ada, key)
    assert (shown.status, stored()) == (200, key)
    [row] = [each for each in rows(shown) if "has it not" in each]
    assert row.startswith(OPTIONAL[permission])
    assert "The key of test mode is stored: it has all that KeyStack needs. What it has not may be added" in shown.text
    assert "missing" not in shown.text


def test_a_key_with_everything_is_not_asked_for_more(ada: Visitor) -> None:
    shown = connect(ada, KEY)
    assert "it has all that KeyStack needs." in shown.text
    assert "may be added" not in shown.text
    assert all("has it not" not in each for each in rows(shown))


def test_a_key_that_is_not_stored_is_not_tried_for_prices(ada: Visitor) -> None:
    shown = connect(ada, f"{KEY}_without_rak_charge_read_without_rak_dispute_read")
    assert error_at(shown, "key") == "The key is not stored, for it lacks Charges and Refunds: Read."
    told = {row.partition(": Read")[0]: row for row in rows(shown)}
    assert told["Charges and Refunds"].endswith("missing rak_charge_read")
    assert told["Disputes"].endswith("has it not rak_dispute_read")
    assert told["Prices"].endswith("not tried")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "Must be text of at least 1 characters"),
        ("pk_test_NEWKEY1", "a publishable key, which can read nothing"),
        ("sk_test_NEWKEY1", "or tick the box below"),
        ("whsec_NEWKEY1", "it belongs into the form under Webhook"),
        ("rk_prod_NEWKEY1", "This is no Stripe key"),
        ("rk_test_NEWKEY1,rk_live_NEWKEY1", "This is no Stripe key"),
        ("<script>NEWKEY", "This is no Stripe key"),
        ("rk_test_" + "NEWKEY" * 60, "at most 300 characters"),
        ("rk_test_unknownNEWKEY", "Stripe does not accept this key"),
    ],
)
def test_what_is_no_restricted_key_is_refused_at_its_field(ada: Visitor, key: str, said: str) -> None:
    shown = connect(ada, key)
    assert shown.status == 422
    assert said in error_at(shown, "key")
    for word in ("NEWKEY", "allow_secret_key&", "/v1/settings"):
        assert word not in shown.html
    assert stored() == "rk_test_replace_me"


def test_a_secret_key_is_taken_from_who_ticks_the_box(ada: Visitor) -> None:
    assert connect(ada, "sk_test_NEWKEY1", allow_secret_key="on").status == 200
    assert stored() == "sk_test_NEWKEY1"


def test_while_stripe_is_down_nothing_is_stored(ada: Visitor, world: World) -> None:
    world.stripe.fails("GET", "/v1/", error(500, "down", "api_error"))
    shown = connect(ada, KEY)
    assert shown.status == 503
    assert "Stripe failed" in error_at(shown, "key")
    assert stored() == "rk_test_replace_me"


def test_reloading_a_forms_answer_leads_to_the_page(ada: Visitor) -> None:
    for path in ("key", "secret"):
        assert ada.get(f"{PATH}/{path}?mode=live").address == f"{PATH}?mode=live"


# --------------------------------------------------------------- the secrets


def test_one_secret_takes_the_place_of_all_and_two_are_kept_side_by_side(ada: Visitor) -> None:
    shown = store(ada, "whsec_NEW1", " whsec_NEW2 ")
    assert "The signing secret is stored." in shown.text
    assert "2 stored, by Ada" in shown.text
    assert stored_secrets() == ["whsec_NEW1", "whsec_NEW2"]
    shown = store(ada, "whsec_NEW3")
    assert "1 stored, by Ada" in shown.text
    assert stored_secrets() == ["whsec_NEW3"]
    assert "NEW3" not in shown.html


@pytest.mark.parametrize(
    ("first", "second", "wrong"),
    [
        ("", "", ["secret"]),
        ("rk_NEW", "", ["secret"]),
        ("whsec_NEW1", "NEW2", ["second_secret"]),
        ("", "NEW2", ["second_secret"]),
        ("NEW1", "NEW2", ["secret", "second_secret"]),
        ("whsec_NE W", "", ["secret"]),
        ("whsec_a,whsec_b", "", ["secret"]),
        ("whsec_" + "x" * 300, "", ["secret"]),
        ("<script>", "", ["secret"]),
    ],
)
def test_a_wrong_secret_is_told_at_its_own_field(ada: Visitor, first: str, second: str, wrong: list[str]) -> None:
    shown = store(ada, first, second)
    assert shown.status == 422
    for field in ("secret", "second_secret"):
        if field in wrong:
            assert "A signing secret begins with whsec_" in error_at(shown, field)
        else:
            assert not re.search(rf'id="{field}"[^>]*aria-invalid', shown.html)
    assert "NEW" not in shown.html
    assert stored_secrets() == ["whsec_replace_me"]
