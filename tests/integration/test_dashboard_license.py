"""One license in the dashboard: its key on demand, why it has its status, and what a person decides about it."""

import re
import time
from typing import Any

import pytest
from keystack.domain.keys import mask
from keystack.domain.licenses import License
from keystack.queues import client as queue_client
from keystack.storage import dynamodb
from keystack.storage.audit.entries import entries_of
from samples import purchase, stripe_event

from integration.aws_calls import NO_ANSWER, counted, failing, refused
from integration.dashboard_visitor import Shown, Visitor, sign_in_as
from integration.issued import work
from integration.many import order_of, put_orders
from integration.world import ORG, World

LIST = "/dashboard/licenses"
ADA = "ada@acme.example"
PART = {"HX-Request": "true"}
NAMES = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "דוד כהן", "山田太郎", "محمد"]


@pytest.fixture
def ada(world: World) -> Visitor:
    return sign_in_as("admin")


@pytest.fixture
def license(world: World) -> License:
    return bought(world)


def bought(world: World, number: int = 1, name: str = "Ada", email: str | None = ADA) -> License:
    """Let somebody buy a license of plan pro in test mode."""
    event = purchase(number, customer_details={"email": email, "name": name})
    world.stripe.sell(event, ("price_pro_monthly", 1))
    world.issue(event)
    [license] = world.licenses(f"cs_test_{number}")
    return license


def page_of(license: License) -> str:
    return f"{LIST}/{license.id}"


def rows_listed(shown: Shown) -> list[str]:
    """The ids of the licenses in a table."""
    return re.findall(r'href="/dashboard/licenses/(lic_\w+)[^"]*" class="key"', shown.html)


def told(action: str) -> list[tuple[str, Any]]:
    """Who did this to the order, and the reason, in the audit log."""
    found = [each for each in entries_of(ORG, "cs_test_1") if each["action"] == action]
    return [(each["source"], each["detail"].get("reason")) for each in found]


def decided(visitor: Visitor, license: License, decision: str, reason: str = "") -> Shown:
    asked = visitor.get(f"{page_of(license)}/{decision}")
    return visitor.send(asked.page.form(f"/{decision}"), None, reason=reason)


# ------------------------------------------------------------ the key


def test_the_key_is_masked_until_it_is_asked_for_and_shown_on_that_answer_alone(ada: Visitor, license: License) -> None:
    first = ada.get(page_of(license))
    assert license.key not in first.html
    assert mask(license.key) in first.text
    shown = ada.send(first.page.form("/reveal"))
    assert shown.status == 200
    assert license.key in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "The audit log notes that you saw it" in shown.text
    assert license.key not in ada.get(page_of(license)).html
    assert [source for source, _ in told("license.key_revealed")] == ["Ada"]


def test_a_key_that_may_read_sees_the_license_key_and_decides_nothing(world: World, license: License) -> None:
    reader = sign_in_as("read", name="Rita")
    shown = reader.get(page_of(license))
    assert license.key in reader.send(shown.page.form("/reveal")).text
    assert told("license.key_revealed") == [("Rita", None)]
    assert "Your API key may only read" in shown.text
    actions = [form.action for form in shown.page.forms if form.method == "post"]
    assert actions == ["/dashboard/sign-out", f"{page_of(license)}/reveal"]
    token = shown.page.form("/reveal").fields
    for decision in ("freeze", "reactivate", "revoke", "resend"):
        asked = reader.get(f"{page_of(license)}/{decision}")
        assert [form for form in asked.page.forms if decision in form.action] == []
        assert reader.post(f"{page_of(license)}/{decision}", token).status == 403
    assert world.statuses("cs_test_1") == ["active"]


def test_a_key_is_not_shown_when_the_audit_log_does_not_take_it(ada: Visitor, license: License) -> None:
    form = ada.get(page_of(license)).page.form("/reveal")
    with refused(dynamodb.client(), "PutItem", "ThrottlingException", about="AuditTable"):
        shown = ada.send(form)
    assert shown.status == 503
    assert license.key not in shown.html


def test_the_modes_of_the_page_that_shows_the_key_lead_somewhere(ada: Visitor, license: License) -> None:
    shown = ada.send(ada.get(f"{page_of(license)}?mode=test").page.form("/reveal"))
    assert ada.get(shown.page.links["Test"]).status == 200


