"""The stylesheets and scripts. Their paths name what is in them, so a browser may keep each for ever."""

import hashlib
from functools import cache
from pathlib import Path

from keystack.web.cached_files import CachedFile

FOLDER = Path(__file__).parents[1] / "assets"
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
NAMES = {each.name for each in FOLDER.iterdir() if each.suffix in MEDIA_TYPES}


@cache
def path_of(name: str) -> str:
    """Return the path of an asset below the dashboard: `/assets/{hash}/{name}`."""
    return f"/assets/{hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:16]}/{name}"


@cache
def load(path: str) -> CachedFile | None:
    """Load the asset at a path below the dashboard; None if there is none, or if it has changed since."""
    name = path.rpartition("/")[2]
    if name not in NAMES or path_of(name) != path:
        return None
    return CachedFile(MEDIA_TYPES[Path(name).suffix], (FOLDER / name).read_text("utf-8"), FOR_EVER)
