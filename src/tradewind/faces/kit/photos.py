"""Photos of claims: handed through to who may see them, and from who gives them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tradewind.faces.kit.visit import Visit
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Response
from tradewind.kernel.pictures import LARGEST_PICTURE_BYTES

_NO_STORE = (b"cache-control", b"no-store")


async def show_photo(visit: Visit, query: Mapping[str, str]) -> Response:
    answer = await visit.api.exchange("GET", f"{_photos(visit)}/{_id(visit, 'photo_id')}", query=query)
    return visit.answer(Response(answer.status, answer.body, [_media_type(answer), _NO_STORE]))


async def take_photo(visit: Visit, query: Mapping[str, str]) -> Response:
    """The bytes, as a script sends them; answered as the platform answers. Raises TooLarge."""
    await visit.request.read(LARGEST_PICTURE_BYTES)
    key = visit.request.header(b"idempotency-key")
    answer = await visit.api.exchange(
        "POST", _photos(visit), visit.request.body, key=key, query=query, content_type="image/*"
    )
    return visit.answer(Response(answer.status, answer.body, [_media_type(answer), _NO_STORE]))


def _media_type(answer: Response) -> tuple[bytes, bytes]:
    found = next((value for name, value in answer.headers if name == b"content-type"), b"application/json")
    return (b"content-type", found)


def _photos(visit: Visit) -> str:
    return f"/v1/orders/{_id(visit, 'order_id')}/claims/{_id(visit, 'claim_id')}/photos"


def _id(visit: Visit, name: str) -> str:
    try:
        return str(UUID(visit.parameter(name)))
    except ValueError:
        raise NotFound("photo_not_found", "there is no such photo") from None