# ---------------------------------------------------------- decisions


def test_it_is_frozen_reactivated_and_revoked_each_with_its_reason(
    ada: Visitor, world: World, license: License
) -> None:
    frozen = decided(ada, license, "freeze", " shared online ")
    assert "The license is frozen." in frozen.text
    assert "frozen by Ada (shared online)" in frozen.text
    assert world.statuses("cs_test_1") == ["frozen"]
    again = decided(ada, license, "reactivate", "they said sorry")
    assert "Every hold of the license is lifted." in again.text
    assert world.statuses("cs_test_1") == ["active"]
    revoked = decided(ada, license, "revoke", "x" * 600)
    assert "The license is revoked." in revoked.text
    assert world.statuses("cs_test_1") == ["revoked"]
    assert told("license.frozen") == [("Ada", "shared online")]
    assert told("license.reactivated") == [("Ada", "they said sorry")]
    assert told("license.revoked") == [("Ada", "x" * 500)]


@pytest.mark.parametrize(
    ("decision", "effect"),
    [
        ("freeze", "Freezing stops this license until a person reactivates it"),
        ("revoke", "Revoking ends this license for good"),
        ("resend", f"Resending sends the order's e-mail, with this license, once more to {ADA}."),
    ],
)
def test_the_page_before_it_names_the_license_and_the_effect(
    ada: Visitor, world: World, license: License, decision: str, effect: str
) -> None:
    asked = ada.get(ada.get(page_of(license)).page.links[f"{TITLES[decision]}…"])
    assert asked.page.title.startswith(TITLES[decision])
    for said in (mask(license.key), ADA, effect):
        assert said in asked.text
    assert asked.page.links["Cancel"] == page_of(license)
    assert re.search(r"<a [^>]*autofocus>Cancel", asked.html)
    assert world.statuses("cs_test_1") == ["active"]


TITLES = {"freeze": "Freeze", "reactivate": "Reactivate", "revoke": "Revoke", "resend": "Send the e-mail again"}


def test_a_refund_says_why_it_is_frozen(ada: Visitor, world: World, license: License) -> None:
    world.freeze(stripe_event("freezer.refund_full", payment_intent="pi_9", invoice="in_1"))
    shown = ada.get(page_of(license))
    assert re.search(r"Frozen since \d+ \w+ \d{4}\s?: charge ch_sampleBob was refunded in full", shown.text)
    asked = ada.get(f"{page_of(license)}/reactivate")
    assert "Reactivating lifts every hold of this license" in asked.text


def test_whoever_decides_second_is_told_what_is_true_now(ada: Visitor, world: World, license: License) -> None:
    asked = ada.get(f"{page_of(license)}/freeze").page.form("/freeze")
    decided(sign_in_as("admin", name="Bob"), license, "revoke", "fraud")
    shown = ada.send(asked, None, reason="mine")
    assert shown.status == 409
    assert "it is revoked, which is final" in shown.text
    assert "Revoked by Bob on" in shown.text
    assert shown.page.links["Back to the license"] == page_of(license)
    assert told("license.frozen") == []


def test_a_decision_that_is_sent_twice_counts_once(ada: Visitor, license: License) -> None:
    form = ada.get(f"{page_of(license)}/freeze").page.form("/freeze")
    ada.send(form)
    second = ada.send(form)
    assert (second.status, "it is frozen already" in second.text) == (409, True)
    assert len(told("license.frozen")) == 1


def test_what_is_not_possible_says_so_and_has_no_button(ada: Visitor, license: License) -> None:
    asked = ada.get(f"{page_of(license)}/reactivate")
    assert asked.status == 200
    assert "it is active and not frozen: there is nothing to lift" in asked.text
    assert [form for form in asked.page.forms if "reactivate" in form.action] == []
    for path in ("unfreeze", "FREEZE", "%3Cscript%3E"):
        assert ada.get(f"{page_of(license)}/{path}").status == 404
    token = ada.get(page_of(license)).page.form("/reveal").fields
    assert ada.post(f"{page_of(license)}/unfreeze", token).status == 404
    assert ada.post(f"{page_of(license)}/reactivate", token).status == 409


# ------------------------------------------------------------ the e-mail


