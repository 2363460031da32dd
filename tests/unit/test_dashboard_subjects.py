"""Where an audit entry's subject is shown."""

import pytest
from frame.request import Request
from frame.subjects import address_of


def request(base: str = "", **query: str) -> Request:
    return Request("GET", "/audit", base, query, {}, {}, "", {}, 0, lambda: 0)


@pytest.mark.parametrize(
    ("subject", "address"),
    [
        ("cs_test_1", "/dashboard/orders/cs_test_1"),
        ("plan:pro", "/dashboard/settings/plans/pro"),
        ("mapping:price_1", "/dashboard/settings/stripe/rules?target=price_1"),
        ("mapping:price_a&b=?{}", "/dashboard/settings/stripe/rules?target=price_a%26b%3D%3F%7B%7D"),
        ("api_key:k1", "/dashboard/settings/api-keys"),
        ("session:Ada", "/dashboard/settings/api-keys"),
        ("sign_in_link:operator", "/dashboard/settings/api-keys"),
        ("settings:organization", "/dashboard/settings/organization"),
        ("settings:stripe-key", "/dashboard/settings/stripe"),
        ("settings:webhook-secret", "/dashboard/settings/stripe"),
        ("settings:unheard-of", None),
        ("unheard:of", None),
        (":", None),
    ],
)
def test_a_subject_has_its_page(subject: str, address: str | None) -> None:
    assert address_of(request(), subject) == address


def test_an_address_keeps_mode_and_base_path() -> None:
    found = address_of(request("/keys", mode="live", who="Ada"), "mapping:price_1")
    assert found == "/keys/dashboard/settings/stripe/rules?mode=live&target=price_1"
