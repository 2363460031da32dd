"""Who is let in to the dashboard by an API key, for how long, and what everybody else is told."""

import time

import pytest
from keystack.domain.api_keys import ApiKey, Scope, write_api_key
from keystack.domain.sessions import SESSION_SECONDS, Session
from keystack.management import api_keys, sign_in
from keystack.management.sign_in import NewSession, Refusal, SignInRefusedError, load_session, sign_out
from keystack.storage import dynamodb
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings import api_keys as stored_keys

from integration.aws_calls import counted, failing, hooked
from integration.world import ORG, World

NOW = 1_760_000_100  # a whole multiple of five minutes
ADDRESS = "192.0.2.1"
OWN = "198.51.100.1"  # from where the vendor's people come


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long somebody had to wait, each time; nobody waits here."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


def key_of(*scopes: str, org: str = ORG, name: str = "Ada") -> str:
    return api_keys.create(org, name, map(Scope, scopes or ("admin",)), "a test", NOW).text


def signed_in(text: str = "", address: str = OWN, now: int = NOW) -> NewSession:
    return sign_in.sign_in(text or key_of(), address, now)


def refusal(text: str, address: str = ADDRESS, now: int = NOW) -> SignInRefusedError:
    with pytest.raises(SignInRefusedError) as refused:
        sign_in.sign_in(text, address, now)
    return refused.value


# ------------------------------------------------------------------ a session


@pytest.mark.parametrize(("scopes", "may_change"), [(["admin"], True), (["read"], False), (["issue", "read"], False)])
def test_a_key_of_scope_admin_or_read_is_let_in_for_twelve_hours(
    world: World, scopes: list[str], may_change: bool
) -> None:
    text = key_of(*scopes)
    new = signed_in(f"  {text}\n")
    identity = text.split("_")[2]
    assert new.session == Session(ORG, identity, "Ada", tuple(map(Scope, scopes)), NOW + 43_200)
    assert new.session.may_change is may_change
    found = load_session(new.token, NOW)
    assert found is not None
    assert found.session == new.session
    assert found.organization.name == "Acme Inc."
    assert (found.connections.stripe_test, found.connections.stripe_live) == (True, False)


def test_only_the_hash_of_a_session_is_kept(world: World) -> None:
    token = signed_in().token
    org, _, secret = token.split(".")
    assert org == ORG
    assert secret not in str(world.items("MappingsTable") + world.items("AuditTable"))


def test_loading_a_session_is_one_call_also_of_a_wrong_one_and_none_for_nonsense(world: World) -> None:
    token = signed_in().token
    for presented, calls in ((token, 1), (token[:-1] + "x", 1), ("nonsense", 0), ("\udcff" * 80, 0), ("x" * 10**6, 0)):
        with counted() as made:
            found = load_session(presented, NOW)
        assert made == ["BatchGetItem"] * calls
        assert (found is not None) is (presented == token)


def test_a_session_is_over_at_its_end_although_its_item_is_still_there(world: World) -> None:
    token = signed_in().token
    assert load_session(token, NOW + SESSION_SECONDS - 1)
    assert load_session(token, NOW + SESSION_SECONDS) is None


def test_deleting_the_key_ends_its_sessions_at_once_and_no_others(world: World) -> None:
    text, kept = key_of(), signed_in().token
    gone = signed_in(text).token
    api_keys.delete(ORG, text.split("_")[2], "a test")
    assert load_session(gone, NOW) is None
    assert load_session(kept, NOW)


def test_resetting_the_first_key_ends_the_sessions_of_the_old_one(world: World) -> None:
    old = signed_in(api_keys.reset_first(ORG, "a test", NOW)).token
    new = signed_in(api_keys.reset_first(ORG, "a test", NOW)).token
    assert load_session(old, NOW) is None
    assert load_session(new, NOW)


