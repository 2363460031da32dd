"""One license in the dashboard: why it is as it is, its key, and what a person decides."""

import re
import time
from dataclasses import replace

import pytest
from keystack.domain import decisions
from keystack.management.decide import decide
from keystack.management.resend import resend
from keystack.queues import client as queue_client
from keystack.storage import dynamodb
from keystack.storage.licenses.orders import load_order

from integration.aws_calls import counted, failing
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.issued import messages, work
from integration.many import order_of, put_orders
from integration.test_dashboard_licenses import ADA, LIST, sell
from integration.world import ORG, World

PART = {"HX-Request": "true"}
DECISIONS = ("freeze", "reactivate", "revoke", "resend")


@pytest.fixture
def one(ada: Visitor, world: World) -> str:
    """The address of Ada's license, of test mode."""
    sell(world, 1)
    return address(world, 1)


def address(world: World, number: int) -> str:
    [license] = world.licenses(f"cs_test_{number}")
    return f"{LIST}/{license.id}"


def own_forms(visitor: Visitor, path: str) -> list[str]:
    """The forms of a page that are not in its head."""
    return [form.action for form in visitor.get(path).page.forms if "/licenses/" in form.action]


def csrf(visitor: Visitor) -> dict[str, str]:
    return visitor.get(LIST).page.form("/sign-out").fields


# ------------------------------------------------------------------- shown


def test_a_license_says_what_it_is_and_why(ada: Visitor, world: World, one: str) -> None:
    [license] = world.licenses("cs_test_1")
    shown = ada.get(one)
    assert "active test Active. It lasts until the subscription ends, and then for as long as was paid." in shown.text
    assert f"License {license.id} Plan pro , 1 seat Subscription Active. Bought" in shown.text
    assert shown.page.links["pro"] == "/dashboard/settings/plans/pro?mode=test"
    assert shown.page.links["cs_test_1"] == "/dashboard/orders/cs_test_1?mode=test"
    assert shown.page.links["Ada"].startswith("/dashboard/customers/")
    assert f"done The e-mail to {ADA} is sent. now" in shown.text
    assert 'hx-trigger="every' not in shown.html


def test_a_refund_is_why_with_its_time_and_what_ends_it(ada: Visitor, world: World) -> None:
    sell(world, 1, refund=True)
    shown = ada.get(address(world, 1))
    assert re.search(
        r"Frozen since <time datetime=\"20[^>]*>\d+ \w+ 20\d\d</time>: charge ch_sampleBob was refunded in full\.",
        re.sub("</?bdi>", "", shown.html),
    )
    assert (
        "The hold ends when a person reactivates it, or by itself when the refund fails or is canceled." in shown.text
    )


def test_a_page_is_in_the_mode_of_its_license(ada: Visitor, world: World, one: str) -> None:
    [live] = put_orders(order_of(1))
    for path, own, other in ((one, "test", "live"), (f"{LIST}/{live.id}", "live", "test")):
        for shown in (ada.get(f"{path}?mode={other}"), ada.get(f"{path}/revoke?mode={other}")):
            assert ("Test mode." in shown.text) == (own == "test")
            assert shown.page.links["Audit log"] == f"/dashboard/audit?mode={own}"
            assert shown.page.links[other.capitalize()] == f"{LIST}?mode={other}"


@pytest.mark.parametrize(
    "name", ["מרים לוי", "田中 さくら", "محمد الخوارزمي", "Zoë Müller", "Đặng Thị Hương", "O'Brien & Söhne", "👩‍💻 Ada"]
)
def test_a_name_in_any_language_is_intact(ada: Visitor, world: World, name: str) -> None:
    sell(world, 1, name=name)
    path = address(world, 1)
    order = ada.get(path).page.links["cs_test_1"]
    for shown in (ada.get(path), ada.get(order), ada.get(ada.get(path).page.links[name])):
        assert name in shown.text
        assert "look-alike" not in shown.text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"])
