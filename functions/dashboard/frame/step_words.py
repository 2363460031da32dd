"""The steps of a delivery in plain words: what was done, skipped, has failed or waits."""

from collections.abc import Mapping
from typing import NamedTuple

from keystack.domain.audit_words import words_of_action

NAMES = {
    "licenses": "Licenses",
    "email": "E-mail to the customer",
    "metadata": "Stripe Customer's metadata",
    "fact": "In the order",
    "subscription": "Subscription at Stripe",
    "invoice": "Invoice at Stripe",
    "dispute": "Dispute at Stripe",
}
ASKED = ("subscription", "invoice", "dispute")  # what Stripe was asked for, noted if it did not tell
STATES = ("done", "skipped", "failed", "pending")
FACTS = {
    "known already": ("skipped", "known there already"),
    "parked": ("pending", "the order is not there yet: this is kept until it comes"),
    "not kept": ("failed", "the order is not known, and this could not be kept"),
}


class Step(NamedTuple):
    name: str
    state: str  # one of STATES
    words: str


def steps_in_words(steps: Mapping[str, str]) -> list[Step]:
    return [Step(NAMES.get(name, name), *_words(name, text)) for name, text in sorted(steps.items(), key=_place)]


def _words(name: str, text: str) -> tuple[str, str]:
    if name == "fact":
        return FACTS.get(text, ("done", "; ".join(map(words_of_action, text.split(", ")))))
    state, _, reason = text.partition(": ")
    if name in ASKED:
        not_asked = f"{state}; Stripe could not be asked: {reason}"
        return ("skipped", not_asked) if reason else ("done", state.replace("_", " "))
    if state in STATES:
        return state, reason
    words = text.replace(", 1 line item(s) wait", ", 1 line item waits").replace("item(s)", "items")
    return "pending" if "wait" in text else "done", words


def _place(step: tuple[str, str]) -> tuple[int, str]:
    names = list(NAMES)
    return (names.index(step[0]) if step[0] in names else len(names), step[0])
