"""Who gets into the dashboard, how they get out, and what everybody else is told: as a browser, or a stranger, asks."""

import base64
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from invocations import Context
from keystack.domain.api_keys import Scope
from keystack.management import api_keys, sign_in
from keystack.storage import dynamodb

from integration.aws import function
from integration.aws_calls import failing
from integration.clock import Clock
from integration.dashboard_visitor import HOST, Shown, Visitor, sign_in_as
from integration.html_page import HtmlPage
from integration.log_lines import LogLines
from integration.vendor_api import NOW, template_routes
from integration.world import ORG, World
from local.stack.lambda_http import to_event
from local.stack.routing import Router
from local.web import Request

KEYS = "/dashboard/settings/api-keys"
SIGN_IN = "/dashboard/sign-in"
FORM = "application/x-www-form-urlencoded"


def key_of(*scopes: str, org: str = ORG) -> str:
    return api_keys.create(org, "Ada", map(Scope, scopes or ("admin",)), "a test", NOW).text


def sent_key(text: str, back: str = "", address: str = "192.0.2.1") -> Shown:
    return Visitor(address=address).post(SIGN_IN, {"api_key": text, "back": back})


def names_of_keys() -> list[str]:
    return [key.name for key in api_keys.list_all(ORG)]


# -------------------------------------------------------------------- sign-in


def test_a_key_signs_in_and_signing_out_ends_it(world: World) -> None:
    visitor = sign_in_as("admin")
    shown = visitor.get(KEYS)
    assert (shown.status, shown.page.title) == (200, "API keys · KeyStack")
    cookies = dict(visitor.cookies)
    out = visitor.send(shown.page.form("/sign-out"))
    assert out.page.title == "Sign in · KeyStack"
    assert visitor.cookies == {}
    assert Visitor(cookies=cookies).get(KEYS).page.title == "Sign in · KeyStack"  # not only the cookie is gone


def test_who_is_signed_in_is_not_asked_again(world: World) -> None:
    shown = sign_in_as("read").request("GET", f"{SIGN_IN}?back=/dashboard/settings/api-keys")
    assert (shown.status, shown.headers["location"]) == (303, "/dashboard/settings/api-keys")


def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(world: World) -> None:
    world.configure(org="other")
    deleted, good = key_of(), key_of()
    api_keys.delete(ORG, deleted.split("_")[2], "a test")
    _, _, identity, secret = good.split("_", 3)
    wrong = ["", "x", "ks_", "ks_acme_first_wrong", "ks_nobody_first_wrong", deleted, good[:-1], good + "x"]
    wrong += [f"ks_other_{identity}_{secret}", f"ks_acme_nothing_{secret}", "\u202e" * 50, "ks_" + "x" * 5_000]
    answers = [sent_key(text, address=f"192.0.2.{number}") for number, text in enumerate(wrong)]
    assert {(each.status, each.html) for each in answers} == {(403, answers[0].html)}
    assert "There is no such API key" in answers[0].text
    assert all("set-cookie" not in each.headers for each in answers)


def test_a_key_that_may_only_issue_is_refused_with_the_reason(world: World) -> None:
    shown = sent_key(key_of("issue"))
    assert shown.status == 403
    assert "has the scope issue: use one with the scope read or admin" in shown.text


def test_too_many_attempts_are_told_how_long_to_wait(world: World, clock: Clock) -> None:
    statuses = [sent_key("wrong").status for _ in range(21)]
    assert statuses == [403] * 20 + [429]
    assert re.search(r"wait \d+ seconds", sent_key(key_of()).text)
    assert sent_key(key_of(), address="198.51.100.7").status == 303


def test_too_many_attempts_with_a_link_are_too_many_too(world: World, clock: Clock) -> None:
    visitor = Visitor()
    for _ in range(20):
        assert visitor.post("/dashboard/sign-in/link", {"token": "made up"}).status == 403
    assert visitor.post("/dashboard/sign-in/link", {"token": "made up"}).status == 429


def test_no_key_is_ever_shown_again_on_the_page(world: World) -> None:
    assert "ks_acme_secretsecret" not in sent_key("ks_acme_secretsecret").html


# ------------------------------------------------------------- back to the page


