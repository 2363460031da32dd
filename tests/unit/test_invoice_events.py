"""What an invoice was for and until when it pays, in every shape Stripe gave it."""

from typing import Any

import pytest
from keystack.domain.facts import Concern
from keystack.domain.invoices import BillingReason, Invoice, InvoiceLine, InvoiceStatus
from keystack.errors import ActionNeededError
from keystack.stripe.events import InvoiceEvent, read_event

from unit.billing_shapes import END, invoice, line
from unit.stripe_shapes import AT, DAY, ERAS, event

PAID, FAILED = "invoice.paid", "invoice.payment_failed"
RENEWAL = InvoiceLine("si_1", "price_1", 1, END, proration=False, amount=900)


def read_invoice(era: str = "basil", lines: list[dict[str, Any]] | None = None, **more: Any) -> Invoice:
    news = read_event(event(PAID, invoice(era, lines, **more), era))
    assert isinstance(news, InvoiceEvent), news
    return news.invoice


def read_line(era: str = "basil", **more: Any) -> InvoiceLine:
    (found,) = read_invoice(era, [line(era, **more)]).lines
    return found


def refused(era: str = "basil", lines: list[dict[str, Any]] | None = None, **more: Any) -> str:
    with pytest.raises(ActionNeededError) as raised:
        read_invoice(era, lines, **more)
    return str(raised.value)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("type_", "paid"), [(PAID, True), (FAILED, False)])
def test_an_event_tells_the_invoice_and_whether_it_was_paid(type_: str, paid: bool, era: str) -> None:
    found = Invoice(
        "in_1", "sub_1", InvoiceStatus.PAID, BillingReason.SUBSCRIPTION_CYCLE, amount_paid=900, lines=(RENEWAL,)
    )
    assert read_event(event(type_, invoice(era), era)) == InvoiceEvent(True, AT, found, paid, "cus_1")


@pytest.mark.parametrize("era", ERAS)
def test_an_invoice_of_no_subscription_is_told_too_for_a_session_may_have_one(era: str) -> None:
    found = read_invoice(era, [line(era, of=None)], parent=None, subscription=None, billing_reason="manual")
    assert (found.subscription, found.concern) == (None, Concern.PART)


@pytest.mark.parametrize("customer", [None, 7, "cus#1", [], {}])
def test_the_customer_fails_nothing(customer: Any) -> None:
    news = read_event(event(PAID, invoice(customer=customer)))
    assert isinstance(news, InvoiceEvent)
    assert (news.invoice.id, news.customer) == ("in_1", None)


@pytest.mark.parametrize("era", ERAS)
def test_every_status_and_every_reason_is_read(era: str) -> None:
    assert {read_invoice(era, status=str(each)).status for each in InvoiceStatus} == set(InvoiceStatus)
    assert {read_invoice(era, billing_reason=str(each)).reason for each in BillingReason} == set(BillingReason)
    assert read_invoice(era, billing_reason=None).reason is None


@pytest.mark.parametrize(
    ("status", "is_paid"),
    [("paid", True), ("open", False), ("draft", False), ("void", False), ("uncollectible", False)],
)
def test_the_status_says_whether_it_is_paid(status: str, is_paid: bool) -> None:
    assert read_invoice(status=status).is_paid is is_paid


@pytest.mark.parametrize(("field", "word"), [("status", "settled"), ("billing_reason", "subscription_gift")])
def test_a_word_that_nobody_knows_is_refused_and_told(field: str, word: str) -> None:
    more: dict[str, Any] = {field: word}
    assert f'(data.object.{field} is "{word}")' in refused(**more)


def test_an_invoice_with_more_lines_than_it_lists_says_so() -> None:
    subject = invoice()
    subject["lines"]["has_more"] = True
    news = read_event(event(PAID, subject))
    assert isinstance(news, InvoiceEvent)
    assert (read_invoice().complete, news.invoice.complete) == (True, False)


# ------------------------------------------------------------------------------ lines


@pytest.mark.parametrize("era", ERAS)
def test_a_line_of_a_subscription_item_names_it_its_price_and_its_period(era: str) -> None:
    more = {"quantity": 3, "amount": 2_700}
    assert read_line(era, **more) == InvoiceLine("si_1", "price_1", 3, END, proration=False, amount=2_700)


@pytest.mark.parametrize("era", ERAS)
def test_a_line_of_an_invoice_item_is_for_no_subscription_item(era: str) -> None:
    assert read_line(era, of=None) == InvoiceLine(None, "price_1", 1, END, proration=False, amount=900)


@pytest.mark.parametrize("era", ERAS)
def test_a_proration_says_so(era: str) -> None:
    found = read_line(era, proration=True, amount=-400)
    assert found == InvoiceLine("si_1", "price_1", 1, END, proration=True, amount=-400)
    assert read_line(era, of=None, proration=True).proration


def test_before_basil_an_invoice_item_may_prorate_a_subscription_item() -> None:
    found = read_line("before basil", type="invoiceitem", proration=True)
    assert (found.item, found.proration) == ("si_1", True)
    assert read_line("before basil", type="invoiceitem").item is None


