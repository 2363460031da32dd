"""What may stand in a mail's header: plain addresses, and names without anything that a mail program could act on."""

import re
import unicodedata
from email.header import Header
from email.utils import parseaddr

from keystack.errors import ActionNeededError

MAX_ADDRESS_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
MAX_NAME_CHARACTERS = 60
LINE = 76  # characters: RFC 2047, 2

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")

_SPACES = {"Zl", "Zp", "Zs", "Cc"}
_UNPRINTABLE = {"Cf", "Cs", "Co", "Cn"}  # among them the marks that turn the direction of writing around
_JOINERS = "\u200c\u200d"  # Persian words and family emojis need these two
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,"=]+')
_PHRASE = re.compile(rf"{_ATOM}(?: {_ATOM})*")


def plain_address(text: str, whose: str, remedy: str) -> str:
    """Return `text` as one ASCII address, an international domain in its `xn--` form.

    Raises ActionNeededError for anything else: it says `whose` address this is, and the `remedy`.
    Letters beyond ASCII before the @ are refused: Amazon SES and many mail servers cannot send there.
    """
    local, at, domain = text.strip(" ").rpartition("@")
    if at and not domain.isascii() and len(text) <= MAX_ADDRESS_CHARACTERS:
        domain = _ascii_domain(domain)
    address = local + at + domain
    if len(address) > MAX_ADDRESS_CHARACTERS or _PLAIN.fullmatch(address) is None:
        raise ActionNeededError(f'{whose} "{clean_text(text, 80)}" is not one plain e-mail address', remedy)
    return address


def customer_address(text: str, instead: str) -> str:
    """Return the customer's address, as `plain_address` does.

    No replay helps against a wrong one: the error says what a person does `instead`.
    """
    try:
        return plain_address(text, "The customer's address", "")
    except ActionNeededError as error:
        raise ActionNeededError(f"{error}: {instead}") from None


def _ascii_domain(domain: str) -> str:
    """Write an international domain in its `xn--` form; empty if it is none.

    By IDNA 2008 with UTS #46, as browsers and registries do. Python's own codec is IDNA 2003, which makes `strasse` of
    `straße` and drops joiners: another domain, whose owner would get the key.
    """
    import idna  # for the few addresses that need it: its tables take long to import

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def vendor_address(text: str, whose: str, remedy: str) -> str:
    """Return the address of `text`, which a vendor may write as `licenses@acme.example` or `Acme <licenses@…>`.

    Raises ActionNeededError as `plain_address` does.
    """
    return plain_address(parseaddr(text)[1] or text, whose, remedy)


def clean_text(text: str, max_length: int) -> str:
    """Return `text` on one line, without control, direction or half characters, cut to `max_length`."""
    kept = (" " if unicodedata.category(c) in _SPACES else c for c in text if c in _JOINERS or _is_printable(c))
    line = " ".join("".join(kept).split())
    return line if len(line) <= max_length else line[: max_length - 1].rstrip() + "…"


def encoded_text(text: str, header: str) -> str:
    """Return cleaned `text` as it stands in the raw `header`, folded.

    Python's newer way, `message["Subject"] = text`, breaks long texts beyond ASCII in 3.11 and has lost the quotes of
    a name, which makes a second recipient (CVE-2025-1795). What only looks like an encoded word loses its `=`: it
    may hide anything.
    """
    if "=?" in text or "?=" in text:
        text = text.replace("=", " ")
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, LINE, header).encode(linesep="\r\n")


def encoded_address(address: str, name: str, header: str) -> str:
    """Return a plain `address` with the cleaned `name` beside it, as they stand in the raw `header`."""
    shown = display_name(name)
    if not shown:
        return address
    phrase = encoded_text(shown, header)
    if shown.isascii() and not _PHRASE.fullmatch(shown):
        phrase = f'"{shown}"'
    both = f"{phrase} <{address}>"
    return both if len(header) + len(both) < LINE else f"{phrase}\r\n <{address}>"


def display_name(text: str) -> str:
    """Return cleaned `text` as a name beside an address: short, and without what only quotes would make harmless."""
    return " ".join(_SPECIALS.sub(" ", text).split())[:MAX_NAME_CHARACTERS].rstrip()


def _is_printable(character: str) -> bool:
    return unicodedata.category(character) not in _UNPRINTABLE


def looks_like_a_link(name: str) -> bool:
    """Tell whether a mail program might turn `name` into a link: such a name is a stranger's advertisement."""
    return re.search(r"[/@:]|\w\.\w{2,}", name) is not None