@pytest.mark.parametrize("wanted", [KEYS, f"{KEYS}?mode=test", "/dashboard/licenses?q=a%26b&mode=live", "/dashboard"])
def test_the_page_that_was_wanted_is_shown_after_sign_in(world: World, wanted: str) -> None:
    visitor = Visitor()
    asked = visitor.request("GET", wanted)
    assert asked.status == 303
    form = visitor.get(asked.headers["location"]).page.form("/sign-in")
    shown = visitor.post(form.action, {**form.fields, "api_key": key_of()})
    assert shown.status == 303
    assert parts_of(shown.headers["location"]) == parts_of(wanted)


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/dashboard",
        "https:/dashboard",
        "javascript:alert(1)",
        "/dashboard\nSet-Cookie: a=b",
        "/dashboard/\r\nX: y",
        "/dashboard//evil.example",
        "/dashboard/\\evil.example",
        "/dashboard@evil.example",
        "/dashboardevil",
        ".evil.example/dashboard",
        "/dashboard/\t/evil.example",
        "/dashboard/\u202e",
        "/v1/docs",
        "",
    ],
)
def test_nobody_is_led_to_another_site(world: World, back: str) -> None:
    key = key_of()
    assert sent_key(key, back).headers["location"] == "/dashboard"
    form = Visitor().get(f"{SIGN_IN}?{urlencode({'back': back})}").page.form("/sign-in")
    assert form.fields["back"] == "/dashboard"


# ------------------------------------------------------------------- a session


def event_of(method: str, path: str, body: str = "", base: str = "", cookies: Any = (), **headers: str) -> Any:
    """Make the event of API Gateway, behind a custom domain's mapping if there is a `base`."""
    parts = urlsplit(path)
    match = Router(template_routes()).match(method, parts.path)
    assert match is not None
    sent = {
        "Host": HOST,
        **({"Content-Type": FORM, "Origin": f"https://{HOST}"} if method == "POST" else {}),
        **headers,
    }
    given = (*sent.items(), *(("Cookie", each) for each in cookies))
    request = Request(method, base + parts.path, parts.query, given, body.encode(), "192.0.2.1", "HTTP/1.1")
    return to_event(request, match.key, match.parameters)


def answer_to(event: Any) -> Any:
    return function("dashboard").handler(event, Context())


def test_cookies_are_for_this_host_alone_and_go_with_the_browser(world: World) -> None:
    answer = answer_to(event_of("POST", SIGN_IN, urlencode({"api_key": key_of()})))
    assert [each.partition("=")[0] for each in answer["cookies"]] == ["__Host-keystack", "__Host-keystack-mode"]
    for cookie in answer["cookies"]:
        attributes = {each.strip().lower() for each in cookie.split(";")[1:]}
        assert attributes == {"path=/", "secure", "httponly", "samesite=lax"}


def test_a_session_ends_with_its_key(world: World) -> None:
    key = key_of()
    visitor = Visitor()
    visitor.post(SIGN_IN, {"api_key": key})
    assert visitor.get(KEYS).page.title == "API keys · KeyStack"
    api_keys.delete(ORG, key.split("_")[2], "a test")
    assert visitor.get(KEYS).page.title == "Sign in · KeyStack"


def test_a_session_ends_after_twelve_hours(world: World, clock: Clock) -> None:
    visitor = sign_in_as("admin")
    form = visitor.get(KEYS).page.form(KEYS)
    clock.forward(43_201)
    assert visitor.get(KEYS).page.title == "Sign in · KeyStack"
    shown = visitor.send(form, name="late", scope="read")
    assert shown.page.title == "Sign in · KeyStack"
    assert "late" not in names_of_keys()


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "acme.first.wrong", "\u00ff", "=", "x" * 8_000])
def test_a_made_up_session_is_none(world: World, cookie: str) -> None:
    assert Visitor(cookies={"__Host-keystack": cookie}).get(KEYS).page.title == "Sign in · KeyStack"


def test_a_part_that_htmx_asks_for_leads_the_whole_page_to_the_sign_in(world: World) -> None:
    asked = {"HX-Request": "true", "Referer": f"https://{HOST}{KEYS}?mode=live"}
    shown = Visitor().request("GET", KEYS, headers=asked)
    assert (shown.status, shown.body) == (200, b"")
    to = urlsplit(shown.headers["hx-redirect"])
    assert (to.path, parse_qs(to.query)) == (SIGN_IN, {"back": [f"{KEYS}?mode=live"]})
    assert "location" not in shown.headers


def test_a_form_without_a_session_leads_to_the_sign_in_and_back_to_its_page(world: World) -> None:
    shown = Visitor().post(KEYS, {"name": "x"}, {"Referer": f"https://{HOST}{KEYS}"})
    assert parse_qs(urlsplit(shown.headers["location"]).query) == {"back": [KEYS]}


# ------------------------------------------------------- forms from elsewhere


