"""The OpenAPI document, generated from the code that validates, and a page to try it. Neither needs a key.

They are the largest responses and anybody may request them: each is made once, compressed once and cached.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi import swagger_ui
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server
from keystack.web.base_paths import BASE_PATH
from keystack.web.cached_files import CachedFile
from routing import BEARER

OPENAPI, DOCS = "/v1/openapi.json", "/v1/docs"
MAX_BASE_PATHS = 4  # of which documents are kept; a deployment has one or two
INFO: dict[str, Any] = {
    "title": "KeyStack for Stripe",
    "version": "1",
    "description": "Licenses for what customers buy through Stripe. Errors are problem details (RFC 9457).",
    "security_schemes": {BEARER: HTTPBearer(bearerFormat="ks_{org}_{id}_{secret}")},
}
UNUSED_SCHEMAS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")  # Powertools names them

# The page contains its scripts and styles: the browser must load nothing from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def add_documents(app: APIGatewayHttpResolver) -> None:
    """Give `app`, with all its routes, the document and the page."""

    @lru_cache(MAX_BASE_PATHS)
    def document(base_path: str) -> CachedFile:
        whole = json.loads(app.get_openapi_json_schema(servers=[Server(url=base_path or "/")], **INFO))
        for name in UNUSED_SCHEMAS:
            whole["components"]["schemas"].pop(name, None)
        return CachedFile("application/json", json.dumps(whole))

    @lru_cache(MAX_BASE_PATHS)
    def page(base_path: str) -> CachedFile:
        files = Path(swagger_ui.__file__).parent
        script, style = ((files / f"swagger-ui{end}").read_text("utf-8") for end in ("-bundle.min.js", ".min.css"))
        specification = document(base_path).text.replace("</", "<\\/")  # it must not close the script around it
        html = swagger_ui.generate_swagger_html(specification, script, style, "", None)
        return CachedFile("text/html", html, {"Content-Security-Policy": CONTENT_SECURITY_POLICY})

    @app.get(OPENAPI, include_in_schema=False)
    def get_openapi() -> Response[Any]:
        return answer(document)

    @app.get(DOCS, include_in_schema=False)
    def get_docs() -> Response[Any]:
        wants_json = (app.current_event.query_string_parameters or {}).get("format") == "json"  # the page's own link
        return answer(document if wants_json else page)

    def answer(file_for: Any) -> Response[Any]:
        event = app.current_event
        file: CachedFile = file_for(event.raw_event[BASE_PATH])
        return file.response(event.headers)
