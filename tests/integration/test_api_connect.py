"""Connect with Stripe: a key is tried before it is stored, what it lacks is named, and no secret is seen again."""

from typing import Any

import pytest
from invocations import Context
from keystack.errors import RetryLaterError
from keystack.management import stripe_connection
from keystack.storage import dynamodb, parameters, secrets
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings import stripe_status
from samples import purchase, request, signature

from integration.aws import function
from integration.log_lines import LogLines
from integration.stand_ins import error
from integration.vendor_api import Answer, VendorApi, api_with
from integration.world import ORG, World

KEY, LIVE = "rk_test_NEWKEY1", "rk_live_NEWKEY2"
NAMES = {
    "rak_checkout_session_read": ["Checkout Sessions: Read"],
    "rak_customer_read": ["Customers: Read", "Customers: Write"],
    "rak_customer_write": ["Customers: Write"],
    "rak_invoice_read": ["Invoices: Read"],
    "rak_charge_read": ["Charges and Refunds: Read"],
}
OPTIONAL = {"rak_subscription_read": "Subscriptions: Read", "rak_dispute_read": "Disputes: Read"}


def connect(api: VendorApi, key: Any = KEY, **more: Any) -> Answer:
    return api.put("/v1/settings/stripe-key", {"key": key, **more})


def stored(livemode: bool = False, org: str = ORG) -> str:
    parameters.forget_all()
    return secrets.stripe_key(org, livemode)


def told(what: str) -> list[dict[str, Any]]:
    return [dict(entry["detail"]) for entry in entries_of(ORG, f"settings:{what}")]


# ---------------------------------------------------------------- stripe key


def test_a_key_with_every_permission_is_stored(api: VendorApi) -> None:
    answer = connect(api)
    assert answer.status == 200
    assert (answer.json["livemode"], answer.json["stored"]) == (False, True)
    assert [(each["permission"], each["allowed"]) for each in answer.json["permissions"]] == [
        ("Checkout Sessions: Read", True),
        ("Customers: Read", True),
        ("Customers: Write", True),
        ("Invoices: Read", True),
        ("Charges and Refunds: Read", True),
    ]
    assert [(each["permission"], each["allowed"]) for each in answer.json["optional"]] == [
        ("Subscriptions: Read", True),
        ("Disputes: Read", True),
    ]
    assert stored() == KEY
    assert told("stripe-key")[1:] == [{"mode": "test", "kind": "restricted", "by": "tests"}]


def test_every_call_is_tried_and_none_changes_anything(api: VendorApi, world: World) -> None:
    connect(api)
    tried = [(each["method"], each["path"], each["status"]) for each in world.stripe.requests]
    assert tried == [
        ("GET", "/v1/checkout/sessions/cs_test_keystack/line_items", 404),
        ("GET", "/v1/customers/cus_keystack", 404),
        ("POST", "/v1/customers/cus_keystack", 404),
        ("GET", "/v1/invoices/in_keystack", 404),
        ("GET", "/v1/invoice_payments", 200),
        ("GET", "/v1/charges/ch_keystack", 404),
        ("GET", "/v1/subscriptions/sub_keystack", 404),
        ("GET", "/v1/disputes/dp_keystack", 404),
    ]


@pytest.mark.parametrize("permission", OPTIONAL)
def test_a_key_without_an_optional_permission_is_stored_and_told_what_is_not_exact(
    api: VendorApi, permission: str
) -> None:
    """A key of the first guide goes on as it is."""
    key = f"{KEY}_without_{permission}"
    answer = connect(api, key)
    assert (answer.status, answer.json["stored"], stored()) == (200, True, key)
    assert all(each["allowed"] for each in answer.json["permissions"])
    [missing] = [each for each in answer.json["optional"] if not each["allowed"]]
    assert missing["permission"] == OPTIONAL[permission]
    assert "its latest event says" in missing["without"] or "what each event says" in missing["without"]


def test_a_key_without_all_that_is_optional_is_stored(api: VendorApi) -> None:
    answer = connect(api, KEY + "".join(f"_without_{permission}" for permission in OPTIONAL))
    assert (answer.status, [each["allowed"] for each in answer.json["optional"]]) == (200, [False, False])


def test_a_problem_names_only_what_is_needed(api: VendorApi) -> None:
    answer = connect(api, f"{KEY}_without_rak_dispute_read_without_rak_charge_read")
    assert (answer.status, answer.problem) == (409, "missing-permissions")
    assert [each["detail"].partition(" (")[0] for each in answer.json["errors"]] == ["Charges and Refunds: Read"]
    assert "Disputes" not in answer.text
    assert stored() == "rk_test_replace_me"