@pytest.mark.parametrize("token", [None, "", "x", "of another session", "\u00ff" * 100])
def test_a_form_without_its_sessions_token_changes_nothing(world: World, token: str | None) -> None:
    visitor, other = sign_in_as("admin"), sign_in_as("admin")
    form = visitor.get(KEYS).page.form(KEYS)
    if token == "of another session":
        token = other.get(KEYS).page.form(KEYS).fields["csrf"]
    fields = {**form.fields, "name": "forged", "scope": "admin", "csrf": token or ""}
    if token is None:
        del fields["csrf"]
    shown = visitor.post(form.action, fields)
    assert shown.status == 403
    assert "Nothing was changed" in shown.text
    assert "forged" not in names_of_keys()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": f"https://{HOST}.evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[evil"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", [KEYS, SIGN_IN, "/dashboard/sign-in/link", "/dashboard/sign-out"])
def test_a_form_of_another_site_is_refused(world: World, headers: dict[str, str], path: str) -> None:
    visitor = sign_in_as("admin")
    fields = {**visitor.get(KEYS).page.form(KEYS).fields, "name": "forged", "scope": "admin", "api_key": key_of()}
    shown = visitor.post(path, fields, headers)
    assert (shown.status, "set-cookie" in shown.headers) == (403, False)
    assert "from another site" in shown.text
    assert "forged" not in names_of_keys()
    assert visitor.get(KEYS).page.title == "API keys · KeyStack"


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}]
)
def test_a_form_of_a_page_of_ours_is_taken(world: World, headers: dict[str, str]) -> None:
    visitor = sign_in_as("admin")
    shown = visitor.send(visitor.get(KEYS).page.form(KEYS), headers, name="mine", scope="read")
    assert shown.status == 200
    assert "mine" in names_of_keys()


def test_a_key_that_may_read_changes_nothing(world: World) -> None:
    reader = sign_in_as("read")
    shown = reader.get(KEYS)
    assert [each.action for each in shown.page.forms if each.method == "post"] == ["/dashboard/sign-out"]
    token = shown.page.form("/sign-out").fields["csrf"]
    refused = reader.post(KEYS, {"csrf": token, "form_id": "a", "name": "forged", "scope": "admin"})
    assert refused.status == 403
    assert "Your API key may only read" in refused.text
    assert "forged" not in names_of_keys()


# ---------------------------------------------------------- the one-time link


def test_a_link_shows_a_button_that_works_once(world: World) -> None:
    token = sign_in.create_link(ORG, "operator", int(time.time()))
    path = f"/dashboard/sign-in/link?token={token}"
    visitor = Visitor()
    for _ in range(2):  # mail programs look at links, too
        shown = visitor.get(path)
        assert (shown.status, shown.headers["referrer-policy"]) == (200, "no-referrer")
    assert visitor.cookies == {}
    form = shown.page.form("/sign-in/link")
    # What browsers send from a page of that policy. Source: Fetch Standard, "Origin" header.
    same = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    answer = visitor.post(form.action, form.fields, same)
    assert (answer.status, answer.headers["location"]) == (303, "/dashboard")
    assert visitor.get(KEYS).page.title == "API keys · KeyStack"
    again = Visitor().post(form.action, form.fields, same)
    assert (again.status, again.headers["referrer-policy"]) == (403, "no-referrer")
    assert "a link works once" in again.text
    assert token not in again.html


@pytest.mark.parametrize("token", ["", "x", "acme.x", '"><script>alert(1)</script>', "\u202e"])
def test_a_made_up_link_is_refused_and_stays_text(world: World, token: str) -> None:
    shown = Visitor().get(f"/dashboard/sign-in/link?{urlencode({'token': token})}")
    assert "<script>alert" not in shown.html
    form = shown.page.form("/sign-in/link")
    assert Visitor().post(form.action, form.fields).status == 403


# --------------------------------------------------------- headers, bad days


