"""Search: one box for everything, which lands on the thing itself."""

from aws_lambda_powertools.event_handler import Response
from frame.request import Request
from frame.responses import page, redirect
from frame.routes import Pages
from keystack.domain.timeline import words_of_fact
from keystack.management.find import find
from keystack.management.find_results import Found, NotFound, Several, Thing, Unanswered, Waiting

pages = Pages()
LONGEST = 500  # characters that are looked for
PATHS = {
    Thing.LICENSE: "/licenses/{}",
    Thing.ORDER: "/orders/{}",
    Thing.CUSTOMER: "/customers/{}",
    Thing.DELIVERY: "/settings/webhooks/deliveries/{}",
}


@pages.get("/search")
def search(request: Request) -> Response[str]:
    typed = request.query.get("q", "").strip()
    if not typed:
        return redirect(request, request.url("/licenses"))
    result = find(request.org, typed[:LONGEST])
    match result:
        case Found():
            return redirect(request, _address(request, result))
        case Several():
            links = [(each, _address(request, each)) for each in result.found]
            return _show(request, "Several were found", links=links)
        case Waiting():
            facts = [(fact.at, words_of_fact(fact)) for fact in result.facts.values()]
            return _show(request, "Known, but its order is not there yet", waiting=result.reference, facts=facts)
        case NotFound():
            return _show(request, "Nothing was found", sentences=[result.tried, result.hint], status=404)
        case Unanswered():
            return _show(request, "That is not known", sentences=[result.reason], status=404)


def _address(request: Request, found: Found) -> str:
    """Return the page of what was found."""
    return request.url(PATHS[found.thing].format(found.id))


def _show(request: Request, title: str, status: int = 200, **values: object) -> Response[str]:
    shown = {"links": [], "waiting": "", "facts": [], "sentences": [], **values}
    typed = request.query.get("q", "").strip()[:LONGEST]
    return page(request, "search.html", status, title=title, search_text=typed, **shown)
