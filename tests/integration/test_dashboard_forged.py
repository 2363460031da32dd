"""What no page of ours sends: forged addresses and forms get a clear page."""

import pytest

from integration.dashboard_visitor import Visitor, sign_in_as
from integration.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(world: World) -> Visitor:
    return sign_in_as("admin")


@pytest.mark.parametrize("name", ["_Context__obj", "_Context__self", "_block_vars", "path", "self"])
@pytest.mark.parametrize("page", ["/licenses", "/audit", "/settings/webhooks/deliveries"])
def test_a_parameter_may_have_any_name(ada: Visitor, page: str, name: str) -> None:
    assert ada.get(f"/dashboard{page}?{name}=1").status == 200


@pytest.mark.parametrize("since", ["9" * 5_000, "99999999999", "-1", "x", "²"])
def test_a_page_waits_since_now_when_its_time_is_forged(ada: Visitor, since: str) -> None:
    shown = ada.get(f"/dashboard/first-steps?since={since}", HTMX)
    assert shown.status == 200
    assert f"since={since}" not in shown.html
