"""What no page of ours sends: forged addresses and forms get a clear page."""

import pytest

from integration.aws import function
from integration.dashboard_visitor import Visitor, sign_in_as
from integration.world import World

HTMX = {"HX-Request": "true"}
PLAN = {"name": "Pro", "kind": "perpetual", "seats": "1", "key_prefix": "PRO"}  # without entitlements


@pytest.mark.parametrize("name", ["_Context__obj", "_Context__self", "_block_vars", "path", "self"])
@pytest.mark.parametrize("page", ["/licenses", "/audit", "/settings/webhooks/deliveries"])
def test_a_parameter_may_have_any_name(ada: Visitor, page: str, name: str) -> None:
    assert ada.get(f"/dashboard{page}?{name}=1").status == 200


@pytest.mark.parametrize("since", ["9" * 5_000, "99999999999", "-1", "x", "²"])
def test_a_page_waits_since_now_when_its_time_is_forged(ada: Visitor, since: str) -> None:
    shown = ada.get(f"/dashboard/first-steps?since={since}", HTMX)
    assert shown.status == 200
    assert f"since={since}" not in shown.html


@pytest.mark.parametrize("fields", [{}, {"name": "", "kind": "perpetual"}, {**PLAN, "seen": "earlier"}])
@pytest.mark.parametrize("code", ["new", "pro"])
def test_a_form_that_lacks_fields_is_answered_with_the_form(ada: Visitor, code: str, fields: dict[str, str]) -> None:
    page = f"/dashboard/settings/plans/{code}"
    own = ada.get(page).page.form("/plans").fields
    shown = ada.post(page, {"csrf": own["csrf"], **fields})
    assert shown.status in (409, 422)
    assert shown.page.form("/plans").fields["csrf"]


def test_whatever_address_a_form_leaves_in_the_browser_is_that_of_a_page(ada: Visitor) -> None:
    declared = [each for group in function("dashboard").GROUPS for each in group.declared]
    posts = {path for method, path, _ in declared if method == "POST"}
    assert posts - {path for method, path, _ in declared if method == "GET"} == {"/sign-out"}
    for left in ("preview", "test-mail"):
        assert ada.get(f"/dashboard/settings/branding/{left}").page.title.startswith("Branding")


def test_a_key_that_may_read_sees_the_rules_and_asks_for_no_preview(world: World) -> None:
    shown = sign_in_as("read").get("/dashboard/settings/stripe/rules?target=price_team")
    assert shown.status == 200
    assert "hx-post" not in shown.html
    assert "cart_quantity" not in shown.html


@pytest.mark.parametrize("path", ["/licenses/{}", "/orders/{}", "/customers/{}", "/settings/webhooks/deliveries/{}"])
def test_an_id_that_is_longer_than_any_is_no_page(world: World, path: str) -> None:
    shown = sign_in_as("read").get("/dashboard" + path.format("x" * 3_000))
    assert (shown.status, "no id is that long" in shown.text.lower()) == (404, True)


def test_a_cursor_that_is_longer_than_any_is_none(world: World) -> None:
    assert sign_in_as("read").get("/dashboard/licenses?cursor=" + "A" * 3_000).status in (200, 400)
