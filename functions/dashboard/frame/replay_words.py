"""What a replay will do and what it will not, in sentences."""

from typing import NamedTuple, assert_never

from keystack.domain.effects import EMAIL
from keystack.domain.explanations import Moment, Text
from keystack.domain.timeline import words_of_fact
from keystack.management.foresight import (
    AddsFact,
    AsksStripe,
    Course,
    EffectForeseen,
    Foresight,
    Mints,
    NothingToReplay,
    StripeSilent,
    WillFail,
)

DOES = {"email": "send the e-mail with the license keys", "metadata": "write the keys to the Stripe Customer"}


class Said(NamedTuple):
    """`summary` stands above both lists, each of which goes on from "will" or "will not".

    `possible`: there is something to replay.
    """

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
        case AsksStripe(question, order):
            asks: Text = (f"ask Stripe {question}, and bring order {order} up to date with the answer.",)
            return Said("It does only what is missing.", [asks], [])
        case WillFail(reason):
            return Said("As things stand, it fails again.", [], [(f"succeed: {_sentence(reason)}",)])
        case StripeSilent(reason):
            silent = f"Stripe, which knows what was bought, does not answer just now ({reason})."
            return Said(f"{silent} So it cannot be told; a replay only ever does what is missing.", [], [])
        case NothingToReplay(reason):
            return Said(f"There is nothing to replay: {reason}.", [], [], possible=False)
        case _:
            assert_never(foresight)


def _of_minting(found: Mints) -> Said:
    will: list[Text] = []
    will_not: list[Text] = []
    if found.is_new:
        will.append(("put the order on record.",))
    if found.minted:
        keys = " and ".join(f"{_count(number, 'key')} of plan {plan}" for plan, number in found.minted.items())
        will.append((f"mint {keys}.",))
    if found.licenses:
        will_not.append((f"mint again the {_count(found.licenses, 'key')} that the order has.",))
    if not found.is_paid:
        will_not.append(("mint anything: the order is not paid yet.",))
    for line in found.waits:
        will_not.append((f"mint anything for line item {line.line.id}: {_sentence(line.reason)}",))
    for name, effect in found.effects.items():
        (will if effect.course is Course.RUNS else will_not).append(_effect(name, effect))
    return Said(_summary(found), will, will_not)


def _summary(found: Mints) -> str:
    if found.busy:
        return "This order is being worked on this very moment. What the replay finds after that may be less."
    if found.waits:
        return "It fails again for what nobody has mended yet."
    if found.changes_nothing and not found.is_paid:
        return "It changes nothing as long as the order is not paid."
    if found.changes_nothing:
        return "It changes nothing: all that there is to do is done."
    return "It does only what is missing."


def _effect(name: str, effect: EffectForeseen) -> Text:
    match effect.course:
        case Course.RUNS:
            before = f" Before, it came to this: {_sentence(effect.reason)}" if effect.reason else ""
            return (f"{DOES[name]}.{before}",)
        case Course.DONE:
            done = "it went out" if name == EMAIL else "that was done"
            when: Text = (" ", Moment(effect.at)) if effect.at is not None else ()
            return (f"{DOES[name]} again: {done}", *when, ".")
        case Course.SKIPPED:
            return (f"{DOES[name]}: {_sentence(effect.reason)}",)
        case _:
            assert_never(effect.course)


def _of_fact(found: AddsFact) -> Said:
    if found.known:
        return Said(
            "It changes nothing: all is done.", [], [(f"change order {found.order}, which knows this already.",)]
        )
    if found.order:
        told = words_of_fact(found.fact)
        return Said("It does only what is missing.", [(f"note in order {found.order}: ", *told)], [])
    look = "look for the order, also at Stripe, and note it there. If there is none yet, it is kept until one comes."
    return Said("It does only what is missing.", [(look,)], [])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
