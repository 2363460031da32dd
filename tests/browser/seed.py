"""An organization that looks like a real one: a month of purchases, refunds, cancellations and mistakes."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from local.stripe.catalogue import catalogue
from local.stripe.disputes import dispute, withdrawn
from local.stripe.purchases import Json, Purchase, new_purchase, one_time_price
from local.stripe.shapes import charge, event, session
from local.stripe.subscriptions import canceled_subscription
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView

DAY = 86_400
PEOPLE = (
    ("Ada Lovelace", "ada@analytical.example"),
    ("Grace Hopper", "grace.hopper@navy.example"),
    ("Zoë Müller-Lüdenscheidt", "zoe@mueller.example"),
    ("田中 さくら", "sakura@tanaka.example"),
    ("מרים לוי", "miriam@levi.example"),
    ("Đặng Thị Hương", "huong.dang@saigon.example"),
    ("محمد الخوارزمي", "mohammed@khwarizmi.example"),
    ("Aleksandra Wiśniewska", "ola@wisniewska.example"),
    ("Jean-Luc O'Brien", "jl.obrien@enterprise.example"),
    ("Björk Guðmundsdóttir", "bjork@reykjavik.example"),
    ("Νίκος Παπαδόπουλος", "nikos@papadopoulos.example"),
    ("Chidi Okonkwo", "chidi@lagos-studio.example"),
)
PRICES = (
    "price_pro_monthly",
    "price_pro_monthly",
    "price_team",
    "price_pro_lifetime",
    "price_year_pass",
    "price_bundle",
)


def seed(state: dict[str, Any]) -> list[Purchase]:
    """Let a month happen; returns the purchases, the newest last."""
    chance, view, now = random.Random(4), VendorView(state), int(time.time())  # noqa: S311 - the same each time
    purchases = [_purchase(chance, number, now) for number in range(24)]
    for bought, (name, _) in zip(purchases, _people(len(purchases)), strict=True):
        _sell(view, bought, name)
    refunded, disputed, canceled = purchases[4], purchases[9], purchases[13]
    _tell(view, "charge.refunded", charge(refunded, refunded.amount), now - 3 * DAY)
    dispute_opened = dispute("dp_1Qx7RkB7WZ01zgkWn4Yc2d3e", charge(disputed), now - 2 * DAY)
    _tell(view, "charge.dispute.created", withdrawn(dispute_opened, now - 2 * DAY), now - 2 * DAY)
    ended = next(each for each in [canceled, *purchases] if each.subscription)
    _tell(view, "customer.subscription.deleted", canceled_subscription(ended, now - DAY, False), now - DAY)
    unmapped = [
        new_purchase(one_time_price("price_team_yearly"), email, 1, now - hours * 3_600)
        for hours, (_, email) in zip((20, 7, 2), PEOPLE, strict=False)
    ]
    for bought in unmapped:
        _sell(view, bought, "A customer")
    wait_for("the failed deliveries", lambda: _failed(view) >= len(unmapped))
    wait_for("the last license", lambda: view.licenses(purchases[-1]))
    _count_days(state, chance)
    return purchases


def _people(count: int) -> Sequence[tuple[str, str]]:
    return [PEOPLE[place % len(PEOPLE)] for place in range(count)]


def _purchase(chance: random.Random, number: int, now: int) -> Purchase:
    """Make one up: the first is the oldest, some 29 days ago."""
    chosen = chance.choice(PRICES)
    price = next(each for each in catalogue() if each["id"] == chosen)
    at = now - int((24 - number) * 1.2 * DAY) + chance.randrange(DAY // 2)
    _, email = _people(number + 1)[number]
    quantity = chance.choice((3, 5, 12)) if price["id"] == "price_team" else 1
    return new_purchase(price, email, quantity, min(at, now - 60))


def _sell(view: VendorView, bought: Purchase, name: str) -> None:
    view.target.put(bought)
    about = session(bought)
    about["customer_details"] = {**about["customer_details"], "name": name}
    _tell(view, "checkout.session.completed", about, bought.created)


def _tell(view: VendorView, kind: str, about: Json, at: int) -> None:
    told = {**event(kind, about), "created": at}
    status, answer = view.target.send(told)
    assert status == 200, answer


def _failed(view: VendorView) -> int:
    return len(list(view.deliveries("failed")))


def _count_days(state: dict[str, Any], chance: random.Random) -> None:
    """Write the numbers of the last 30 days as the schedule would have: the log itself begins today."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=state["aws_endpoint_url"],
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    today = datetime.now(UTC)
    for back in range(30):
        day = today - timedelta(days=back)
        busy = day.weekday() < 5
        numbers = {
            "issued": chance.randrange(2, 9) if busy else chance.randrange(3),
            "frozen": int(chance.random() < 0.2),
            "expired": int(chance.random() < 0.3),
        }
        for mode in ("test", "live"):
            item = {"pk": {"S": f"{state['org']}#days#{mode}"}, "sk": {"S": f"{day:%Y-%m-%d}"}}
            item |= {name: {"N": str(number if mode == "test" else 0)} for name, number in numbers.items()}
            item["mark"] = {"S": f"{today:%Y-%m-%dT%H:%M:%S}.000Z"}
            client.put_item(TableName=state["tables"]["audit"], Item=item)
