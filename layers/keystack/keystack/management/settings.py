"""Change an organization's settings and connect it with Stripe, with audit entries. `by` is the key's or person's name.

A secret goes to the secret store first; then its note and its audit entry are written, which never say what it is. If
that fails the caller is told to repeat it.
"""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from keystack.domain.changes import CHANGED, SETTINGS, change
from keystack.errors import InvalidInputError, KeystackError, RetryLaterError
from keystack.management.organizations import BRANDING, branding_fields
from keystack.storage import dynamodb, secrets
from keystack.storage.audit.entries import put_entries
from keystack.storage.dynamodb import ConditionFailedError
from keystack.storage.mappings import stripe_status
from keystack.storage.mappings.organizations import load_organization, update_branding, update_settings

if TYPE_CHECKING:
    from keystack.stripe.key_check import Tried

ORGANIZATION, STRIPE_KEY, WEBHOOK_SECRET = "organization", "stripe-key", "webhook-secret"  # audit: settings:…
STORING = 30  # seconds that nobody else may store a Stripe key: as long as a request may take

_KEY_FORM = re.compile(r"(rk|sk)_(test|live)_[A-Za-z0-9_]{4,240}")


def change_settings(org: str, settings: Mapping[str, Any], branding: Mapping[str, str], by: str, now: int) -> None:
    """Set what is named, `branding` in the outside's names. Raises InvalidInputError for what no mail could use."""
    before = load_organization(org)
    look, old_look = branding_fields(branding), asdict(before.branding)
    changed = {name: value for name, value in settings.items() if value != getattr(before, name)}
    changed_look = {name: value for name, value in look.items() if value != old_look[name]}
    actions = [update_settings(org, changed)] if changed else []
    actions += [update_branding(org, changed_look)] if changed_look else []
    if actions:
        told = {name: changed_look[inside] for name, inside in BRANDING.items() if inside in changed_look}
        detail = {**changed, **({"branding": told} if told else {})}
        dynamodb.write([*actions, *_told(org, ORGANIZATION, detail, by, now)])


def connect_stripe_key(org: str, key: str, allow_secret_key: bool, by: str, now: int) -> list["Tried"]:
    """Try a key with Stripe and, if it has every permission, store it for its mode; answers what was tried.

    Raises InvalidInputError for what is no key that should be stored, RetryLaterError when Stripe or a store is down.
    """
    livemode = _livemode(key, allow_secret_key)
    tried = _tried(key, livemode)
    if all(each.allowed for each in tried):
        _store_stripe_key(org, key, livemode, by, now)
    return tried


def is_live(key: str) -> bool:
    return "_live_" in key[:8]


def store_webhook_secrets(org: str, values: list[str], by: str, now: int) -> None:
    """Store one or two signing secrets in place of those that were there."""
    secrets.store_webhook_secrets(org, values)
    note = stripe_status.note_webhook_secrets(org, len(values))
    dynamodb.write([note, *_told(org, WEBHOOK_SECRET, {"secrets": len(values)}, by, now)])


def store_stripe_keys(org: str, keys: list[str], by: str, now: int) -> None:
    """Store keys, untried, in place of those that were there: what the operator's configuration does."""
    secrets.store(f"stripe-key/{org}", ",".join(keys))
    modes = sorted({"live" if is_live(key) else "test" for key in keys})
    dynamodb.write([stripe_status.note_stripe_keys(org, keys), *_told(org, STRIPE_KEY, {"modes": modes}, by, now)])


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
    return is_live(key)


def _tried(key: str, livemode: bool) -> list["Tried"]:
    from keystack.stripe.client import KeyRefusedError  # Stripe's library takes long to import: for this call only
    from keystack.stripe.key_check import try_key

    try:
        return try_key(key, livemode)
    except KeyRefusedError:
        raise InvalidInputError("Stripe does not accept this key: is it whole, and not expired or deleted?") from None


def _store_stripe_key(org: str, key: str, livemode: bool, by: str, now: int) -> None:
    started = int(time.time())  # trying it took a while
    until = started + STORING
    try:
        dynamodb.write([stripe_status.begin_storing(org, started, until)])
    except ConditionFailedError:
        raise RetryLaterError("another Stripe key is being stored", after=STORING) from None
    try:
        secrets.store_stripe_key(org, key, livemode)
        detail = {"mode": "live" if livemode else "test", "kind": "restricted" if key.startswith("rk_") else "secret"}
        note = stripe_status.note_stripe_key(org, livemode, until)
        dynamodb.write([note, *_told(org, STRIPE_KEY, detail, by, now)])
    except KeystackError:
        with suppress(KeystackError):
            dynamodb.write([stripe_status.give_up_storing(org, until)])
        raise


def _told(org: str, what: str, detail: Mapping[str, Any], by: str, now: int) -> list[dynamodb.Action]:
    return put_entries(org, [change(SETTINGS, what, CHANGED, now, uuid4().hex, {**detail, "by": by})], by)