@pytest.mark.parametrize("permission", NAMES)
def test_a_missing_permission_is_named_as_the_dashboard_does_and_nothing_is_stored(
    api: VendorApi, permission: str
) -> None:
    answer = connect(api, f"{KEY}_without_{permission}")
    assert (answer.status, answer.problem) == (409, "missing-permissions")
    assert [each["detail"].partition(" (")[0] for each in answer.json["errors"]] == NAMES[permission]
    assert f"({permission})" in answer.json["errors"][0]["detail"]
    assert all(f'"{name}"' in answer.json["detail"] for name in NAMES[permission])
    assert "KEY" not in answer.text
    assert stored() == "rk_test_replace_me"
    assert len(told("stripe-key")) == 1


def test_all_that_is_missing_is_named_at_once(api: VendorApi) -> None:
    answer = connect(api, KEY + "".join(f"_without_{permission}" for permission in NAMES))
    assert len(answer.json["errors"]) == 5


@pytest.mark.parametrize("part", ["/v1/invoices/", "/v1/invoice_payments"])
def test_one_of_two_calls_of_a_permission_is_enough_to_miss_it(api: VendorApi, world: World, part: str) -> None:
    world.stripe.fails("GET", part, error(403, "Having the 'rak_invoice_read' permission would allow"))
    assert [each["detail"][:14] for each in connect(api).json["errors"]] == ["Invoices: Read"]


def test_a_key_that_stripe_does_not_know_is_refused(api: VendorApi) -> None:
    answer = connect(api, "rk_test_unknown1")
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert "Stripe does not accept this key" in answer.json["detail"]
    assert stored() == "rk_test_replace_me"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("pk_test_NEWKEY1", "a publishable key"),
        ("sk_test_NEWKEY1", "a secret key"),
        ("sk_live_NEWKEY1", "create a restricted key"),
        ("whsec_NEWKEY1", "PUT /v1/settings/webhook-secret"),
        ("rk_prod_NEWKEY1", "no Stripe key"),
        ("NEWKEY1", "no Stripe key"),
        ("rk_test_NEWKEY1,rk_test_NEWKEY2", "no Stripe key"),
        ("rk_test_NEW KEY1", "no Stripe key"),
        (" rk_test_NEWKEY1", "no Stripe key"),
        ("rk_test_NEWKEY1\n", "no Stripe key"),
        ("rk_test_ÑEWKEY1", "no Stripe key"),
        ("rk_test_", "no Stripe key"),
        ("", "key"),
        ("rk_test_" + "NEWKEY" * 60, "key"),
        (7, "key"),
        (None, "key"),
    ],
)
def test_what_is_no_restricted_key_is_refused_without_asking_stripe(
    api: VendorApi, world: World, key: Any, sentence: str
) -> None:
    answer = connect(api, key)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert sentence in answer.json["detail"]
    assert "NEW" not in answer.text
    assert world.stripe.requests == []
    assert stored() == "rk_test_replace_me"


def test_a_secret_key_is_taken_from_who_insists(api: VendorApi) -> None:
    assert connect(api, "sk_test_NEWKEY1", allow_secret_key=True).status == 200
    assert stored() == "sk_test_NEWKEY1"
    assert told("stripe-key")[-1]["kind"] == "secret"


def test_live_and_test_keys_are_side_by_side(api: VendorApi) -> None:
    assert connect(api, LIVE).json["livemode"] is True
    assert (stored(), stored(livemode=True)) == ("rk_test_replace_me", LIVE)
    assert api.get("/v1/settings").json["stripe_key"] == {"test": True, "live": True}
    connect(api, KEY)
    connect(api, "rk_live_NEWKEY3")
    assert (stored(), stored(livemode=True)) == (KEY, "rk_live_NEWKEY3")


