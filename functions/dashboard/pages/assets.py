"""The stylesheets and scripts, which a browser loads once and keeps."""

from aws_lambda_powertools.event_handler import Response
from frame import assets
from frame.access import Access
from frame.request import Request
from frame.routes import Pages
from keystack.errors import NotFoundError

pages = Pages()


@pages.get("/assets/<digest>/<name>", Access.NOBODY)
def get_asset(request: Request, digest: str, name: str) -> Response[str]:
    found = assets.load(request.path)
    if found is None:
        raise NotFoundError("this file is of another version of KeyStack: reload the page")
    response = found.response(request.headers)
    response.compress = False  # it was, once for all
    return response
