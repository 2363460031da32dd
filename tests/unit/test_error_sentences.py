"""Errors say what happened and the remedy; what to do then is said at the door alone."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import keystack
import keystack.errors
import problems
import pytest
from keystack.domain.plans import Line, Unsettled, settle
from keystack.errors import ActionNeededError, DeploymentError, KeystackError, RetryLaterError
from keystack.fulfillment.worker import to_reason
from template import ROOT

DOORS = {  # who may say what
    "replay this delivery": {"worker.py"},
    "then replay": {"worker.py"},
    "trying again": {"worker.py"},
    "try again": {"problems.py", "request.py"},  # of the dashboard
    "repeat the request": {"problems.py"},
}


def sources() -> list[Path]:
    return [path for folder in ("layers/keystack", "functions") for path in sorted((ROOT / folder).rglob("*.py"))]


def messages(path: Path) -> Iterator[str]:
    """Every string constant of a module, f-strings included, without docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


@pytest.mark.parametrize("ending", DOORS)
def test_only_its_door_says_an_ending(ending: str) -> None:
    assert {path.name for path in sources() if any(ending in text for text in messages(path))} == DOORS[ending]


def subclasses(of: type[Exception]) -> Iterator[tuple[str, str]]:
    """Name each error of the package and its base."""
    for each in of.__subclasses__():
        if each.__module__.startswith("keystack."):
            yield each.__name__, of.__name__
            yield from subclasses(each)


def drawn(docstring: str) -> Iterator[tuple[str, str]]:
    """Read the tree in the docstring: each error and its base, by the indentation."""
    above: list[tuple[int, str]] = []
    for line in docstring.splitlines():
        found = re.match(r"([ │├└─]*)([A-Z]\w+Error)\b", line)
        if not found or not (found[1] or not above):
            continue
        above = [each for each in above if each[0] < len(found[1])]
        if above:
            yield found[2], above[-1][1]
        above.append((len(found[1]), found[2]))


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    for module in pkgutil.walk_packages(keystack.__path__, "keystack."):
        importlib.import_module(module.name)
    assert sorted(drawn(keystack.errors.__doc__ or "")) == sorted(set(subclasses(KeystackError)))


LINE = Line("li_1", "price_1", "prod_1", 1, is_ad_hoc=False)


def test_a_delivery_says_what_happened_then_the_remedy_then_replay() -> None:
    unmapped = settle(LINE, {}, {})
    assert isinstance(unmapped, Unsettled)
    assert to_reason(unmapped) == "price price_1 is not mapped to a plan: map it, then replay this delivery"
    assert unmapped.reason == "price price_1 is not mapped to a plan: map it"
    refused = ActionNeededError("the server refused user and password (535)", "correct the SMTP URL")
    assert to_reason(refused) == (
        "the server refused user and password (535): correct the SMTP URL, then replay this delivery"
    )


def test_a_delivery_without_a_remedy_is_not_worth_a_replay() -> None:
    assert to_reason(ActionNeededError("the event is about another account")) == "the event is about another account"


@pytest.mark.parametrize(
    ("error", "kind", "detail"),
    [
        (ActionNeededError("plan pro is malformed", "store it again"), "action-needed",
         "plan pro is malformed: store it again, then repeat the request"),
        (ActionNeededError("DynamoDB cannot store this"), "action-needed", "DynamoDB cannot store this"),
        (RetryLaterError("DynamoDB is busy"), "retry-later", "DynamoDB is busy: repeat the request in 2 s"),
        (RetryLaterError("the key is being stored", after=7), "retry-later",
         "the key is being stored: repeat the request in 7 s"),
        (DeploymentError("DynamoDB refused Query"), "internal-error",
         "KeyStack failed, which is not your request's fault; its logs say why. Repeat it later"),
    ],
)  # fmt: skip
def test_the_api_ends_a_sentence_as_fits_a_request(error: KeystackError, kind: str, detail: str) -> None:
    body = problems.Problem.model_validate_json(str(problems.answer_to(error).body))
    assert (body.type, body.detail) == (f"urn:keystack:problem:{kind}", detail)


def test_the_problem_types_are_a_contract() -> None:
    """Written by hand: a client may rely on each of these names, statuses and titles."""
    assert problems.URN == "urn:keystack:problem:"
    assert problems.KINDS == {
        "invalid-request": (400, "The request is not valid"),
        "unauthorized": (401, "No valid API key"),
        "missing-scope": (403, "The API key may not do this"),
        "not-found": (404, "Not found"),
        "method-not-allowed": (405, "The method does not exist here"),
        "conflict": (409, "The present state does not allow it"),
        "action-needed": (409, "Somebody must act first"),
        "missing-permissions": (409, "The Stripe key may not do all that KeyStack does"),
        "body-too-large": (413, "The body is too large"),
        "unsupported-media-type": (415, "The body is not JSON"),
        "internal-error": (500, "KeyStack failed"),
        "retry-later": (503, "KeyStack is busy"),
    }
