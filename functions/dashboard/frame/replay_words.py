"""What a replay will do and what it will not, in sentences."""

from typing import NamedTuple, assert_never

from keystack.domain.effects import EMAIL
from keystack.domain.explanations import Moment, Text
from keystack.domain.timeline import words_of_fact
from keystack.management.foresight import (
    AddsFact,
    Course,
    EffectForeseen,
    Foresight,
    Mints,
    NothingToReplay,
    StripeSilent,
    WillFail,
)

RUNS = {"email": "Sends the e-mail with the license keys.", "metadata": "Writes the keys to the Stripe Customer."}
NAMES = {"email": "The e-mail", "metadata": "The Stripe Customer's metadata"}


class Said(NamedTuple):
    """`summary` stands above both lists. `possible`: there is something to replay."""

    summary: str
    will: list[Text]
    will_not: list[Text]
    possible: bool = True


def say(foresight: Foresight) -> Said:
    match foresight:
        case Mints():
            return _of_minting(foresight)
        case AddsFact():
            return _of_fact(foresight)
        case WillFail(reason):
            return Said("As things stand, it fails again.", [], [(f"{_sentence(reason)}",)])
        case StripeSilent(reason):
            why = f"Stripe, which knows what was bought, does not answer: {reason}."
            return Said("What it will do cannot be told just now. It only ever does what is missing.", [], [(why,)])
        case NothingToReplay(reason):
            return Said(f"There is nothing to replay: {reason}.", [], [], possible=False)
        case _:
            assert_never(foresight)


def _of_minting(found: Mints) -> Said:
    will: list[Text] = []
    will_not: list[Text] = []
    if found.minted:
        keys = " and ".join(f"{_count(number, 'key')} of plan {plan}" for plan, number in found.minted.items())
        will.append((f"Mints {keys}.",))
    if found.licenses:
        has, stay = _count(found.licenses, "key"), "stays as it is" if found.licenses == 1 else "stay as they are"
        will_not.append((f"The {has} that the order has {stay}; none is minted twice.",))
    if not found.is_paid:
        will_not.append(("Mints nothing: the order is not paid yet.",))
    for name, effect in found.effects.items():
        (will if effect.course is Course.RUNS else will_not).append(_effect(name, effect))
    for line in found.waits:
        will_not.append((f"Mints nothing for line item {line.line.id}: {_sentence(line.reason)}",))
    if found.is_new:
        will.insert(0, ("Puts the order on record.",))
    return Said(_summary(found), will, will_not)


def _summary(found: Mints) -> str:
    if found.busy:
        return "This order is being worked on this very moment. What the replay finds after that may be less."
    if found.waits:
        return "It fails again for what nobody has mended yet."
    if found.changes_nothing:
        return "It changes nothing: all that there is to do is done."
    return "It does only what is missing."


def _effect(name: str, effect: EffectForeseen) -> Text:
    match effect.course:
        case Course.RUNS:
            before = f" It was tried before: {_sentence(effect.reason)}" if effect.reason else ""
            return (RUNS[name] + before,)
        case Course.DONE:
            when: Text = (" ", Moment(effect.at)) if effect.at is not None else ()
            done = "went out" if name == EMAIL else "was written"
            return (f"{NAMES[name]} {done}", *when, f" and is not {'sent' if name == EMAIL else 'written'} again.")
        case Course.SKIPPED:
            return (f"{NAMES[name]} is left out: {_sentence(effect.reason)}",)
        case _:
            assert_never(effect.course)


def _of_fact(found: AddsFact) -> Said:
    if found.known:
        return Said("It changes nothing: its order knows it already.", [], [(f"Order {found.order} stays as it is.",)])
    if found.order:
        told = words_of_fact(found.fact)
        return Said("It does only what is missing.", [(f"Notes in order {found.order}: ", *told)], [])
    return Said(
        "It does only what is missing.",
        [("Looks for the order, also at Stripe, and notes it there. If there is none yet, keeps it until it comes.",)],
        [],
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
