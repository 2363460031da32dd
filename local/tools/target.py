"""Finds the stack that a command speaks to: from the environment, and what is missing there from state.json."""

from collections.abc import Mapping
from typing import Any

from local.settings import Settings
from local.state import read_state
from local.stripe.webhooks import Target
from local.tools.api import Api


class UsageError(Exception):
    """A command cannot be done as it was given; the message says how to give it."""


def find_target(env: Mapping[str, str]) -> Target:
    """Read URL, ORG, WEBHOOK_SECRET, WEBHOOK_URL and STRIPE_API_BASE; UsageError if one is missing in both places."""
    state = _state(env)
    url = env.get("URL") or state.get("url")
    if not url:
        where = Settings.read(env).state_dir
        raise UsageError(f"No stack is running in {where}: start one with `make dev`, or give URL= and others.")
    secret = env.get("WEBHOOK_SECRET") or state.get("webhook_secret")
    if not secret:
        raise UsageError("Give the webhook's signing secret: WEBHOOK_SECRET=whsec_...")
    stand_in = env.get("STRIPE_API_BASE") or ("" if _elsewhere(env, state) else state.get("stripe_api_base", ""))
    org, webhook_url = env.get("ORG") or state.get("org") or "acme", env.get("WEBHOOK_URL", "")
    return Target(url.rstrip("/"), org, secret, stand_in.rstrip("/"), webhook_url)


def find_api(env: Mapping[str, str], target: Target) -> Api | None:
    """Return the target's API, with API_KEY or the running stack's own key; None if there is no key for it."""
    state = _state(env)
    own = "" if _elsewhere(env, state) or target.org != state.get("org") else state.get("api_key", "")
    key = env.get("API_KEY") or own
    return Api(target.url, key) if key else None


def _state(env: Mapping[str, str]) -> dict[str, Any]:
    return read_state(Settings.read(env).state_dir) or {}


def _elsewhere(env: Mapping[str, str], state: dict[str, Any]) -> bool:
    return bool(env.get("URL")) and env["URL"].rstrip("/") != state.get("url")
