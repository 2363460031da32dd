"""What may stand in a mail's header: plain addresses, and names without anything that a mail program could act on."""

import re
import unicodedata

from keystack.errors import ActionNeededError

MOST_CHARACTERS_OF_AN_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
MOST_CHARACTERS_OF_A_NAME = 60

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")

_SPACES = {"Zl", "Zp", "Zs", "Cc"}
_UNPRINTABLE = {"Cf", "Cs", "Co", "Cn"}  # among them the marks that turn the direction of writing around
_JOINERS = "\u200c\u200d"  # Persian words and family emojis need these two
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,"]+')


def plain_address(text: str, whose: str, remedy: str) -> str:
    """Return `text` as one ASCII address, an international domain in its `xn--` form.

    Raises ActionNeededError for anything else: `whose` address it is, and the `remedy`, make its sentence.
    Letters beyond ASCII before the @ are refused: Amazon SES and many mail servers cannot send there.
    """
    local, at, domain = text.strip(" ").rpartition("@")
    if at and not domain.isascii() and len(text) <= MOST_CHARACTERS_OF_AN_ADDRESS:
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    address = local + at + domain
    if len(address) > MOST_CHARACTERS_OF_AN_ADDRESS or _PLAIN.fullmatch(address) is None:
        raise ActionNeededError(f'{whose} "{clean_text(text, 80)}" is not one plain e-mail address: {remedy}')
    return address


def clean_text(text: str, most: int) -> str:
    """Return `text` on one line, without control, direction or half characters, at most `most` characters long."""
    kept = (" " if unicodedata.category(c) in _SPACES else c for c in text if c in _JOINERS or _is_printable(c))
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def header_text(text: str) -> str:
    """Return cleaned `text` for a header, without what reads as an encoded word (RFC 2047): that may hide anything."""
    return text.replace("=", " ") if "=?" in text or "?=" in text else text


def display_name(text: str) -> str:
    """Return cleaned `text` as the name beside an address.

    Without the characters that a header must quote: Python's folding of long headers has lost such quotes more than
    once (CVE-2025-1795, for one), and a lost quote is a second recipient.
    """
    return " ".join(header_text(_SPECIALS.sub(" ", text)).split())[:MOST_CHARACTERS_OF_A_NAME].rstrip()


def _is_printable(character: str) -> bool:
    return unicodedata.category(character) not in _UNPRINTABLE


def looks_like_a_link(name: str) -> bool:
    """Tell whether a mail program might turn `name` into a link: such a name is a stranger's advertisement."""
    return re.search(r"[/@:]|\w\.\w{2,}", name) is not None