def test_a_script_in_a_name_stays_text(ada: Visitor, world: World, name: str) -> None:
    sell(world, 1, email=f"{name.replace(' ', '')}@example.com", name=name)
    path = address(world, 1)
    customer = ada.get(path).page.links[name]
    pages = [
        f"{LIST}?mode=test",
        path,
        customer,
        "/dashboard/orders/cs_test_1",
        *(f"{path}/{each}" for each in DECISIONS),
    ]
    for shown in map(ada.get, pages):
        assert shown.status == 200
        assert name.replace(" ", "") in shown.text.replace(" ", "")
        assert not {"<script>alert", "<img"} & set(re.findall("<script>alert|<img", shown.html))


def test_an_override_of_the_direction_is_shown_as_what_it_is(ada: Visitor, world: World) -> None:
    sell(world, 1, name="\u202emoc.live")
    path = address(world, 1)
    for shown in (ada.get(path), ada.get("/dashboard/orders/cs_test_1")):
        assert "U+202E moc.live" in shown.text
        assert "\u202e" not in shown.html


# ------------------------------------------------------------------ the key


@pytest.mark.parametrize("scope", ["admin", "read"])
def test_the_whole_key_is_on_one_answer_alone_and_the_audit_log_says_who_saw_it(
    world: World, one: str, scope: str
) -> None:
    grace = sign_in_as(scope, name="Grace")
    [license] = world.licenses("cs_test_1")
    before = grace.get(one)
    assert license.key not in before.html
    shown = grace.send(before.page.form("/reveal"))
    assert shown.status == 200
    assert f'data-copy="{license.key}"' in shown.html
    assert "The audit log notes that you saw it." in shown.text
    assert shown.headers["cache-control"] == "no-store"
    for path in (one, f"{one}/reveal"):
        assert license.key not in grace.get(path).html
    entries = [each for each in world.items("AuditTable") if each["action"] == "license.key_revealed"]
    assert [(each["source"], each["detail"]["license"]) for each in entries] == [("Grace", license.id)]


def test_a_key_that_the_audit_log_did_not_note_is_not_shown(ada: Visitor, world: World, one: str) -> None:
    [license] = world.licenses("cs_test_1")
    form = ada.get(one).page.form("/reveal")
    with failing(dynamodb.client(), operation="PutItem"):
        shown = ada.send(form)
    assert (shown.status, license.key in shown.html) == (503, False)


# ------------------------------------------------------------- the decisions


def test_freeze_then_reactivate_then_revoke_each_by_a_page_that_asks(ada: Visitor, world: World, one: str) -> None:
    effects = {
        "freeze": ("Freeze…", "Freezing stops this license until a person reactivates it;", "The license is frozen."),
        "reactivate": ("Reactivate…", "Reactivating lifts every hold", "Every hold of the license is lifted."),
        "revoke": ("Revoke…", "Revoking ends this license for good;", "The license is revoked."),
    }
    for decision, (link, effect, done) in effects.items():
        asked = ada.get(ada.get(one).page.links[link])
        assert effect in asked.text
        assert f"License of {ADA} , plan pro." in asked.text
        assert re.search(rf'<a [^>]*href="{one}\?mode=test" autofocus>Cancel</a>', asked.html)
        told = ada.send(asked.page.form(f"/{decision}"), reason=f"why <{decision}>")
        assert (told.status, done in told.text) == (200, True)
    assert world.statuses("cs_test_1") == ["revoked"]
    assert "This is final." in ada.get(one).text
    reasons = [each["detail"].get("reason") for each in world.items("AuditTable") if each["source"] == "Ada"]
    assert {"why <freeze>", "why <reactivate>", "why <revoke>"} <= set(reasons)
    assert "why <freeze>" in ada.get("/dashboard/orders/cs_test_1").text


def test_what_is_not_possible_says_why_and_is_no_link(ada: Visitor, world: World, one: str) -> None:
    shown = ada.get(one)
    assert "Reactivate: cannot reactivate license" in shown.text
    assert "it is active and not frozen: there is nothing to lift ." in shown.text
    assert "Reactivate…" not in shown.page.links
    asked = ada.get(f"{one}/reactivate")
    assert "Cannot reactivate license" in asked.text
    assert own_forms(ada, f"{one}/reactivate") == []
    assert asked.page.links["Back to the license"] == f"{one}?mode=test"


