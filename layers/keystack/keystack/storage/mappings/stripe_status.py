"""What an organization is connected with, noted on its item ORG: which secrets there are, never what they say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keystack.domain.modes import Mode, mode_of_stripe_key
from keystack.domain.organizations import Organization
from keystack.storage import dynamodb
from keystack.storage.attributes import Item
from keystack.storage.dynamodb import Key
from keystack.storage.mappings.organizations import organization_from, organization_keys, update_settings
from keystack.storage.mappings.table import TABLE


@dataclass(frozen=True)
class Connections:
    """Whether there is a Stripe key for each mode, and how many signing secrets there are."""

    stripe_test: bool = False
    stripe_live: bool = False
    webhook_secrets: int = 0


def load_settings(org: str) -> tuple[Organization, Connections]:
    items = dynamodb.get_items(organization_keys(org))
    return organization_from(org, items), connections_from(org, items)


def connections_from(org: str, items: Mapping[Key, Item]) -> Connections:
    """Read out of a batch what is noted; the keys to read are `organization_keys`."""
    noted = items.get((TABLE, org, "ORG"), {})
    return Connections(
        stripe_test=noted.get("stripe_test") is True,
        stripe_live=noted.get("stripe_live") is True,
        webhook_secrets=int(noted.get("webhook_secrets") or 0),
    )


def note_stripe_keys(org: str, keys: Iterable[str]) -> dynamodb.Action:
    """Note for which modes there are keys, when all of them are stored at once."""
    given = {mode_of_stripe_key(key) for key in keys}
    return update_settings(org, {f"stripe_{mode}": mode in given for mode in Mode})


def note_webhook_secrets(org: str, count: int) -> dynamodb.Action:
    return update_settings(org, {"webhook_secrets": count})


def begin_storing(org: str, now: int, until: int) -> dynamodb.Action:
    """Keep others from storing a Stripe key before `until`: the keys of both modes are one secret."""
    return dynamodb.update(
        (TABLE, org, "ORG"),
        "SET storing_until = :until",
        "attribute_not_exists(storing_until) OR storing_until <= :now",  # one at a time; a crash holds it a while
        {":until": until, ":now": now},
        {},
    )


def note_stripe_key(org: str, livemode: bool, until: int) -> dynamodb.Action:
    """Note that the key of one mode is stored, and let others go on."""
    return dynamodb.update(
        (TABLE, org, "ORG"),
        "SET #mode = :yes REMOVE storing_until",
        "storing_until = :until",  # if our time was up, another may have stored a key that knew nothing of ours
        {":yes": True, ":until": until},
        {"#mode": f"stripe_{Mode.of(livemode)}"},
    )


def give_up_storing(org: str, until: int) -> dynamodb.Action:
    return dynamodb.update((TABLE, org, "ORG"), "REMOVE storing_until", "storing_until = :until", {":until": until}, {})
