"""Amounts of money as Stripe has them, in the smallest unit of their currency, written for people.

Source: Stripe, "Supported currencies", on zero-decimal and three-decimal currencies. UGX and ISK have no decimals, but
Stripe counts them in hundredths all the same.
"""

ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def write_money(amount: int, currency: str | None) -> str:
    """Write an amount: `1,234.50 EUR`; without a currency `123450 (in the smallest unit of its currency)`."""
    if not currency:
        return f"{amount} (in the smallest unit of its currency)"
    code = currency.upper()
    decimals = 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2
    whole, rest = divmod(abs(amount), 10**decimals)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}}" if decimals else "") + f" {code}"
