"""Everything that is written or sent, made twice: its first answer was lost, and KeyStack's client tried again."""

from collections.abc import Iterator
from functools import partial

from simulation.crashes import calls_of, struck
from simulation.happenings import Named
from simulation.scenarios import SCENARIOS

EFFECTS = {"PutItem", "UpdateItem", "TransactWriteItems", "SendMessage", "ChangeMessageVisibility"}


def attempts() -> Iterator[Named]:
    for name in SCENARIOS:
        for place, call in enumerate(calls_of(name)):
            if call.operation in EFFECTS:
                yield f"call {place + 1} of {name}, twice", partial(struck, name, place, "twice")
