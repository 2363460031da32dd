"""Who may call: a key opens its own organization, and nothing else opens anything."""

from collections.abc import Callable
from typing import Any

import authorizer
import pytest
from invocations import Context
from keystack.domain.api_keys import Scope
from keystack.errors import RetryLaterError
from keystack.management import api_keys as keys
from keystack.storage import dynamodb
from keystack.storage.mappings import api_keys
from samples import sample
from template import resources

from integration.aws_calls import counted, failing
from integration.clock import Clock
from integration.world import ORG, World

REFUSED = {"isAuthorized": False}


@pytest.fixture(autouse=True)
def _just_started() -> None:
    authorizer._noted.clear()


def ask(header: str) -> dict[str, Any]:
    answer: dict[str, Any] = authorizer.handler({**sample("authorizer"), "identitySource": [header]}, Context())
    return answer


@pytest.fixture
def key(world: World) -> str:
    return keys.create(ORG, "shop backend", [Scope.READ, Scope.ISSUE], "a test", 1_760_000_000).text


def test_a_key_tells_organization_name_and_scopes(key: str) -> None:
    who = {"org": ORG, "key_id": key.split("_")[2], "key_name": "shop backend", "scopes": "issue,read"}
    assert ask(f"Bearer {key}") == {"isAuthorized": True, "context": who}
    assert ask(f"bearer {key}") == ask(f"Bearer {key}")


def test_the_key_that_comes_with_the_organization_may_do_everything(world: World) -> None:
    text = world.configure(org="with-hyphens")["api_key"]
    context = ask(f"Bearer {text}")["context"]
    assert (context["org"], context["scopes"]) == ("with-hyphens", "issue,read,admin")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: f"Bearer {key}x",
        lambda key: f"Bearer {key[:-1]}",
        lambda key: f"Bearer {key.replace('ks_acme_', 'ks_other_')}",
        lambda key: f"Bearer {key.replace('ks_acme_', 'ks_acme_0')}",
        lambda key: f"Bearer {key.rpartition('_')[0]}_",
        lambda key: f"Basic {key}",
        lambda key: key,
        lambda key: f"Bearer {key} {key}",
        lambda key: f"Bearer ks_acme#x_{key.partition('_')[2]}",
        lambda key: "Bearer ks_" + "a" * 5_000,
        lambda key: "Bearer " + "\ud800",
        lambda key: "",
    ],
)
def test_anything_else_is_refused_and_always_the_same(key: str, spoil: Callable[[str], str]) -> None:
    assert ask(spoil(key)) == REFUSED


def test_a_deleted_key_is_refused_and_its_use_brings_it_not_back(world: World, key: str) -> None:
    identity = key.split("_")[2]
    keys.delete(ORG, identity, "a test")
    api_keys.record_use(ORG, identity, 1_760_000_000, 3600)
    assert ask(f"Bearer {key}") == REFUSED
    assert api_keys.load(ORG, identity) is None


def test_nobody_is_let_in_while_dynamodb_does_not_answer(key: str) -> None:
    with failing(dynamodb.quick_client()), pytest.raises(RetryLaterError):
        ask(f"Bearer {key}")


def test_whatever_hangs_it_answers_before_its_time_is_up() -> None:
    """One read, and the note of the key's use: all attempts of both, with the waits between them."""
    longest = 0.0
    for client in (dynamodb.quick_client(), api_keys._impatient()):
        attempts = client.patience.attempts
        longest += attempts * sum(client.patience.timeouts) + sum(2**number for number in range(attempts - 1))
    assert longest < resources("AWS::Serverless::Function")["AuthorizerFunction"]["Timeout"]


def test_the_last_use_is_noted_once_an_hour(world: World, key: str, clock: Clock) -> None:
    identity = key.split("_")[2]
    with counted(api_keys._impatient()) as writes:
        for _ in range(3):
            ask(f"Bearer {key}")
        authorizer._noted.clear()  # another process of the function
        ask(f"Bearer {key}")
        assert len(writes) == 1
        first = last_used(identity)
        clock.forward(3601)
        ask(f"Bearer {key}")
        assert (len(writes), last_used(identity) - first >= 3600) == (2, True)


def test_the_keys_that_are_remembered_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorizer, "MAX_KEPT", 2)
    for number in range(5):
        ask(f"Bearer {keys.create(ORG, 'a key', [Scope.READ], 'a test', number).text}")
        assert 1 <= len(authorizer._noted) <= 2


def test_that_the_use_cannot_be_noted_keeps_nobody_out(key: str) -> None:
    with failing(api_keys._impatient()):
        assert ask(f"Bearer {key}")["isAuthorized"] is True


def last_used(identity: str) -> int:
    stored = api_keys.load(ORG, identity)
    assert stored is not None
    assert stored.key.last_used_at is not None
    return stored.key.last_used_at


def test_the_last_use_is_noted_for_each_organization_though_their_first_keys_have_one_id(world: World) -> None:
    texts = [world.configure(org=org)["api_key"] for org in ("acme-1", "acme-2")]
    for text in texts:
        ask(f"Bearer {text}")
    for org in ("acme-1", "acme-2"):
        stored = api_keys.load(org, "first")
        assert stored is not None
        assert stored.key.last_used_at is not None, org
