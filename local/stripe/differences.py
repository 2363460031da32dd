"""What an event says about the time before it: `data.previous_attributes`. Pure."""

from local.stripe.purchases import Json


def previous_attributes(before: Json, after: Json) -> Json:
    """Return the old values of what has changed; of a list all of it (Stripe API reference: "The Event object")."""
    told: Json = {}
    for name in {**after, **before}:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        told[name] = previous_attributes(old, new) if isinstance(old, dict) and isinstance(new, dict) else old
    return told
