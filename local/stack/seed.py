"""The sample organization: acme.json, handed to the stack's own OrganizationsFunction as an operator would."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from local.settings import Settings, StartError
from local.stack.functions import Functions

HERE = Path(__file__).parent
FUNCTION = "OrganizationsFunction"


@dataclass(frozen=True)
class Seeded:
    org: str
    webhook_secret: str
    api_key: str


def seed(functions: Functions, settings: Settings, url: str) -> Seeded:
    """Create the sample organization with secrets of its own; StartError if it is refused."""
    document = json.loads((HERE / "acme.json").read_text())
    webhook_secret = "whsec_" + secrets.token_urlsafe(24)
    if urlsplit(url).hostname in ("127.0.0.1", "localhost"):  # from elsewhere mails show https logos only
        document["branding"]["logo_url"] = f"{url}/local/logo.svg"
    document["webhook_secrets"] = [webhook_secret]
    document["stripe_keys"] = [settings.stripe_api_key] if settings.stripe_api_key else _random_keys()
    answer = functions.invoke(FUNCTION, document)
    if not isinstance(answer, dict) or "api_key" not in answer:
        raise StartError(f"The sample organization (local/stack/acme.json) was refused: {answer}")
    return Seeded(str(answer["org"]), webhook_secret, str(answer["api_key"]))


def _random_keys() -> list[str]:
    return [f"rk_{mode}_{secrets.token_hex(16)}" for mode in ("test", "live")]
