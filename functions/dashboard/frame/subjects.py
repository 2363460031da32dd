"""Where an audit entry's subject is shown: an order, or what is configured (`plan:pro`)."""

from frame.request import Request

PAGES = {
    "plan": "/settings/plans/{}",
    "mapping": "/settings/stripe/rules?target={}",
    "api_key": "/settings/api-keys",
    "session": "/settings/api-keys",
    "sign_in_link": "/settings/api-keys",
}
SETTINGS = {
    "organization": "/settings/organization",
    "stripe-key": "/settings/stripe",
    "webhook-secret": "/settings/stripe",
}


def address_of(request: Request, subject: str) -> str | None:
    """Return the address of a subject's page; None if it has none."""
    kind, colon, name = subject.partition(":")
    if not colon:
        return request.url(f"/orders/{subject}")
    path = SETTINGS.get(name) if kind == "settings" else PAGES.get(kind)
    if path is None:
        return None
    path, _, query = path.format(name).partition("?")
    return request.url(path, **dict([query.split("=", 1)] if query else []))