def everything(visitor: Visitor) -> list[Shown]:
    """Ask for an answer of each kind."""
    asset = re.search(r'href="([^"]+\.css)"', visitor.get(SIGN_IN).html)
    assert asset
    form = visitor.get(KEYS).page.form("/sign-out")
    with failing(dynamodb.quick_client()):
        broken = visitor.request("GET", KEYS)
    return [
        visitor.request("GET", KEYS),
        Visitor().request("GET", SIGN_IN),
        Visitor().request("GET", KEYS),
        Visitor().request("GET", KEYS, headers={"HX-Request": "true"}),
        Visitor().request("GET", "/dashboard/nothing"),
        visitor.request("GET", "/dashboard/nothing"),
        visitor.request("PUT", KEYS),
        visitor.request("GET", "/dashboard/assets/0/none.css"),
        visitor.request("GET", asset[1]),
        visitor.post(KEYS, form.fields, {"Origin": "https://evil.example"}),
        visitor.post(KEYS, {}),
        visitor.post(KEYS, form.fields, {"Content-Type": "application/json"}),
        broken,
        Visitor().post(SIGN_IN, {"api_key": "wrong"}),
        visitor.request("GET", "/dashboard/sign-in/link?token=x"),
        visitor.post("/dashboard/sign-out", form.fields),
    ]


def test_every_answer_protects_itself(world: World) -> None:
    answers = everything(sign_in_as("admin"))
    expected = [200, 200, 303, 200, 303, 404, 404, 404, 200, 403, 403, 400, 503, 403, 200, 303]
    assert [each.status for each in answers] == expected
    for each in answers:
        assert each.headers["x-content-type-options"] == "nosniff", each.address
        if each.address.endswith(".css") and each.status == 200:
            assert "immutable" in each.headers["cache-control"]
            continue
        policy = each.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';"), each.address
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert each.headers["cache-control"] == "no-store"
        assert each.headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert each.headers["strict-transport-security"] == "max-age=31536000"
        assert each.headers["content-type"].startswith("text/html")


