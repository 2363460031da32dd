"""Connect an organization with Stripe, with audit entries. `by` is the name of a key or a person.

A secret goes to the secret store first. Then its note and its audit entry are written, which never say what it is. If
that fails, the error asks the caller to repeat the request.
"""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from keystack.domain.audit import Action, configuration_entry
from keystack.domain.modes import Mode, mode_of_stripe_key
from keystack.errors import InvalidInputError, KeystackError, RetryLaterError
from keystack.storage import dynamodb, secrets
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings import stripe_status
from keystack.stripe.errors import KeyRefusedError
from keystack.stripe.event_routing import EVENTS

if TYPE_CHECKING:
    from keystack.stripe.key_check import Tried

STRIPE_KEY, WEBHOOK_SECRET = "stripe-key", "webhook-secret"  # audit: settings:…
STORING = 30  # seconds that nobody else may store a Stripe key: as long as a request may take

_KEY_FORM = re.compile(r"(rk|sk)_(test|live)_[A-Za-z0-9_]{4,240}")


def connect_stripe_key(org: str, key: str, allow_secret_key: bool, by: str) -> list["Tried"]:
    """Try a key with Stripe and, if it has every permission that is needed, store it for its mode.

    Returns what was tried, also what is not needed.
    Raises InvalidInputError for what is no key that should be stored, RetryLaterError when Stripe or a store is down.
    """
    livemode = _livemode(key, allow_secret_key)
    tried = _tried(key, livemode)
    if not any(each.is_missed for each in tried):
        _store_stripe_key(org, key, livemode, by)
    return tried


def events_to_select(needed: bool) -> dict[str, str]:
    """Name the events that the webhook's endpoint needs, or those that make it better, and what each is for."""
    return {name: heard.what_for for name, heard in EVENTS.items() if heard.is_needed is needed}


def store_webhook_secrets(org: str, values: list[str], by: str) -> None:
    """Store one or two signing secrets in place of those that were there."""
    secrets.store_webhook_secrets(org, values)
    note = stripe_status.note_webhook_secrets(org, len(values))
    dynamodb.write([note, *_entry(org, WEBHOOK_SECRET, {"secrets": len(values)}, by)])


def store_stripe_keys(org: str, keys: list[str], by: str) -> None:
    """Store keys, untried, in place of those that were there: what the operator's configuration does."""
    secrets.store(f"stripe-key/{org}", ",".join(keys))
    modes = sorted({mode_of_stripe_key(key) for key in keys})
    dynamodb.write([stripe_status.note_stripe_keys(org, keys), *_entry(org, STRIPE_KEY, {"modes": modes}, by)])


def _livemode(key: str, allow_secret_key: bool) -> bool:
    if key.startswith("pk_"):
        raise InvalidInputError("this is a publishable key, which can read nothing: create a restricted key (rk_…)")
    if key.startswith("whsec_"):
        raise InvalidInputError("this is a webhook's signing secret: PUT /v1/settings/webhook-secret takes it")
    if not _KEY_FORM.fullmatch(key):
        raise InvalidInputError("this is no Stripe key: a restricted key begins with rk_test_ or rk_live_")
    if key.startswith("sk_") and not allow_secret_key:
        raise InvalidInputError(
            "this is a secret key, which may do everything with your Stripe account: create a restricted key (rk_…)"
            ' with the permissions that KeyStack needs; or send "allow_secret_key": true'
        )
    return mode_of_stripe_key(key).livemode


def _tried(key: str, livemode: bool) -> list["Tried"]:
    from keystack.stripe.key_check import try_key  # Stripe's library takes long to import: for this call only

    try:
        return try_key(key, livemode)
    except KeyRefusedError:
        raise InvalidInputError("Stripe does not accept this key: is it whole, and not expired or deleted?") from None


def _store_stripe_key(org: str, key: str, livemode: bool, by: str) -> None:
    started = int(time.time())  # trying it took a while
    until = started + STORING
    try:
        dynamodb.write([stripe_status.begin_storing(org, started, until)])
    except ConditionFailedError:
        raise RetryLaterError("another Stripe key is being stored", after=STORING) from None
    try:
        secrets.store_stripe_key(org, key, livemode)
        detail = {"mode": Mode.of(livemode), "kind": "restricted" if key.startswith("rk_") else "secret"}
        note = stripe_status.note_stripe_key(org, livemode, until)
        dynamodb.write([note, *_entry(org, STRIPE_KEY, detail, by)])
    except KeystackError:
        with suppress(KeystackError):
            dynamodb.write([stripe_status.give_up_storing(org, until)])
        raise


def _entry(org: str, what: str, detail: Mapping[str, Any], by: str) -> list[dynamodb.Action]:
    return put_entries(org, [configuration_entry(Action.SETTINGS_CHANGED, what, uuid4().hex, {**detail, "by": by})], by)
