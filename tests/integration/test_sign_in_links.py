"""The operator's function makes a link that signs in once; and what a form of the dashboard carries."""

import time
from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest
from invocations import Context
from keystack.domain.api_keys import ApiKey, Scope
from keystack.domain.organizations import Branding, Organization
from keystack.domain.plans import Grant, Plan
from keystack.domain.sessions import Session
from keystack.errors import InvalidInputError
from keystack.management import api_keys
from keystack.management.sign_in import (
    Refusal,
    SignInRefusedError,
    begin_form,
    create_link,
    csrf_token,
    is_csrf_token,
    load_session,
    sign_in,
    sign_out,
    use_link,
)
from keystack.storage import dynamodb
from keystack.storage.audit.entries import entries_of
from keystack.storage.mappings import api_keys as stored_keys

from integration.aws import function
from integration.aws_calls import NO_ANSWER, hooked
from integration.world import ORG, World

NOW = 1_760_000_100
ADDRESS = "192.0.2.1"


def operate(**document: Any) -> dict[str, Any]:
    answer: dict[str, Any] = function("organizations").handler(document, Context())
    return answer


def refused(token: str, now: int = NOW, address: str = ADDRESS) -> SignInRefusedError:
    with pytest.raises(SignInRefusedError) as found:
        use_link(token, address, now)
    return found.value


# ------------------------------------------------------------------ the operator's function


def test_the_operator_gets_a_link_and_when_it_expires_and_it_signs_in(world: World) -> None:
    before = int(time.time())
    answer = operate(org=ORG, sign_in_link=True)
    assert set(answer) == {"org", "webhook_url", "sign_in_link", "sign_in_link_expires_at"}
    path, token = answer["sign_in_link"].split("?token=")
    assert path.endswith("/dashboard/sign-in/link")
    assert path.startswith(answer["webhook_url"].partition("/v1/")[0])
    expires = datetime.fromisoformat(answer["sign_in_link_expires_at"]).timestamp()
    assert before + 600 <= expires <= int(time.time()) + 600
    assert use_link(token, ADDRESS, int(time.time())).session.may_change


@pytest.mark.parametrize("more", [{}, {"name": "New Ltd."}])
def test_an_organization_that_is_not_there_gets_no_link_and_is_not_made(world: World, more: dict[str, Any]) -> None:
    before = world.items("MappingsTable")
    answer = operate(org="nobody", sign_in_link=True, **more)
    assert answer == {
        "error": "there is no organization nobody to sign in to: create it first, or is org written right?"
    }
    assert world.items("MappingsTable") == before


def test_a_link_alone_makes_no_api_key(world: World) -> None:
    """Whoever deleted the first key does not want it back for a link's sake."""
    api_keys.create(ORG, "Ada", [Scope.ADMIN], "a test", NOW)
    api_keys.delete(ORG, "first", "a test")
    assert "sign_in_link" in operate(org=ORG, sign_in_link=True)
    assert stored_keys.load(ORG, "first") is None


def test_a_new_key_and_a_link_may_be_asked_for_together(world: World) -> None:
    answer = operate(org=ORG, sign_in_link=True, reset_api_key=True)
    assert answer["api_key"].startswith("ks_acme_first_")
    assert "sign_in_link" in answer


# ------------------------------------------------------------------ a link


def test_a_link_signs_in_once_and_then_says_how_to_get_another(world: World) -> None:
    token = create_link(ORG, "operator", NOW)
    new = use_link(token, ADDRESS, NOW)
    assert new.session == Session(ORG, None, "sign-in link", (Scope.ADMIN,), NOW + 43_200)
    found = load_session(new.token, NOW)
    assert found is not None
    assert (found.session, found.organization.name) == (new.session, "Acme Inc.")
    error = refused(token)
    assert (error.reason, str(error)) == (
        Refusal.LINK,
        "this link is not valid (a link works once, and for 10 minutes): get another one from the operator, whose"
        ' function makes it ("sign_in_link": true), or use an API key',
    )
    assert load_session(new.token, NOW)


def test_a_link_is_over_after_ten_minutes_although_its_item_is_still_there(world: World) -> None:
    token = create_link(ORG, "operator", NOW)
    assert refused(token, NOW + 600).reason is Refusal.LINK
    assert use_link(token, ADDRESS, NOW + 599)


def test_of_two_at_once_one_is_let_in(world: World) -> None:
    token = create_link(ORG, "operator", NOW)
    others = [token]

    def other(*_: object) -> None:
        if others:
            assert use_link(others.pop(), "192.0.2.2", NOW)

    with hooked(dynamodb.quick_client(), "TransactWriteItems", before=other):
        assert refused(token).reason is Refusal.LINK
    assert len([item for item in world.items("MappingsTable") if "key_hash" not in item and is_session(item)]) == 1


def is_session(item: dict[str, Any]) -> bool:
    return bool(item["pk"] == ORG and item["sk"].count("#") == 1 and item["sk"].startswith("SESSION#"))


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", f"acme.{'x' * 43}", f"nobody.{'x' * 43}", "\udcff\u202e" * 30, "acme." + "x" * 1_000_000],
)
def test_any_other_text_is_refused_like_a_used_link(world: World, token: str) -> None:
    used = create_link(ORG, "operator", NOW)
    use_link(used, ADDRESS, NOW)
    assert str(refused(token)) == str(refused(used))