def test_two_keys_at_once_do_not_overwrite_each_other(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    store, others = secrets.store, [LIVE]

    def meanwhile(name: str, value: str) -> None:
        while others:
            busy = connect(api, others.pop())
            assert (busy.status, busy.problem) == (503, "retry-later")
        store(name, value)

    monkeypatch.setattr(secrets, "store", meanwhile)
    assert connect(api, KEY).status == 200
    assert connect(api, LIVE).status == 200
    assert (stored(), stored(livemode=True)) == (KEY, LIVE)


def test_a_crash_while_storing_holds_the_others_back_for_a_while_only(api: VendorApi, world: World, clock: Any) -> None:
    with world.crash("UpdateItem", when="after"):
        connect(api, KEY)
    assert connect(api, LIVE).status == 503
    clock.forward(stripe_connection.STORING + 1)
    assert connect(api, LIVE).status == 200


def test_a_store_that_fails_is_a_503_and_the_next_try_succeeds(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RetryLaterError("the secret store did not answer")

    with monkeypatch.context() as patch:
        patch.setattr(secrets, "store", fail)
        assert connect(api).status == 503
    assert len(told("stripe-key")) == 1
    assert connect(api).status == 200


@pytest.mark.parametrize("status", [429, 500])
def test_a_stripe_that_is_down_is_a_503_and_nothing_is_stored(api: VendorApi, world: World, status: int) -> None:
    world.stripe.fails("GET", "/v1/charges", error(status, "busy", "api_error"))
    answer = connect(api)
    assert (answer.status, answer.problem) == (503, "retry-later")
    assert "KEY" not in answer.text
    assert stored() == "rk_test_replace_me"


def test_a_stripe_that_is_not_reached_is_a_503(api: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:9")
    answer = connect(api)
    assert (answer.status, answer.problem) == (503, "retry-later")
    assert "repeat the request" in answer.json["detail"]


def test_the_new_key_is_used_at_once_by_what_asks_stripe(api: VendorApi, world: World) -> None:
    connect(api)
    world.issue(*world.sold(1))
    assert len(world.keys("cs_test_1")) == 1


# ------------------------------------------------------------ webhook secret


def answered(secret: str) -> int:
    """Let Stripe send an event that is signed with `secret`."""
    body = b'{"id": "evt_1", "type": "invoice.paid"}'
    return int(function("verifier").handler(request(body, signature(body, secret)), Context())["statusCode"])


def put_secrets(api: VendorApi, *values: Any) -> Answer:
    return api.put("/v1/settings/webhook-secret", {"secrets": list(values)})


def test_a_signing_secret_is_rotated(api: VendorApi, clock: Any) -> None:
    assert answered("whsec_replace_me") == 200
    answer = put_secrets(api, "whsec_new", "whsec_replace_me")
    assert (answer.status, answer.json) == (200, {"webhook_secrets": 2})
    clock.forward(6)
    assert (answered("whsec_new"), answered("whsec_replace_me"), answered("whsec_other")) == (200, 200, 400)
    assert put_secrets(api, "whsec_new").json == {"webhook_secrets": 1}
    clock.forward(secrets.MAX_AGE_SECONDS + 1)
    assert (answered("whsec_new"), answered("whsec_replace_me")) == (200, 400)
    assert api.get("/v1/settings").json["webhook_secrets"] == 1
    assert told("webhook-secret")[1:] == [{"secrets": 2, "by": "tests"}, {"secrets": 1, "by": "tests"}]


@pytest.mark.parametrize(
    "values",
    [[], ["whsec_NEW1", "whsec_NEW2", "whsec_NEW3"], ["NEW1"], ["whsec_"], ["whsec_NEW1,NEW2"], ["whsec_NE W"], [7]],
)
def test_what_is_no_signing_secret_is_refused(api: VendorApi, values: list[Any]) -> None:
    answer = put_secrets(api, *values)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert "NE" not in answer.text
    assert answered("whsec_replace_me") == 200


# -------------------------------------------------------------- secrecy, scope


def test_no_secret_is_in_a_table_a_log_or_an_answer(api: VendorApi, world: World, log: LogLines) -> None:
    answers = [connect(api), connect(api, f"{KEY}_without_rak_charge_read"), put_secrets(api, "whsec_NEWKEY4")]
    answers += [connect(api, "rk_test_unknown_NEWKEY5"), api.get("/v1/settings"), api.get("/v1/audit")]
    assert all("NEWKEY" not in answer.text for answer in answers)
    tables = [world.items(table) for table in ("MappingsTable", "AuditTable", "DeliveriesTable", "LicensesTable")]
    assert "answered" in log.text
    assert "NEWKEY" not in str(tables) + log.text


def test_each_organization_has_its_own(api: VendorApi, world: World) -> None:
    world.configure(org="acme-2")
    other = api_with("admin", org="acme-2")
    connect(api, LIVE)
    put_secrets(api, "whsec_mine")
    assert other.get("/v1/settings").json["stripe_key"] == {"test": True, "live": False}
    assert (stored(org="acme-2"), secrets.webhook_secrets("acme-2")) == ("rk_test_replace_me", ["whsec_replace_me"])
    assert stripe_status.load_settings("acme-2")[1].webhook_secrets == 1


def test_what_failed_for_want_of_a_key_succeeds_when_it_is_replayed(api: VendorApi, world: World) -> None:
    event = purchase(1)
    event["livemode"] = event["data"]["object"]["livemode"] = True
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    assert "no Stripe key for live mode" in world.delivery(event)["reason"]
    connect(api, LIVE)
    assert api.post("/v1/deliveries/evt_1/replay").status == 202
    assert world.issue(event, source="replay") == []
    assert world.delivery(event)["status"] == "succeeded"


def test_items_of_an_organization_keep_their_settings_when_it_connects(api: VendorApi) -> None:
    connect(api)
    put_secrets(api, "whsec_a")
    item = dynamodb.get_items([("MappingsTable", ORG, "ORG")])["MappingsTable", ORG, "ORG"]
    assert "storing_until" not in item
    assert api.get("/v1/settings").json["name"] == "Acme Inc."