BODIES: list[tuple[bytes, str]] = [
    (b"{}", "application/json"),
    (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--', "multipart/form-data; boundary=x"),
    (b"api_key=\xff\xfe", FORM),
    (b"api_key=%ff%fe%00%ed%a0%80", FORM),
    (b"a=" + b"x" * 300_000, FORM),
    (b"a=1&" * 2_000, FORM),
    (b"\x00\x01\x02", ""),
    (b"&&&===%%%;;;", FORM),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
def test_a_hostile_body_gives_a_clear_page(world: World, body: bytes, kind: str, log: LogLines) -> None:
    for visitor in (Visitor(), sign_in_as("admin")):
        headers = {"Content-Type": kind, "Origin": f"https://{HOST}"}
        for path in (SIGN_IN, KEYS):
            shown = visitor.request("POST", path, body, headers)
            assert shown.status in (303, 400, 403), (path, shown.text)
            assert clear(shown)


def test_a_body_that_is_not_what_its_event_says_gives_a_clear_page(world: World) -> None:
    for body in ("%%%", base64.b64encode(b"\xff").decode()):
        answer = answer_to({**event_of("POST", SIGN_IN), "body": body, "isBase64Encoded": True})
        assert answer["statusCode"] == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "__Host-keystack"},
        {"Cookie": ";;;=;a=b=c; __Host-keystack=;"},
        {"Cookie": "__Host-keystack=\u00e4.\u00f6.\u00fc"},
        {"Referer": "http://[", "HX-Request": "true"},
        {"Referer": "\u00ff", "HX-Request": "true"},
        {"Referer": "https://evil.example//evil.example", "HX-Request": "true"},
        {"Host": ""},
        {"Accept-Encoding": "\u00ff, gzip;q=x"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript"},
        {"If-None-Match": "\u00ff"},
    ],
)
def test_a_hostile_header_gives_a_clear_page(world: World, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        sent = {"Content-Type": FORM, "Sec-Fetch-Site": "same-origin", **headers}
        shown = Visitor().request(method, KEYS, headers=sent)
        assert shown.status in (200, 303)
        assert "evil" not in shown.headers.get("location", "")
        asset = Visitor().request("GET", "/dashboard/assets/x/keystack.css", headers=headers)
        assert asset.status == 404


PATHS = [
    "/dashboard/",
    "/dashboard//",
    "/dashboard//evil.example",
    "/dashboard/%2e%2e/%2e%2e/v1/plans",
    "/dashboard/../v1/plans",
    "/dashboard/assets/../dashboard.py",
    "/dashboard/assets/%2e%2e/%2e%2e%2fdashboard.py",
    "/dashboard/assets/x/..%2f..%2fdashboard.py",
    "/dashboard/%00",
    "/dashboard/%0d%0aSet-Cookie:%20a=b",
    "/dashboard/%ff%fe",
    "/dashboard/%3Cscript%3Ealert(1)%3C/script%3E",
    "/dashboard/settings/api-keys/%3Cscript%3Ealert(1)%3C/script%3E/delete",
    "/dashboard/settings/plans/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/dashboard/settings/plans/%e2%80%ae",
    "/dashboard/" + "x" * 5_000,
    "/dashboard?mode=%3Cscript%3Ealert(1)%3C/script%3E&mode=x",
    "/dashboard/settings/plans?cursor=%ff%00&done=%3Cscript%3E",
    "/dashboard/settings/plans?" + "a=1&" * 2_000,
]


@pytest.mark.parametrize("path", PATHS)
def test_a_hostile_path_gives_a_clear_page(world: World, path: str) -> None:
    for visitor in (Visitor(), sign_in_as("admin")):
        shown = visitor.request("GET", path)
        assert shown.status in (200, 303, 400, 404), shown.status
        assert clear(shown)
        to = shown.headers.get("location", "")
        assert not to or re.fullmatch(r"/dashboard[!-~]*", to), to


def clear(shown: Shown) -> bool:
    """Tell whether a page is one of ours, whole, without a trace and without what was sent as markup."""
    assert shown.headers["content-type"].startswith("text/html")
    for trace in ("Traceback", "Error(", 'File "', "<script>alert"):
        assert trace not in shown.html
    return HtmlPage(shown.html).title.endswith("KeyStack") if shown.status not in (200, 303) else True


def test_a_fault_of_ours_is_a_page_without_a_trace(
    world: World, monkeypatch: pytest.MonkeyPatch, log: LogLines
) -> None:
    visitor = sign_in_as("admin")

    def fail(*_: object) -> None:
        raise ZeroDivisionError("what nobody should read")

    monkeypatch.setattr(api_keys, "list_all", fail)
    shown = visitor.get(KEYS)
    assert (shown.status, shown.page.title) == (500, "KeyStack failed · KeyStack")
    assert "nobody should read" not in shown.html
    assert clear(shown)


def test_while_dynamodb_does_not_answer_the_page_says_so(world: World) -> None:
    visitor = sign_in_as("admin")
    with failing(dynamodb.quick_client()):
        for shown in (visitor.request("GET", KEYS), sent_key(key_of())):
            assert shown.status == 503
            assert "Reload the page in a moment" in shown.text


# ----------------------------------------------------- a custom domain's mapping


@pytest.mark.parametrize("base", ["/licensing", "/a/b", "/dashboard", "/v1"])
def test_everything_works_behind_a_mapping_path(world: World, base: str) -> None:
    asked = answer_to(event_of("GET", KEYS, base=base))
    to = urlsplit(asked["headers"]["Location"])
    assert (to.path, parse_qs(to.query)) == (f"{base}{SIGN_IN}", {"back": [base + KEYS]})
    page = HtmlPage(html_of(answer_to(event_of("GET", f"{SIGN_IN}?{to.query}", base=base))))
    form = page.form("/sign-in")
    assert (form.action, form.fields["back"]) == (base + SIGN_IN, base + KEYS)

    body = urlencode({**form.fields, "api_key": key_of()})
    signed_in = answer_to(event_of("POST", SIGN_IN, body, base=base))
    assert (signed_in["statusCode"], signed_in["headers"]["Location"]) == (303, base + KEYS)
    cookies = [each.partition(";")[0] for each in signed_in["cookies"]]

    html = html_of(answer_to(event_of("GET", KEYS, base=base, cookies=cookies)))
    addresses = re.findall(r'(?:href|src|action)="([^"#][^"]*)"', html)
    assert len(addresses) > 15
    assert [each for each in addresses if not each.startswith(f"{base}/dashboard")] == []
    for asset in (each for each in addresses if "/assets/" in each):
        assert answer_to(event_of("GET", asset.removeprefix(base), base=base))["statusCode"] == 200
    for link in sorted({each for each in addresses if "/assets/" not in each and "sign-out" not in each}):
        answer = answer_to(event_of("GET", link.removeprefix(base), base=base, cookies=cookies))
        assert answer["statusCode"] in (200, 303, 404), link  # 404: a page that is not built yet
        assert answer["headers"].get("Location", base).startswith(base)


def test_back_to_a_page_outside_of_the_mapping_is_refused(world: World) -> None:
    body = urlencode({"back": KEYS, "api_key": key_of()})
    signed_in = answer_to(event_of("POST", SIGN_IN, body, base="/licensing"))
    assert signed_in["headers"]["Location"] == "/licensing/dashboard"


def html_of(answer: Any) -> str:
    assert answer["statusCode"] == 200, answer
    return str(answer["body"])


def parts_of(address: str) -> tuple[str, dict[str, list[str]]]:
    return urlsplit(address).path, parse_qs(urlsplit(address).query)