def test_a_link_of_one_organization_signs_in_to_no_other(world: World) -> None:
    world.configure(org="other")
    secret = create_link(ORG, "operator", NOW).partition(".")[2]
    assert refused(f"other.{secret}").reason is Refusal.LINK


def test_a_link_is_no_session_and_a_session_no_link(world: World) -> None:
    link = create_link(ORG, "operator", NOW)
    assert load_session(f"{ORG}.-.{link.partition('.')[2]}", NOW) is None
    session = use_link(link, ADDRESS, NOW).token
    assert refused(f"{ORG}.{session.split('.')[2]}").reason is Refusal.LINK


def test_a_session_of_a_link_takes_no_key_in_its_token(world: World) -> None:
    token = use_link(create_link(ORG, "operator", NOW), ADDRESS, NOW).token
    assert load_session(token.replace(".-.", ".first."), NOW) is None


def test_links_are_tried_no_more_often_than_keys(world: World) -> None:
    token = create_link(ORG, "operator", NOW)
    for _ in range(20):
        refused("nonsense")
    error = refused(token)
    assert (error.reason, error.wait) == (Refusal.TOO_MANY, 300)
    assert use_link(token, ADDRESS, NOW + 300)  # nor was it used up


def test_the_audit_log_tells_of_link_and_session_and_no_secret(world: World) -> None:
    token = create_link(ORG, "operator", NOW)
    new = use_link(token, ADDRESS, NOW)
    sign_out(new.token, new.session)
    [made] = entries_of(ORG, "sign_in_link:operator")
    assert (made["action"], made["source"]) == ("sign_in_link.created", "operator")
    assert made["detail"] == {"expires_at": NOW + 600, "by": "operator"}
    begun, ended = entries_of(ORG, "session:link")
    assert (begun["action"], ended["action"]) == ("session.created", "session.ended")
    assert begun["detail"] == {"name": "sign-in link", "address": ADDRESS, "by": "sign-in link"}
    stored = str(world.items("MappingsTable") + world.items("AuditTable"))
    assert not any(text.rpartition(".")[2] in stored for text in (token, new.token))


# ------------------------------------------------------------------ forms


def new_session(org: str = ORG) -> tuple[Session, str]:
    new = sign_in(api_keys.create(org, "Ada", [Scope.ADMIN], "a test", NOW).text, ADDRESS, NOW)
    return new.session, new.token


def test_a_form_of_another_session_is_refused(world: World) -> None:
    (_, own), (_, others) = new_session(), new_session()
    token = csrf_token(own)
    assert token != csrf_token(own)  # pages are compressed
    assert is_csrf_token(own, token)
    assert not is_csrf_token(others, token)


def test_a_form_that_is_sent_twice_is_begun_once(world: World) -> None:
    session, _ = new_session()
    assert [begin_form(session, each, NOW) for each in ("form-1", "form-1", "form_2", "form-1")] == [
        True,
        False,
        True,
        False,
    ]


def test_a_form_is_begun_although_the_first_answer_was_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    session, _ = new_session()
    client, answers = dynamodb.client(), [NO_ANSWER]
    for each in (client, dynamodb.quick_client()):
        once = each._try

        def lose(operation: str, body: bytes, path: str, once: Any = once) -> Any:
            answer = once(operation, body, path)
            if answers:
                raise answers.pop()
            return answer

        monkeypatch.setattr(each, "_try", lose)
    assert begin_form(session, "form-1", NOW)
    assert answers == []
    assert not begin_form(session, "form-1", NOW)


def test_organizations_do_not_use_up_each_others_forms(world: World) -> None:
    world.configure(org="other")
    assert begin_form(new_session()[0], "form-1", NOW)
    assert begin_form(new_session("other")[0], "form-1", NOW)


@pytest.mark.parametrize("form_id", ["", "x" * 65, "a#b", "a b", "é", "\udcff", "x\n"])
def test_a_form_whose_id_no_page_gave_out_is_not_begun(world: World, form_id: str) -> None:
    with pytest.raises(InvalidInputError, match="load the page once more"):
        begin_form(new_session()[0], form_id, NOW)


# ------------------------------------------------------------------ what DynamoDB deletes


def test_what_belongs_to_signing_in_expires_and_no_other_item_of_the_table_ever_does(world: World) -> None:
    """DynamoDB deletes items by `expires` (template.yaml): no plan, key or setting may have it."""
    operate(org=ORG, name="Acme 2", branding={"footer": "x"}, freeze_on_partial_refund=True, sign_in_link=True)
    session, _ = new_session()
    begin_form(session, "form-1", NOW)
    use_link(create_link(ORG, "operator", NOW), ADDRESS, NOW)
    with pytest.raises(SignInRefusedError):
        sign_in("wrong", ADDRESS, NOW)
    items = world.items("MappingsTable")
    ours = [item for item in items if item["sk"].startswith("SESSION#")]
    assert {type(item["expires"]) for item in ours} == {int}
    kinds = {item["pk"].split("#")[1] if "#" in item["pk"] else item["sk"].split("#")[-2] for item in ours}
    assert kinds == {"address", "organization", "SESSION", "FORM", "LINK"}
    others = [item for item in items if item not in ours]
    assert {item["sk"].partition("#")[0] for item in others} == {
        "ORG", "BRANDING", "PLAN", "PRICE", "PRODUCT", "APIKEY", ORG,
    }  # fmt: skip
    assert [item for item in others if "expires" in item] == []
    stored = (Organization, Branding, Plan, Grant, ApiKey)
    assert "expires" not in {field.name for each in stored for field in fields(each)}  # left out where they are not set
