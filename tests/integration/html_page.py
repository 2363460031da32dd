"""A page as a person reads it: its text, links and forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style", "template"}


@dataclass
class Form:
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    text: str = ""


class HtmlPage(HTMLParser):
    """What is on a page. Raises AssertionError where tags do not close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.title = self.text = ""
        self.links: dict[str, str] = {}  # what a link says → where it leads; the last one of a text
        self.forms: list[Form] = []
        self._open: list[str] = []
        self._link: tuple[str, str] | None = None
        self._area = ""
        self._select = ""
        self.feed(html)
        self.close()
        assert self._open == [], f"not closed: {self._open}"
        self.text = " ".join(self.text.split())

    def form(self, action: str) -> Form:
        """Find the form whose action has this in it; the last one, for the first may be the page's search."""
        found = [each for each in self.forms if action in each.action]
        assert found, f"no form to {action} among {[each.action for each in self.forms]}"
        return found[-1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        match tag:
            case "a":
                self._link = (given.get("href", ""), "")
            case "form":
                self.forms.append(Form(given.get("method", "get"), given.get("action", "")))
            case "input" if self._in_form and given.get("name"):
                if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                    self.forms[-1].fields[given["name"]] = given.get("value", "on")
            case "textarea" if self._in_form:
                self._area = given.get("name", "")
                self.forms[-1].fields[self._area] = ""
            case "select" if self._in_form:
                self._select = given.get("name", "")
            case "option" if self._select:
                fields = self.forms[-1].fields
                if "selected" in given or self._select not in fields:
                    fields[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> closes <{self._open[-1]}> near …{self.text[-80:]}"
        self._open.pop()
        match tag:
            case "a" if self._link:
                self.links[" ".join(self._link[1].split())] = self._link[0]
                self._link = None
            case "textarea":
                self._area = ""
            case "select":
                self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data.removeprefix("\n")
            return
        if "title" in self._open:
            self.title += data
        elif not SILENT & set(self._open):
            self.text += " " + data
            if self._in_form:
                self.forms[-1].text += " " + data
        if self._link:
            self._link = (self._link[0], self._link[1] + data)

    @property
    def _in_form(self) -> bool:
        return "form" in self._open
