"""What changed, field by field, as an entry of the configuration says it."""

from keystack.domain.audit_changes import changes_of


def test_only_what_differs_is_a_change() -> None:
    detail = {"seats": 2, "name": "Pro", "by": "Ada", "before": {"seats": 1, "name": "Pro"}}
    assert changes_of("plan.changed", detail) == [("seats", 1, 2)]


def test_what_is_new_has_nothing_before() -> None:
    assert changes_of("plan.created", {"seats": 2, "by": "Ada"}) == [("seats", None, 2)]


def test_what_is_deleted_has_nothing_after() -> None:
    assert changes_of("plan.deleted", {"by": "Ada", "before": {"seats": 2}}) == [("seats", 2, None)]
    assert changes_of("api_key.deleted", {"by": "Ada", "name": "shop"}) == [("name", "shop", None)]


def test_a_branding_and_entitlements_are_told_one_by_one() -> None:
    detail = {"branding": {"footer": "new"}, "before": {"branding": {"footer": "old"}}, "by": "Ada"}
    assert changes_of("settings.changed", detail) == [("branding.footer", "old", "new")]
    detail = {"entitlements": '{"a": 1, "b": {"c": [2]}}', "before": {"entitlements": '{"a": 1, "d": true}'}}
    assert changes_of("plan.changed", detail) == [
        ("entitlements.b", None, {"c": [2]}),
        ("entitlements.d", True, None),
    ]


def test_an_entry_of_an_earlier_version_says_nothing_of_before() -> None:
    detail = {"entitlements": "{}", "seats": 2, "by": "Ada"}
    assert changes_of("plan.changed", detail) == [("seats", None, 2)]
    assert changes_of("plan.changed", {"entitlements": "[", "before": "?"}) == [("entitlements", None, "[")]
