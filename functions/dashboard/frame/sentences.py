"""Sentences as pages write them."""


def as_sentence(said: object) -> str:
    """Write an error's words as a sentence: with a capital letter and a full stop."""
    text = str(said)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")
