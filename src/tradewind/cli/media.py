"""The demo's pictures, served beside the API: names from a fixed list, kept in memory after the first time."""

from __future__ import annotations

from functools import cache

from tradewind.demo import MEDIA
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Page, Request, Response


def demo_media() -> Page:
    """GET /media/demo/NAME.webp."""

    async def respond(request: Request) -> Response:
        picture = _pictures().get(request.parameters["name"])
        if picture is None:
            raise NotFound("picture_not_found", "there is no such picture")
        headers = [(b"content-type", b"image/webp"), (b"cache-control", b"public, max-age=86400")]
        return Response(200, picture, headers)

    return Page("/media/demo/{name}", respond)


@cache
def _pictures() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in MEDIA.glob("*.webp")}