def test_who_is_second_sees_what_the_first_did_and_nothing_is_done_twice(ada: Visitor, world: World, one: str) -> None:
    form = ada.get(f"{one}/freeze").page.form("/freeze")
    grace = sign_in_as("admin", name="Grace")
    grace.send(grace.get(f"{one}/freeze").page.form("/freeze"), reason="it was stolen")
    told = ada.send(form, reason="mine")
    assert told.status == 409
    assert "it is frozen already (it was stolen)." in told.text
    assert 'role="alert"' in told.html
    assert re.search(r"frozen test License of .*Frozen since \d+ \w+ 20\d\d : frozen by Grace", told.text)
    assert [each for each in world.actions("cs_test_1") if each == "license.frozen"] == ["license.frozen"]
    assert "mine" not in ada.get("/dashboard/orders/cs_test_1").text


def test_one_form_sent_twice_decides_once(ada: Visitor, world: World, one: str) -> None:
    form = ada.get(f"{one}/revoke").page.form("/revoke")
    assert ada.send(form).status == 200
    told = ada.send(form)
    assert (told.status, "it is revoked, which is final" in told.text) == (409, True)
    assert [each for each in world.actions("cs_test_1") if each == "license.revoked"] == ["license.revoked"]


@pytest.mark.parametrize("path", ["/nonsense", "/email/x", "/%3Cscript%3E"])
def test_what_is_nothing_to_decide_is_not_there(ada: Visitor, one: str, path: str) -> None:
    shown = ada.get(f"{one}{path}")
    assert (shown.status, "<script>" in shown.html.replace("<script defer", "")) == (404, False)
    assert ada.post(f"{one}/nonsense", csrf(ada)).status == 404


def test_a_key_that_may_read_sees_all_and_decides_nothing(world: World, one: str) -> None:
    grace = sign_in_as("read")
    shown = grace.get(one)
    assert "Your API key may only read." in shown.text
    assert own_forms(grace, one) == [f"{one}/reveal?mode=test"]
    assert not {"Freeze…", "Revoke…", "Send the e-mail again…"} & set(shown.page.links)
    fields = csrf(grace)
    for decision in DECISIONS:
        assert own_forms(grace, f"{one}/{decision}") == []
        assert grace.post(f"{one}/{decision}", fields).status == 403
    assert world.statuses("cs_test_1") == ["active"]
    assert messages() == []


def test_anothers_license_is_not_there(eve: Visitor, world: World, one: str) -> None:
    [license] = world.licenses("cs_test_1")
    for path in (one, f"{one}/email", f"{one}/reveal", f"{one}/freeze", f"{one}/revoke", f"{one}/resend"):
        shown = eve.get(path)
        assert (shown.status, license.key in shown.html, ADA in shown.html) == (404, False, False)
        absent = eve.get(path.replace(license.id, "lic_" + "a" * 24))
        assert re.sub("(?s).*<main", "", absent.html) == re.sub("(?s).*<main", "", shown.html)
    for action in ("reveal", *DECISIONS):
        assert eve.post(f"{one}/{action}", {**csrf(eve), "form_id": "a" * 24}).status == 404
    assert world.statuses("cs_test_1") == ["active"]
    assert "license.key_revealed" not in world.actions("cs_test_1")


# --------------------------------------------------------------- the e-mail


