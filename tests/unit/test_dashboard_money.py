"""Amounts of money: in their currency's own decimals, as Stripe counts them."""

import pytest
from frame.money import write_money


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (123450, "eur", "1,234.50 EUR"),
        (5, "usd", "0.05 USD"),
        (0, "usd", "0.00 USD"),
        (-1900, "usd", "-19.00 USD"),
        (-5, "usd", "-0.05 USD"),
        (1900, "jpy", "1,900 JPY"),
        (-3, "KRW", "-3 KRW"),
        (1234, "kwd", "1.234 KWD"),
        (1000007, "tnd", "1,000.007 TND"),
        (50000, "isk", "500.00 ISK"),  # Stripe counts in hundredths what has none
        (50000, "ugx", "500.00 UGX"),
        (100, None, "100 (in the smallest unit of its currency)"),
        (100, "", "100 (in the smallest unit of its currency)"),
    ],
)
def test_an_amount(amount: int, currency: str | None, written: str) -> None:
    assert write_money(amount, currency) == written