@pytest.mark.parametrize(
    "price",
    [
        {"price": {"id": "price_9", "object": "price"}, "plan": None},
        {"price": "price_9"},
        {"price": None, "plan": {"id": "price_9", "object": "plan"}},
    ],
)
def test_before_basil_the_price_is_the_lines_else_its_plan(price: dict[str, Any]) -> None:
    assert read_line("before basil", **price).price == "price_9"


@pytest.mark.parametrize("pricing", [None, {}, {"price_details": None}, {"price_details": {"price": None}}])
def test_a_line_may_have_no_price(pricing: Any) -> None:
    assert read_line(pricing=pricing).price is None


def test_expanded_objects_are_as_good_as_their_ids() -> None:
    expanded = {"type": "price_details", "price_details": {"price": {"id": "price_9", "object": "price"}}}
    assert read_line(pricing=expanded).price == "price_9"
    parent = {"subscription_details": {"subscription": {"id": "sub_9", "object": "subscription"}}}
    assert read_invoice(parent=parent).subscription == "sub_9"


@pytest.mark.parametrize("period", [None, {}, {"end": None}, {"start": 5}])
@pytest.mark.parametrize("era", ERAS)
def test_the_period_of_a_subscription_item_is_required_and_no_other(period: Any, era: str) -> None:
    assert "(data.object.lines.data.0.period.end)" in refused(era, [line(era, period=period)])
    assert read_line(era, of=None, period=period).period_end is None
    assert read_line(era, proration=True, period=period).period_end is None


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"subscription_item": None, "proration": False}, "subscription_item"),
        ({"proration": False}, "subscription_item"),
        ({"subscription_item": "si_1"}, "proration"),
        ({"subscription_item": "si_1", "proration": None}, "proration"),
        (None, "subscription_item"),
    ],
)
def test_a_line_must_say_which_item_it_is_for_and_whether_for_all_of_the_period(missing: Any, named: str) -> None:
    details = {"type": "subscription_item_details", "subscription_item_details": missing}
    path = f"(data.object.lines.data.0.parent.subscription_item_details.{named})"
    assert path in refused(lines=[line(parent=details)])


@pytest.mark.parametrize("named", ["subscription_item", "proration"])
def test_before_basil_it_must_say_so_too(named: str) -> None:
    more: dict[str, Any] = {named: None}
    assert f"(data.object.lines.data.0.{named})" in refused("old", [line("old", **more)])


# ---------------------------------------------------------------- what it pays and for whom


@pytest.mark.parametrize("era", ERAS)
def test_a_renewal_pays_each_item_to_the_end_of_its_period(era: str) -> None:
    lines = [line(era), line(era, of="si_2", end=END + DAY), line(era, of="si_2", end=END)]
    found = read_invoice(era, lines)
    assert (found.periods, found.concern) == ({"si_1": END, "si_2": END + DAY}, Concern.SUBSCRIPTION)


@pytest.mark.parametrize("era", ERAS)
def test_prorations_within_a_period_pay_no_period(era: str) -> None:
    lines = [line(era, proration=True, amount=-400), line(era, proration=True, amount=900)]
    found = read_invoice(era, lines, billing_reason="subscription_update")
    assert (found.periods, found.concern) == ({}, Concern.PART)


def test_a_proration_that_outlasts_what_it_replaces_pays_its_period() -> None:
    """As Stripe bills the change from a month to a year, in both directions."""
    credit = line(proration=True, amount=-2_500, end=END)
    year = line(proration=True, amount=25_000, end=END + 335 * DAY)
    longer = read_invoice(lines=[credit, year], billing_reason="subscription_update")
    assert (longer.periods, longer.concern) == ({"si_1": END + 335 * DAY}, Concern.SUBSCRIPTION)
    back = [line(proration=True, amount=-25_000, end=END + 335 * DAY), line(proration=True, amount=2_500, end=END)]
    assert read_invoice(lines=back).periods == {}


def test_what_was_free_is_credited_with_nothing_and_replaced_all_the_same() -> None:
    free, year = line(proration=True, amount=0, end=END), line(proration=True, amount=25_000, end=END + DAY)
    assert read_invoice(lines=[free, year]).periods == {"si_1": END + DAY}


def test_a_proration_that_replaces_nothing_of_its_item_pays_no_period() -> None:
    other = line(of="si_2", proration=True, amount=-2_500, end=END)
    assert read_invoice(lines=[other, line(proration=True, end=END + DAY)]).periods == {}


@pytest.mark.parametrize("era", ERAS)
def test_the_first_invoice_concerns_the_whole_order(era: str) -> None:
    first = read_invoice(era, [line(era), line(era, of=None)], billing_reason="subscription_create")
    assert (first.periods, first.concern) == ({"si_1": END}, Concern.ORDER)
    empty = read_invoice(era, [], billing_reason="subscription_create", amount_paid=0)
    assert (empty.periods, empty.concern, empty.is_paid) == ({}, Concern.ORDER, True)


@pytest.mark.parametrize("reason", ["manual", "subscription_update", "subscription_cycle", "quote_accept", None])
def test_an_invoice_without_a_period_concerns_a_part(reason: str | None) -> None:
    assert read_invoice(lines=[line(of=None)], billing_reason=reason).concern is Concern.PART
