"""The dashboard's stylesheets, scripts and templates: whose they are, how they are sent, and that a policy holds.

The strict policy of every page is in frame/responses.py; what breaks it would only show in a browser.
"""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest
from frame import assets
from template import ROOT

FOLDER = ROOT / "functions/dashboard/assets"
TEMPLATES = sorted((ROOT / "functions/dashboard/templates").glob("*.html"))
OWN = ("keystack.css", "keystack.js", "icon.svg")
NAMES_THAT_ARE_NO_ADDRESS = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")  # namespaces of XML
# What a strict policy refuses, or what htmx needs `eval` for: by its own documentation, "Security" and "hx-trigger".
FORBIDDEN = {
    "a style attribute": r"""\sstyle\s*=|["']style["']\s*:""",
    "a style element": r"<style\b",
    "a handler": r"""\son[a-z]+\s*=|["']on[a-z]+["']\s*:""",
    "hx-on": r"\bhx-on\b",
    "js: or javascript:": r"\b(js|javascript):",
    "a filter in a trigger": r"""hx-trigger["']?\s*[=:]\s*("[^"]*\[|'[^']*\[)""",
    "a script in the page": r"<script\b(?![^>]*\bsrc=)[^>]*>|<script[^>]*>[^<]",
}


def third_parties() -> dict[str, tuple[str, str]]:
    """Read third_party.txt: the package's version and the sha512 of each file."""
    text = (FOLDER / "third_party.txt").read_text("utf-8")
    found = re.findall(r"^(\S+)\s+\S+ (\d+\.\d+\.\d+) \S+ .*\n  ([0-9a-f]{128})$", text, re.MULTILINE)
    return {name: (version, digest) for name, version, digest in found}


def test_each_file_by_others_is_what_the_list_says() -> None:
    listed = third_parties()
    assert set(listed) | set(OWN) == assets.NAMES == {e.name for e in FOLDER.iterdir()} - {"third_party.txt"}
    for name, (version, digest) in listed.items():
        raw = (FOLDER / name).read_bytes()
        assert hashlib.sha512(raw).hexdigest() == digest, name
        assert f"-{version}.min." in name
        assert re.search(rf"""(Pico CSS ✨ v|version=["']){re.escape(version)}\b""", raw.decode()), name


def test_the_path_names_the_content() -> None:
    for name in assets.NAMES:
        digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        assert assets.path_of(name) == f"/assets/{digest[:16]}/{name}"


def test_another_hash_or_name_is_not_there() -> None:
    path = assets.path_of("keystack.css")
    digest = path.split("/")[2]
    assert assets.load(path) is not None
    for wrong in (
        path.replace(digest, "0" * 16),
        path.replace(digest, f"{digest}0"),
        assets.path_of("keystack.js").replace("keystack.js", "keystack.css"),
        f"/assets/{digest}/third_party.txt",
        f"/assets/{digest}/../dashboard.py",
        f"/assets/{digest}/",
    ):
        assert assets.load(wrong) is None, wrong


@pytest.mark.parametrize("name", sorted(assets.NAMES))
def test_an_asset_is_compressed_and_kept_for_a_year(name: str) -> None:
    found = assets.load(assets.path_of(name))
    assert found is not None
    plain, packed = found.response({}), found.response({"accept-encoding": "gzip, br"})
    for answer in (plain, packed):
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Vary"] == "Accept-Encoding"
    assert (plain.body, packed.headers["Content-Encoding"]) == ((FOLDER / name).read_text("utf-8"), "gzip")
    assert gzip.decompress(base64.b64decode(str(packed.body))) == (FOLDER / name).read_bytes()
    types = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
    assert plain.content_type == packed.content_type == types[Path(name).suffix]


@pytest.mark.parametrize("path", [*TEMPLATES, *(FOLDER / name for name in sorted(assets.NAMES))], ids=lambda e: e.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8").replace("https://picocss.com", "")  # in its first comment
    for name in NAMES_THAT_ARE_NO_ADDRESS:
        text = text.replace(name, "")
    assert re.findall(r"https?://[^\s\"')]+", text) == []
    assert re.findall(r"""(?:src|href|action|url\()\s*=?\s*["']?//[^\s"')]+|@import[^;]*""", text) == []


def test_templates_keep_to_the_policy() -> None:
    assert len(TEMPLATES) > 30
    broken = [
        (path.name, what, found[0])
        for path in TEMPLATES
        for what, pattern in FORBIDDEN.items()
        if (found := re.search(pattern, path.read_text("utf-8")))
    ]
    assert broken == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        '{{ ui.form("/", attributes={"style": "x"}) }}',
        "<style>p {}</style>",
        '<a onclick="x()">',
        '{"onclick": "x()"}',
        '<form hx-on:submit="x">',
        """<form hx-vals='js:{a: 1}'>""",
        '<a href="javascript:x()">',
        """<form hx-trigger="keyup[key=='a']">""",
        """{"hx-trigger": "keyup[key=='a']"}""",
        "<script>x()</script>",
        '<script src="/x.js">x()</script>',
    ],
)
def test_what_breaks_the_policy_would_be_seen(text: str) -> None:
    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)] != []


def test_htmx_adds_no_style_of_its_own() -> None:
    """Its indicator's style would be inline."""
    layout = (ROOT / "functions/dashboard/templates/layout.html").read_text("utf-8")
    assert """<meta name="htmx-config" content='{"includeIndicatorCSS": false}'>""" in layout


def test_a_page_marks_no_text_as_safe_but_a_place_to_break_a_line() -> None:
    for path in TEMPLATES:
        text = path.read_text("utf-8").replace('replace(".", ".<wbr>"|safe)', "")
        assert not re.search(r"\|\s*safe\b|autoescape", text), path.name