@pytest.mark.parametrize(("scopes", "left"), [((Scope.READ,), True), ((Scope.ISSUE,), False)])
def test_a_key_that_lost_its_scopes_takes_them_from_its_sessions(
    world: World, scopes: tuple[Scope, ...], left: bool
) -> None:
    """Only by hand: there is no call that changes a key's scopes."""
    text = key_of()
    token, [_, _, identity, _] = signed_in(text).token, text.split("_", 3)
    stored = stored_keys.load(ORG, identity)
    assert stored
    changed = ApiKey(ORG, identity, "Ada", scopes, NOW)
    dynamodb.write([stored_keys.replace_api_key(changed, stored.hash)])
    found = load_session(token, NOW)
    assert (found is not None) is left
    assert found is None or not found.session.may_change


def test_a_token_with_another_key_or_organization_in_it_is_none(world: World) -> None:
    world.configure(org="other")
    token = signed_in().token
    org, identity, secret = token.split(".")
    assert load_session(f"other.{identity}.{secret}", NOW) is None
    assert load_session(f"{org}.first.{secret}", NOW) is None
    assert load_session(f"{org}.-.{secret}", NOW) is None


def test_each_organization_is_signed_in_to_its_own(world: World) -> None:
    world.configure(org="other", name="Other Ltd.")
    ours, theirs = signed_in().token, signed_in(key_of("read", org="other")).token
    names = [found.organization.name for token in (ours, theirs) if (found := load_session(token, NOW))]
    assert names == ["Acme Inc.", "Other Ltd."]


# ------------------------------------------------------------------ signing out


def test_signing_out_ends_the_session_and_twice_does_it_once(world: World) -> None:
    new, other = signed_in(), signed_in()
    for _ in range(2):
        sign_out(new.token, new.session)
        assert load_session(new.token, NOW) is None
    assert load_session(other.token, NOW)
    entries = list(entries_of(ORG, f"session:{new.session.key_id}"))
    assert [each["action"] for each in entries] == ["session.created", "session.ended"]


def test_nobody_signs_out_another_organization(world: World) -> None:
    world.configure(org="other")
    ours, theirs = signed_in(), signed_in(key_of(org="other"))
    sign_out(theirs.token, ours.session)
    assert load_session(theirs.token, NOW)


def test_the_audit_log_tells_who_signed_in_with_what_from_where(world: World) -> None:
    new = signed_in(address=ADDRESS)
    [entry] = entries_of(ORG, f"session:{new.session.key_id}")
    assert (entry["action"], entry["source"]) == ("session.created", "Ada")
    assert entry["detail"] == {"key": new.session.key_id, "name": "Ada", "address": ADDRESS, "by": "Ada"}


def test_a_session_and_its_audit_entry_are_one_transaction(world: World) -> None:
    text = key_of()
    before = len(world.items("AuditTable"))
    with failing(dynamodb.quick_client(), operation="TransactWriteItems"), pytest.raises(Exception, match="answer"):
        sign_in.sign_in(text, OWN, NOW)
    assert sessions_in(world) == []
    assert len(world.items("AuditTable")) == before
    with counted() as calls:
        signed_in(text)
    assert calls == ["UpdateItem", "BatchGetItem", "TransactWriteItems"]
    assert (len(sessions_in(world)), len(world.items("AuditTable"))) == (1, before + 1)


def sessions_in(world: World) -> list[str]:
    return [item["sk"] for item in world.items("MappingsTable") if item["pk"] == ORG and item["sk"][:8] == "SESSION#"]


def test_the_use_of_the_key_is_noted_and_nobody_minds_if_that_fails(world: World) -> None:
    def last_used(text: str) -> int | None:
        stored = stored_keys.load(ORG, text.split("_")[2])
        return stored.key.last_used_at if stored else None

    noted, failed = key_of(), key_of()
    signed_in(noted)
    with failing(stored_keys._impatient()):
        signed_in(failed)
    assert (last_used(noted), last_used(failed)) == (NOW, None)


# ------------------------------------------------------------------ refused