def test_the_e_mail_is_sent_again_and_the_page_waits_for_it(ada: Visitor, world: World, one: str) -> None:
    asked = ada.get(ada.get(one).page.links["Send the e-mail again…"])
    assert f"Resending sends the order's e-mail, with this license, once more to {ADA}." in asked.text
    waits = ada.send(asked.page.form("/resend"), reason="they lost it")
    assert "The e-mail is on its way again." in waits.text
    [poll] = re.findall(r'id="email" hx-get="([^"]+)" hx-trigger="every 2s"', waits.html)
    poll = poll.replace("&amp;", "&")
    part = ada.get(poll, PART)
    assert "<html" not in part.html
    assert "pending" in part.text
    assert 'hx-trigger="every 2s"' in part.html
    before = len(world.mails.sent)
    assert len(work(world)) == 1
    assert len(world.mails.sent) == before + 1
    ended = ada.get(poll, PART)
    assert f"done The e-mail to {ADA} is sent." in ended.text
    assert "hx-trigger" not in ended.html
    assert ada.get(poll).text == ada.get(one).text  # without a script: the whole page


def test_nobody_asks_for_the_e_mail_longer_than_a_quarter_of_an_hour(ada: Visitor, one: str) -> None:
    ada.send(ada.get(f"{one}/resend").page.form("/resend"))
    now = int(time.time())
    for since, asks in ((now - 800, True), (now - 901, False), (now + 90_000, True), ("x", True), ("9" * 5_000, True)):
        shown = ada.get(f"{one}/email?mode=test&since={since}", PART)
        assert ("hx-trigger" in shown.html) == asks
    [poll] = re.findall(r"since=(\d+)", ada.get(f"{one}/email?since={now + 90_000}", PART).html)
    assert int(poll) <= int(time.time())  # a time to come is none: it would ask for ever


def test_one_form_sends_the_e_mail_once(ada: Visitor, one: str) -> None:
    form = ada.get(f"{one}/resend").page.form("/resend")
    ada.send(form)
    told = ada.send(form)
    assert "This form was sent before." in told.text
    assert "on its way again" not in told.text
    assert len(messages()) == 1


def test_an_e_mail_that_is_being_sent_just_now_is_not_asked_for_again(ada: Visitor, world: World, one: str) -> None:
    stored = load_order(ORG, "cs_test_1")
    assert stored is not None
    form = ada.get(f"{one}/resend").page.form("/resend")
    now = int(time.time())
    with pytest.MonkeyPatch.context() as patch:
        busy = replace(stored, lease=replace(stored.lease, until=now + 60))
        patch.setattr("keystack.management.resend.load_order", lambda *_: busy)
        assert ada.send(form).status == 503
    assert messages() == []


def test_a_queue_that_does_not_answer_is_said(ada: Visitor, one: str) -> None:
    form = ada.get(f"{one}/resend").page.form("/resend")
    with failing(queue_client.client()):
        told = ada.send(form)
    assert (told.status, "on its way" in told.text) == (503, False)
    assert "pending" in ada.get(one).text


def test_an_order_without_an_address_says_why_nothing_can_be_sent(ada: Visitor, world: World) -> None:
    sell(world, 1, email=None)
    shown = ada.get(address(world, 1))
    assert "order cs_test_1 has no e-mail address: hand the key over another way ." in shown.text
    assert "Send the e-mail again…" not in shown.page.links


def test_few_calls_however_many_licenses_there_are(ada: Visitor, world: World, one: str) -> None:
    made = []
    for numbers in (range(1), range(1, 200)):
        put_orders(*map(order_of, numbers))
        with counted() as calls:
            ada.get(one)
        made.append(calls)
    assert made[0] == made[1]
    assert len(made[0]) == 4  # the session; the license by its id, with its key, with its order
    [big, *_] = put_orders(order_of(900, count=200))
    with counted() as calls:
        ada.get(f"{LIST}/{big.id}")
    assert calls == made[0]


def test_a_decision_of_a_script_or_of_the_api_is_seen_too(ada: Visitor, world: World, one: str) -> None:
    [license] = world.licenses("cs_test_1")
    decide(ORG, license.id, decisions.freeze, "a script", "stolen", int(time.time()))
    assert "frozen by a script (stolen)." in ada.get(one).text
    decide(ORG, license.id, decisions.reactivate, "a script", "found", int(time.time()))
    resend(ORG, license.id, "a script", "", int(time.time()))
    shown = ada.get(one)
    assert "Active. Reactivated by a script on" in shown.text
    assert 'hx-trigger="every 2s"' in shown.html
