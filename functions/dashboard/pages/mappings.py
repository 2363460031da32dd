"""Settings → Billing → Stripe → Price → plan mapping: prices by their names, and what each earns."""

from aws_lambda_powertools.event_handler import Response
from frame.mapping_form import KEYS, NOT_LICENSED, read_mapping
from frame.parts import part
from frame.request import Request
from frame.responses import page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.domain.causes import Cause, CauseKind
from keystack.domain.versions import version_of
from keystack.errors import ChangedError, ConflictError, InvalidFieldsError, NotFoundError
from keystack.management import catalogue
from keystack.management.attention import failed_deliveries
from keystack.management.prices import PriceList, list_mapped, list_prices
from keystack.web.cursors import after_cursor, cursor_after

from pages.rules import PATH as RULES

pages = Pages()
PATH = "/settings/stripe/mappings"
ROWS = 50
REASON = 500  # characters
DONE = {"mapped": "It is mapped. That counts at once.", "deleted": "The mapping is gone."}


@pages.get(PATH)
def list_all(request: Request) -> Response[str]:
    """List prices from Stripe, those without a mapping first; and all that is mapped."""
    return _show(request, done=DONE.get(request.query.get("done", ""), ""))


@pages.post(PATH)
def map_price(request: Request) -> Response[str]:
    """Map a price or product to one plan. If deliveries wait for that, ask whether to replay them."""
    target = request.form.get("target", "").strip()
    form = {**request.form, **({NOT_LICENSED: "on"} if request.form.get("grants.0.plan") == "-" else {})}
    try:
        mapping = read_mapping(form, target)
        catalogue.store_mapping(request.org, mapping, request.by, request.form.get("seen", ""))
    except InvalidFieldsError as error:
        return _show(request, errors=error.fields, status=422)
    except ChangedError:
        return redirect(request, request.url(RULES, target=target, changed=1))
    except ConflictError as error:
        return _show(request, errors={"target": as_sentence(error)}, status=409)
    if _somebody_waits(request, target):
        return redirect(request, request.url("/attention/replay", cause=_cause(target), mapped=1))
    return redirect(request, request.url(PATH, done="mapped"))


@pages.get(PATH + "/<target>/delete")
def confirm_delete(request: Request, target: str) -> Response[str]:
    return _confirm(request, target)


@pages.post(PATH + "/<target>/delete")
def delete_mapping(request: Request, target: str) -> Response[str]:
    reason = request.form.get("reason", "").strip()[:REASON]
    try:
        catalogue.delete_mapping(request.org, target, request.by, request.form.get("seen", ""), reason)
    except ChangedError:
        return _confirm(request, target, "Somebody else changed it after you opened this page. Look at it again.", 409)
    return redirect(request, request.url(PATH, done="deleted"))


def _show(request: Request, done: str = "", errors: object = None, status: int = 200) -> Response[str]:
    after = request.query.get("after") or None
    prices = part("The prices", lambda: list_prices(request.org, request.mode, after))
    if isinstance(prices, PriceList):
        prices.items.sort(key=lambda each: each.mapping is not None)
    mark = after_cursor(request.org, "mappings", request.query.get("cursor", ""))
    mapped = part("What is mapped", lambda: list_mapped(request.org, ROWS, mark))
    return page(
        request,
        "mappings.html",
        status,
        prices=prices,
        mapped=mapped,
        cursor=cursor_after(request.org, "mappings", getattr(mapped, "after", None)),
        plans=part("The plans", lambda: catalogue.plans_to_choose_from(request.org)),
        keys=KEYS[:2],
        done=done,
        errors=errors or {},
    )


def _confirm(request: Request, target: str, error: str = "", status: int = 200) -> Response[str]:
    mapping = catalogue.find_mapping(request.org, target)
    if mapping is None:
        raise NotFoundError(f"there is no mapping of {target}; somebody may have removed it")
    return page(request, "mapping_delete.html", status, mapping=mapping, seen=version_of(mapping), error=error)


def _cause(target: str) -> Cause:
    return Cause(CauseKind.PRODUCT_UNMAPPED if target.startswith("prod_") else CauseKind.PRICE_UNMAPPED, target)


def _somebody_waits(request: Request, target: str) -> bool:
    found = failed_deliveries(request.org, request.mode.livemode)
    return any(each.cause == _cause(target) for each in found.groups)