def wrong_keys() -> dict[str, str]:
    text = key_of()
    [_, org, identity, secret] = text.split("_", 3)
    return {
        "empty": "",
        "malformed": "hello",
        "of Stripe": "rk_test_abc",
        "long": "ks_" + "a" * 1_000_000,
        "long secret": text + "x" * 200,
        "other characters": "ks_acme_first_\udcff\u202e\x00",
        "unknown organization": write_api_key("nobody", identity, secret),
        "unknown key": write_api_key(org, "unknown", secret),
        "wrong secret": text[:-1] + ("x" if text[-1] != "x" else "y"),
        "of another key": write_api_key(org, "first", secret),
    }


def test_every_wrong_key_is_told_the_same_and_costs_the_same_calls(world: World) -> None:
    told: set[tuple[Refusal, str, int | None]] = set()
    cost: set[tuple[str, ...]] = set()
    keys = wrong_keys()
    for text in keys.values():
        with counted() as calls:
            error = refusal(text)
        told.add((error.reason, str(error), error.wait))
        cost.add(tuple(calls))
    assert len(keys) == 10
    assert told == {
        (
            Refusal.WRONG_KEY,
            "there is no such API key: copy it whole, from ks_ to its end; if it was lost or deleted, use another one",
            None,
        )
    }
    assert cost == {("UpdateItem", "BatchGetItem", "UpdateItem")}


def test_a_key_that_only_issues_is_told_what_it_lacks(world: World) -> None:
    error = refusal(key_of("issue", name="Shop"))
    assert (error.reason, str(error)) == (
        Refusal.SCOPE,
        "API key Shop has the scope issue: use one with the scope read or admin",
    )
    assert sessions_in(world) == []


def test_a_network_has_twenty_attempts_in_five_minutes_right_or_wrong(world: World) -> None:
    text = key_of()
    for _ in range(10):
        signed_in(text, ADDRESS)
        refusal("wrong", ADDRESS)
    with counted() as calls:
        error = refusal(text, ADDRESS, NOW + 60)
    assert (error.reason, error.wait) == (Refusal.TOO_MANY, 240)
    assert str(error) == "there were too many attempts to sign in from your network: wait 240 seconds"
    assert calls == ["UpdateItem"]  # nothing is looked up
    assert signed_in(text, OWN, NOW + 60)
    assert refusal(text, ADDRESS, NOW + 299).wait == 1
    assert signed_in(text, ADDRESS, NOW + 300)


def test_the_addresses_of_one_ipv6_network_are_counted_together(world: World) -> None:
    for number in range(20):
        refusal("wrong", f"2001:db8::{number:x}")
    assert refusal("wrong", "2001:db8::ffff").reason is Refusal.TOO_MANY
    assert refusal("wrong", "2001:db8:0:1::1").reason is Refusal.WRONG_KEY


def test_two_at_once_do_not_get_one_attempt_more(world: World) -> None:
    others = iter(range(19))

    def other(*_: object) -> None:
        for _number in others:
            refusal("wrong")

    with hooked(dynamodb.quick_client(), "UpdateItem", before=other):
        refusal("wrong")
    assert refusal("wrong").reason is Refusal.TOO_MANY


def test_strangers_slow_an_organization_and_do_not_lock_it_out(world: World, slept: list[float]) -> None:
    text = key_of()
    for number in range(60):
        assert refusal(f"ks_{ORG}_first_x", f"192.0.2.{number}").reason is Refusal.WRONG_KEY
    assert slept[:11] == [0] * 11
    assert slept[11] == pytest.approx(0.1)
    slept.clear()
    assert signed_in(text).session.org == ORG  # the right key waits like the others
    assert slept == [2]
    slept.clear()
    signed_in(text, now=NOW + 60)
    assert slept == [0]


def test_strangers_at_one_organization_do_not_slow_another(world: World, slept: list[float]) -> None:
    world.configure(org="other")
    for number in range(60):
        refusal(f"ks_{ORG}_first_x", f"192.0.2.{number}")
    slept.clear()
    signed_in(key_of(org="other"))
    assert slept == [0]
