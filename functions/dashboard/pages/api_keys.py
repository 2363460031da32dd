"""Settings → API keys. A key is shown once."""

from aws_lambda_powertools.event_handler import Response
from frame.forms import is_repeated, read_form
from frame.parts import part
from frame.request import Request
from frame.responses import page, redirect
from frame.routes import Pages
from frame.sentences import as_sentence
from keystack.domain.api_keys import Scope
from keystack.errors import ConflictError, InvalidFieldsError, NotFoundError
from keystack.inputs.access import ApiKeyRequest
from keystack.management import api_keys
from keystack.management.api_keys import NewKey

pages = Pages()
PATH = "/settings/api-keys"
SCOPES = {
    Scope.ISSUE: "issue licenses by the API, and nothing else",
    Scope.READ: "see everything, license keys too, and change nothing",
    Scope.ADMIN: "do everything",
}
DONE = {"deleted": "The key is deleted. It is refused within a minute; its sessions here have ended."}


@pages.get(PATH)
def list_keys(request: Request) -> Response[str]:
    """List the keys, with the form for another one."""
    return _list(request, done=DONE.get(request.query.get("done", ""), ""))


@pages.post(PATH)
def create_key(request: Request) -> Response[str]:
    """Make a key and show it, on this page alone."""
    given = {"name": request.form.get("name", "").strip(), "scopes": [request.form.get("scope", "")]}
    try:
        asked = read_form(ApiKeyRequest, given)
    except InvalidFieldsError as error:
        return _list(request, status=422, errors=error.fields)
    if is_repeated(request):
        return _list(request, done="This key was made already, and was shown then. If it is lost, delete it.")
    new = api_keys.create(request.org, asked.name, asked.scopes, request.by, request.now)
    return _list(request, new=new)


@pages.get(PATH + "/<key_id>/delete")
def confirm_delete(request: Request, key_id: str) -> Response[str]:
    """Ask before a key is deleted."""
    return _confirm(request, key_id)


@pages.post(PATH + "/<key_id>/delete")
def delete_key(request: Request, key_id: str) -> Response[str]:
    try:
        api_keys.delete(request.org, key_id, request.by)
    except ConflictError as error:
        return _confirm(request, key_id, as_sentence(error), status=409)
    return redirect(request, request.url(PATH, done="deleted"))


def _confirm(request: Request, key_id: str, error: str = "", status: int = 200) -> Response[str]:
    key = api_keys.find(request.org, key_id)
    if key is None:
        raise NotFoundError("there is no such API key; somebody may have deleted it")
    own = key_id == request.visitor.session.key_id
    return page(request, "api_key_delete.html", status, key=key, own=own, error=error)


def _list(
    request: Request, status: int = 200, done: str = "", new: NewKey | None = None, errors: object = None
) -> Response[str]:
    found = part("The list of keys", lambda: api_keys.list_all(request.org))
    return page(request, "api_keys.html", status, keys=found, scopes=SCOPES, done=done, new=new, errors=errors or {})
