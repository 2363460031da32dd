"""Who bought, and where to find it, as the events of a Checkout Session say it in every shape Stripe gave them."""

from typing import Any

import pytest
from keystack.domain.facts import Paid
from keystack.domain.orders import Order
from keystack.stripe.events import Checkout, Ignored, read_event

from unit.stripe_shapes import AT, ERAS, event, session

COMPLETED = "checkout.session.completed"
SUCCEEDED, FAILED = "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"


def checkout(type_: str = COMPLETED, era: str = "basil", **more: Any) -> Checkout:
    read = read_event(event(type_, session(era, **more), era))
    assert isinstance(read, Checkout), read
    return read


def order(**more: Any) -> Order:
    return checkout(**more).order


@pytest.mark.parametrize("era", ["before basil", "basil"])
def test_a_completed_session_tells_who_bought_and_where_to_find_it(era: str) -> None:
    assert checkout(era=era) == Checkout(
        Order(
            "",
            id="cs_live_1",
            livemode=True,
            created_at=AT - 60,
            email="ada@example.com",
            name="Ada",
            stripe_customer="cus_1",
            payment_intent="pi_1",
        ),
        Paid(AT),
    )


def test_a_session_of_2018_without_payment_status_is_paid_and_dated_by_its_event() -> None:
    assert checkout(era="old", customer_email="ada@example.com") == Checkout(
        Order(
            "",
            id="cs_live_1",
            livemode=True,
            created_at=AT,
            email="ada@example.com",
            stripe_customer="cus_1",
            payment_intent="pi_1",
        ),
        Paid(AT),
    )


@pytest.mark.parametrize("customer", [None, 7, True, ["cus_1"], {}, {"id": 7}, "", "cus#1", "cus_1\n", "Zoë"])
def test_a_customer_that_is_none_fails_nothing(customer: Any) -> None:
    assert order(customer=customer).stripe_customer is None


def test_a_customer_account_is_named_where_there_is_no_customer() -> None:
    assert order(customer=None, customer_account="acct_1").customer_account == "acct_1"
    assert order(customer="cus_1", customer_account="acct_1").customer_account is None
    assert order(customer=None, customer_account=7).customer_account is None
    assert order(customer=None).customer_account is None


def test_a_session_in_subscription_mode_has_no_payment_intent_but_a_subscription_and_an_invoice() -> None:
    news = order(mode="subscription", payment_intent=None, subscription="sub_1", invoice="in_1")
    assert (news.payment_intent, news.subscription, news.invoice) == (None, "sub_1", "in_1")


def test_expanded_objects_are_as_good_as_their_ids() -> None:
    expanded: dict[str, Any] = {
        "customer": {"id": "cus_9", "object": "customer", "deleted": True},
        "payment_intent": {"id": "pi_9", "object": "payment_intent", "charges": {"data": []}},
        "subscription": {"id": "sub_9", "object": "subscription"},
        "invoice": {"id": "in_9", "object": "invoice"},
    }
    news = order(**expanded)
    found = (news.stripe_customer, news.payment_intent, news.subscription, news.invoice)
    assert found == ("cus_9", "pi_9", "sub_9", "in_9")


@pytest.mark.parametrize(
    ("details", "customer_email", "email"),
    [
        ({"email": "a@x.org"}, "b@x.org", "a@x.org"),
        ({"email": None}, "b@x.org", "b@x.org"),
        ({"email": ""}, "b@x.org", "b@x.org"),
        (None, " b@x.org ", "b@x.org"),
        ({}, None, None),
        (None, "", None),
        (None, "  ", None),
    ],
)
def test_the_address_is_that_of_the_details_else_the_customer_email(
    details: Any, customer_email: Any, email: Any
) -> None:
    assert checkout(customer_details=details, customer_email=customer_email).order.email == email


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Ada\r\nBcc: eve@example.com", "Ada  Bcc: eve@example.com"),
        ("A\x00d\x1fa\x7f", "A d a"),
        ("\ud83dAda\udfff", "?Ada?"),
        ("Zoë Ångström 😀", "Zoë Ångström 😀"),
        ("x" * 600, "x" * 500),
        ("\t ", None),
        (None, None),
    ],
    ids=ascii,
)
def test_a_name_loses_what_no_database_and_no_mail_takes(name: str | None, clean: str | None) -> None:
    assert checkout(customer_details={"name": name, "email": "ada@example.com"}).order.name == clean


@pytest.mark.parametrize("field", ["email", "customer_email"])
def test_an_address_is_cleaned_like_a_name(field: str) -> None:
    odd = "ada\n\ud800@example.com"
    more: dict[str, Any] = {"customer_email": odd, "customer_details": {"email": odd if field == "email" else None}}
    assert order(**more).email == "ada ?@example.com"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("type_", [COMPLETED, SUCCEEDED, FAILED])
def test_a_session_in_setup_mode_is_ignored(type_: str, era: str) -> None:
    news = read_event(event(type_, session(era, mode="setup", payment_status="no_payment_required"), era))
    assert isinstance(news, Ignored)
    assert "setup" in news.reason


@pytest.mark.parametrize("livemode", [True, False])
def test_the_event_says_whether_it_is_live(livemode: bool) -> None:
    subject = session()
    del subject["livemode"]
    news = read_event(event(COMPLETED, subject, livemode=livemode))
    assert isinstance(news, Checkout)
    assert news.order.livemode is livemode


@pytest.mark.parametrize("era", ERAS)
def test_the_amount_is_as_the_session_says_and_none_where_it_says_nothing(era: str) -> None:
    said = checkout(era=era, amount_total=1900, currency="USD").order
    assert (said.amount_total, said.currency) == (1900, "usd")
    silent = checkout(era=era, amount_total=None, currency=None).order
    assert (silent.amount_total, silent.currency) == (None, None)


@pytest.mark.parametrize("amount", [-1, 10**15, "1900", 19.0, True, [1], {}])
@pytest.mark.parametrize("currency", ["", "dollars", "u$d", 5, ["usd"]])
def test_an_amount_that_is_none_keeps_no_order_from_being_minted(amount: Any, currency: Any) -> None:
    read = checkout(amount_total=amount, currency=currency).order
    assert (read.id, read.amount_total, read.currency) == ("cs_live_1", None, None)