def test_the_e_mail_is_sent_once_a_form_and_the_page_waits_for_it(ada: Visitor, world: World, license: License) -> None:
    form = ada.get(f"{page_of(license)}/resend").page.form("/resend")
    shown = ada.send(form, None, reason="lost it")
    assert "The e-mail is on its way again." in shown.text
    again = ada.send(form)
    assert "This form was sent before, and counts once." in again.text
    assert told("email.requested") == [("Ada", "lost it")]

    [address] = re.findall(r'id="email" hx-get="([^"]+)" hx-trigger="every 2s"', shown.html)
    address = address.replace("&amp;", "&")
    part = ada.get(address, PART)
    assert "<html" not in part.html
    assert "hx-trigger" in part.html
    assert len(work(world)) == 1
    part = ada.get(address, PART)
    assert "hx-trigger" not in part.html
    assert f"The e-mail to {ADA} is sent." in part.text
    assert len(world.mails.sent) == 2
    assert ada.get(address).page.title.startswith("License")  # without a script it leads to the page


def test_it_is_waited_for_a_quarter_of_an_hour(ada: Visitor, license: License) -> None:
    decided(ada, license, "resend")
    began = int(time.time()) - 15 * 60
    assert "hx-trigger" not in ada.get(f"{page_of(license)}/email?since={began}", PART).html
    for since in ("x", "²", "9" * 30, "-1"):
        assert "hx-trigger" in ada.get(f"{page_of(license)}/email?since={since}", PART).html


def test_while_the_queue_does_not_answer_nobody_says_that_it_is_on_its_way(
    ada: Visitor, world: World, license: License
) -> None:
    form = ada.get(f"{page_of(license)}/resend").page.form("/resend")
    with failing(queue_client.client(), NO_ANSWER):
        shown = ada.send(form)
    assert shown.status == 503
    reloaded = ada.send(form)
    assert "on its way again" not in shown.text + reloaded.text
    assert "The e-mail is on its way again." in ada.send(shown.page.form("/resend")).text
    assert len(work(world)) == 1


def test_without_an_address_there_is_no_e_mail(ada: Visitor, world: World) -> None:
    license = bought(world, email=None)
    shown = ada.get(page_of(license))
    assert "has no e-mail address: hand the key over another way" in shown.text
    assert ada.get(f"{page_of(license)}/resend").status == 200


# ----------------------------------------------------- hostile, and others


def test_anothers_license_is_not_there(world: World, license: License) -> None:
    world.configure(org="other")
    eve = sign_in_as("admin", org="other")
    token = eve.get("/dashboard").page.form("/sign-out").fields
    for path in ("", "/email", "/freeze", "/revoke", "/resend"):
        theirs, nobodys = (eve.get(f"{LIST}/{each}{path}", PART) for each in (license.id, "lic_aaaa"))
        assert theirs.status == nobodys.status == 404
        assert ADA not in theirs.html
    for path in ("/reveal", "/freeze", "/revoke", "/resend"):
        shown = eve.post(page_of(license) + path, token)
        assert shown.status == 404
        assert license.key not in shown.html
    assert world.statuses("cs_test_1") == ["active"]
    assert told("license.key_revealed") == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_text_and_intact(ada: Visitor, world: World, name: str) -> None:
    license = bought(world, name=name)
    shown = ada.get(page_of(license))
    assert name in shown.text
    assert "<script>alert" not in shown.html
    assert "<img" not in shown.html


def test_what_turns_the_direction_is_written_out(ada: Visitor, world: World) -> None:
    shown = ada.get(page_of(bought(world, name="Ada\u202egnp.exe")))
    assert "\u202e" not in shown.html
    assert "Ada U+202E gnp.exe" in shown.text


def test_a_reason_stays_text(ada: Visitor, license: License) -> None:
    shown = decided(ada, license, "freeze", "<script>alert(1)</script>\u202e")
    assert "<script>alert" not in shown.html
    assert "\u202e" not in shown.html


def test_a_license_takes_the_same_few_calls_in_an_order_of_any_size(ada: Visitor, world: World) -> None:
    small, *_ = put_orders(order_of(1))
    large, *_ = put_orders(order_of(2, count=120))
    for license in (small, large):
        for path in ("", "/freeze"):
            with counted() as calls:
                assert ada.get(page_of(license) + path).status == 200
            assert calls == ["BatchGetItem", "Query", "BatchGetItem", "BatchGetItem"]
