"""The local-only pages: an index, the mailbox, a logo for the sample organization; functions invoked by hand."""

import json
from collections.abc import Callable
from html import escape
from string import Template
from typing import Any

from local.stack.functions import Functions
from local.stack.runtime import FunctionError
from local.stack.schedule import Schedules
from local.web import Request, Response, html_response, json_response

PAGE = Template("""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1f2430;background:#f6f7f9}
a{color:#4338ca}h1{font-size:1.4rem}article{background:#fff;border:1px solid #dde0e6;border-radius:10px;margin:1rem 0}
article header{padding:.8rem 1rem;border-bottom:1px solid #dde0e6}article h2{margin:0;font-size:1.05rem}
small{color:#5b6372}iframe{width:100%;height:36rem;border:0;display:block}details{padding:.6rem 1rem}
pre{white-space:pre-wrap;font-size:.85rem}td{padding:.15rem 1.2rem .15rem 0}</style></head><body>
<h1>$title</h1>$body</body></html>""")

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="240" height="56" viewBox="0 0 240 56" role="img"
aria-label="Acme Studio"><rect width="56" height="56" rx="14" fill="#4f46e5"/><path d="M28 12 44 44H34l-6-13-6 13H12z"
fill="#fff"/><text x="70" y="37" textLength="162" lengthAdjust="spacingAndGlyphs"
font-family="system-ui,Helvetica,Arial,sans-serif" font-size="26" font-weight="600"
fill="#1f2430">Acme Studio</text></svg>"""


class Pages:
    def __init__(
        self,
        mails: Callable[[], list[dict[str, Any]]],
        smtp_url: str,  # where mail goes instead of the mailbox; empty if it does not
        schedules: Schedules,
        functions: Functions,
        facts: Callable[[], dict[str, Any]],
    ) -> None:
        self._mails = mails
        self._elsewhere = smtp_url
        self._schedules = schedules
        self._functions = functions
        self._facts = facts

    def answer(self, request: Request) -> Response:
        """Answer a request below /local/."""
        match request.method, request.path.rstrip("/"):
            case "GET", "/local":
                return html_response(self._index())
            case "GET", "/local/mailbox":
                return html_response(self._mailbox())
            case "GET", "/local/mailbox.json":
                return json_response(200, self._mails())
            case "GET", "/local/functions.json":
                return json_response(200, self._functions.pids())
            case "GET", "/local/logo.svg":
                return Response(200, LOGO.encode(), (("Content-Type", "image/svg+xml"),))
            case "POST", path if path.startswith("/local/schedule/"):
                return self._fire(path.removeprefix("/local/schedule/"))
            case "POST", path if path.startswith("/local/functions/"):
                return self._invoke(path.removeprefix("/local/functions/"), request.body)
        return json_response(404, {"message": "Not Found"})

    def _fire(self, function: str) -> Response:
        try:
            return json_response(200, {"function": function, "result": self._schedules.fire(function)})
        except KeyError:
            return json_response(404, {"message": f"No schedule of the template invokes {function}"})
        except FunctionError as error:
            return json_response(500, {"message": str(error)})

    def _invoke(self, function: str, body: bytes | None) -> Response:
        """Do what `sam remote invoke` does: the body is the event."""
        try:
            return json_response(200, self._functions.invoke(function, json.loads(body or b"{}")))
        except KeyError:
            return json_response(404, {"message": f"The template has no function {function}"})
        except (ValueError, FunctionError) as error:
            return json_response(400, {"message": str(error)})

    def _index(self) -> str:
        facts = self._facts()
        shown = ("url", "org", "dashboard_url", "mailbox_url", "aws_endpoint_url", "stripe_api_base")
        rows = "".join(f"<tr><td>{name}</td><td>{_linked(str(facts.get(name, '')))}</td></tr>" for name in shown)
        return PAGE.substitute(title="KeyStack, local", body=f"<table>{rows}</table>")

    def _mailbox(self) -> str:
        if self._elsewhere:
            address = escape(self._elsewhere.rpartition("@")[2].removeprefix("smtp://"))
            return PAGE.substitute(title="Mailbox", body=f"<p>Mail goes to {address} (SMTP_URL): look there.</p>")
        mails = "".join(_shown(mail) for mail in reversed(self._mails()[-50:]))
        more = '<p><small><a href="/local/mailbox.json">as JSON</a>, the newest 50 here</small></p>'
        return PAGE.substitute(title="Mailbox", body=more + (mails or "<p>No mail yet.</p>"))


def _linked(text: str) -> str:
    return f'<a href="{escape(text)}">{escape(text)}</a>' if text.startswith("http") else escape(text)


def _shown(mail: dict[str, Any]) -> str:
    html, text = escape(mail["html"]), escape(mail["text"])
    frame = f'<iframe sandbox="" srcdoc="{html}" title="{escape(mail["subject"])}"></iframe>' if html else ""
    return (
        f'<article id="mail-{mail["id"]}"><header><h2>{escape(mail["subject"])}</h2><small>{escape(mail["from"])} '
        f"&rarr; {escape(mail['to'])} &middot; {escape(mail['date'])}</small></header>{frame}"
        f"<details{'' if html else ' open'}><summary>Text</summary><pre>{text}</pre></details></article>"
    )
