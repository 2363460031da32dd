"""What a person types into the search box is read for what it means; what means nothing is nothing."""

import pytest
from keystack.management.search_text import MAX_TEXT, NOTHING, Sought, read_text

KEY = "TEST-ENTERPRISE12-ABCDE-FGHJK-MNPQR-STVWX-YZ012"


@pytest.mark.parametrize(
    ("typed", "sought", "text"),
    [
        ("ada@example.com", Sought.EMAIL, "ada@example.com"),
        (" 'Ada@Example.COM'; ", Sought.EMAIL, "ada@example.com"),
        ("mailto:ada@example.com", Sought.EMAIL, "ada@example.com"),
        ("Ada Lovelace <ada@example.com>", Sought.EMAIL, "ada@example.com"),
        ("zoë@münchen.example", Sought.EMAIL, "zoë@münchen.example"),
        (KEY, Sought.KEY, KEY),
        ("pro abcde fghjk mnpqr stvwx yz012", Sought.KEY, "pro abcde fghjk mnpqr stvwx yz012"),
        ("\ufefflic_AEBAGBAF\u200b", Sought.LICENSE, "lic_aebagbaf"),
        ("\u201ccs_test_a1B2\u201d", Sought.ORDER, "cs_test_a1B2"),
        ("CS_LIVE_a1B2", Sought.ORDER, "cs_live_a1B2"),
        ("ord_1", Sought.ORDER, "ord_1"),
        ("PI_3aB", Sought.REFERENCE, "pi_3aB"),
        ("sub_1", Sought.REFERENCE, "sub_1"),
        ("in_1", Sought.REFERENCE, "in_1"),
        ("evt_1", Sought.DELIVERY, "evt_1"),
        ("issue_ord_1_0a", Sought.DELIVERY, "issue_ord_1_0a"),
        ("cus_1", Sought.STRIPE_CUSTOMER, "cus_1"),
        ("ch_1", Sought.CHARGE, "ch_1"),
        ("py_1", Sought.CHARGE, "py_1"),
        ("re_1", Sought.REFUND, "re_1"),
        ("du_1", Sought.DISPUTE, "du_1"),
    ],
)
def test_what_is_meant(typed: str, sought: Sought, text: str) -> None:
    reading = read_text(typed)
    assert (reading.sought, reading.text) == (sought, text)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "Ada Lovelace",
        "a@b" + "x" * 254,
        "x" * (MAX_TEXT + 1),
        "ada@exam\u202eple.com",
        "cs_test_\x00",
        "lic_a\nb",
        "lic_" + "a" * 260,
        "cs_test_1#ORDER",
        "cs_test_1/../x",
        "\ud800@example.com",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "@",
        "cs_",
        "foo_1",
        "PRO-ABCDE-FGHJK",
    ],
)
def test_what_means_nothing(typed: str) -> None:
    assert read_text(typed) == NOTHING
