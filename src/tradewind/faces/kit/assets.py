"""Styles, scripts and fonts, read once and served for ever: their address names their content.

All live under one digest, so that a style finds its fonts and a script its modules by relative names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Page, Request, Response

FACES = Path(__file__).parent.parent
FOLDERS = (
    FACES / "kit/static/vendor",
    FACES / "kit/static",
    FACES / "storefront/static",
    FACES / "backoffice/static",
)
TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".webp": b"image/webp",
    ".woff2": b"font/woff2",
}


@cache
def contents() -> Mapping[str, bytes]:
    """By file name, which no two of them share."""
    found: dict[str, bytes] = {}
    for folder in FOLDERS:
        for path in sorted(folder.iterdir()):
            if path.suffix in TYPES:
                assert path.name not in found, f"two assets are named {path.name}"
                found[path.name] = path.read_bytes()
    return found


@cache
def digest() -> str:
    whole = hashlib.sha256()
    for name, content in sorted(contents().items()):
        whole.update(f"{name} {len(content)}\n".encode() + content)
    return whole.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of one. Raises KeyError for a name that is none: a page never links to what is missing."""
    contents()[name]
    return f"/assets/{digest()}/{name}"


async def _respond(request: Request) -> Response:
    name = request.parameters["name"]
    content = contents().get(name)
    if content is None:
        raise NotFound("asset_not_found", f"there is no asset {name}")
    known = request.parameters["digest"] == digest()
    lasting = b"public, max-age=31536000, immutable" if known else b"no-cache"
    tag = f'"{digest()}-{name}"'.encode()
    headers = [(b"content-type", TYPES[Path(name).suffix]), (b"cache-control", lasting), (b"etag", tag)]
    if tag in request.headers.get(b"if-none-match", b""):
        return Response(304, b"", headers[1:])
    return Response(200, content, headers)


PAGE = Page("/assets/{digest}/{name}", _respond)
