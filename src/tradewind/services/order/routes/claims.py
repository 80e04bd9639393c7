"""Claims over HTTP: made by customers, decided by staff, their replacements shipped."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from tradewind.kernel.http import OWNER, Answer, Call, Route, permission
from tradewind.kernel.pictures import LARGEST_PICTURE_BYTES, PICTURE_ERRORS
from tradewind.ports.blob import BlobsUnavailable
from tradewind.services.order.access import find_claim, find_order
from tradewind.services.order.claim_views import claim_view
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.claims import list_claims
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.claims import (
    Claim,
    ClaimPhoto,
    ClaimQuery,
    Claims,
    ClaimSummary,
    DecideClaim,
    NewClaim,
    ShipReplacement,
)
from tradewind.services.order.shapes.orders import TokenQuery
from tradewind.services.order.store import claim_photos, claims
from tradewind.services.order.use_cases.add_claim_photo import add_claim_photo, remove_claim_photo
from tradewind.services.order.use_cases.decide_claim import decide_claim, ship_replacement
from tradewind.services.order.use_cases.request_claim import cancel_claim, request_claim


async def get_order_claims(deps: Deps, call: Call[None, TokenQuery]) -> Claims:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    staff = call.principal.may("orders:read")
    found = await claims.of_order(deps.db, order.order_id)
    return Claims([claim_view(order, claim, staff=staff) for claim in found])


async def get_claims(deps: Deps, call: Call[None, ClaimQuery]) -> Page[ClaimSummary]:
    return await list_claims(deps.db, call.query)


async def post_claim(deps: Deps, call: Call[NewClaim, TokenQuery]) -> Claim:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await request_claim(deps, call.principal, order, call.body, call.once)


async def post_claim_cancel(deps: Deps, call: Call[None, TokenQuery]) -> Claim:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await cancel_claim(deps, call.principal, order, call.uuid("claim_id"), call.once)


async def post_claim_decision(deps: Deps, call: Call[DecideClaim, None]) -> Claim:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "payments:write")
    return await decide_claim(deps, call.principal, order, call.uuid("claim_id"), call.body, call.once)


async def post_replacement(deps: Deps, call: Call[ShipReplacement, None]) -> Claim:
    order = await find_order(deps, call.uuid("order_id"), call.principal, None, "orders:fulfil")
    return await ship_replacement(deps, call.principal, order, call.uuid("claim_id"), call.body, call.once)


async def post_claim_photo(deps: Deps, call: Call[bytes, TokenQuery]) -> ClaimPhoto:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await add_claim_photo(deps, call.principal, order, call.uuid("claim_id"), call.body, call.once)


async def get_claim_photo(deps: Deps, call: Call[None, TokenQuery]) -> Answer:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    claim = await find_claim(deps.db, order, call.uuid("claim_id"))
    photo = await claim_photos.find(deps.db, claim.claim_id, call.uuid("photo_id"))
    try:
        content = None if photo is None else await deps.blobs.get(photo.blob)
    except BlobsUnavailable as error:
        raise Unavailable("pictures_unavailable", "the picture cannot be read now") from error
    if photo is None or content is None:
        raise NotFound("photo_not_found", "this claim has no such photo")
    return Answer(content, media_type=None if photo.media_type == "image/webp" else photo.media_type)


async def delete_claim_photo(deps: Deps, call: Call[None, TokenQuery]) -> None:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    ids = call.uuid("claim_id"), call.uuid("photo_id")
    return await remove_claim_photo(deps, call.principal, order, *ids, call.once)


CLAIM_ERRORS: tuple[tuple[Any, str], ...] = (*ORDER_ERRORS, (NotFound, "claim_not_found"))
_CLAIM = "/v1/orders/{order_id}/claims/{claim_id}"

CLAIM_ROUTES = (
    Route(
        "GET",
        "/v1/orders/{order_id}/claims",
        get_order_claims,
        OWNER,
        "An order's claims, and what became of them",
        answer=Claims,
        query=TokenQuery,
        errors=ORDER_ERRORS,
    ),
    Route(
        "GET",
        "/v1/claims",
        get_claims,
        permission("orders:read"),
        "Claims of all orders, the newest first",
        answer=Page[ClaimSummary],
        query=ClaimQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/claims",
        post_claim,
        OWNER,
        "Say what arrived damaged, wrong or not at all",
        answer=Claim,
        body=NewClaim,
        query=TokenQuery,
        status=201,
        errors=(*ORDER_ERRORS, (Conflict, "nothing_to_claim")),
        example={
            "kind": "damaged",
            "lines": [{"sku": "ALDEA-CLAY", "quantity": 1}],
            "note": "a crack from rim to foot",
            "evidence": ["https://photos.example/crack.jpg"],
        },
    ),
    Route(
        "POST",
        f"{_CLAIM}/photos",
        post_claim_photo,
        OWNER,
        "Add a photo to a claim: the body is a WebP, PNG or JPEG of up to 5 MB",
        answer=ClaimPhoto,
        body=bytes,
        query=TokenQuery,
        status=201,
        errors=(
            *CLAIM_ERRORS,
            (Conflict, "claim_decided"),
            (Conflict, "too_many_photos"),
            *PICTURE_ERRORS,
            (Unavailable, "pictures_unavailable"),
        ),
        max_body_bytes=LARGEST_PICTURE_BYTES,
        cost=5,
    ),
    Route(
        "GET",
        f"{_CLAIM}/photos/{{photo_id}}",
        get_claim_photo,
        OWNER,
        "A photo of a claim, for its customer and for staff",
        query=TokenQuery,
        media_type="image/webp",
        also=("image/png", "image/jpeg"),
        errors=(*CLAIM_ERRORS, (NotFound, "photo_not_found"), (Unavailable, "pictures_unavailable")),
    ),
    Route(
        "DELETE",
        f"{_CLAIM}/photos/{{photo_id}}",
        delete_claim_photo,
        OWNER,
        "Take a photo of a claim back, before it is decided",
        query=TokenQuery,
        status=204,
        errors=(*CLAIM_ERRORS, (NotFound, "photo_not_found"), (Conflict, "claim_decided")),
    ),
    Route(
        "POST",
        f"{_CLAIM}/cancel",
        post_claim_cancel,
        OWNER,
        "Take a claim back",
        answer=Claim,
        query=TokenQuery,
        errors=(*CLAIM_ERRORS, (Conflict, "claim_decided")),
    ),
    Route(
        "POST",
        f"{_CLAIM}/decide",
        post_claim_decision,
        permission("payments:write"),
        "Decide a claim: money back, a replacement, or neither",
        answer=Claim,
        body=DecideClaim,
        errors=(
            *CLAIM_ERRORS,
            (Conflict, "claim_decided"),
            (Conflict, "order_busy"),
            (Conflict, "order_imported"),
            (Conflict, "too_many_pieces"),
            (Conflict, "nothing_to_refund"),
            (Conflict, "refund_too_large"),
            (Conflict, "payment_disputed"),
            (Conflict, "refund_failed"),
            (Conflict, "out_of_stock"),
            (Invalid, "amount_not_expected"),
        ),
        example={"outcome": "replacement", "message": "Another one is on its way"},
    ),
    Route(
        "POST",
        f"{_CLAIM}/ship",
        post_replacement,
        permission("orders:fulfil"),
        "Send a replacement, free of charge",
        answer=Claim,
        body=ShipReplacement,
        errors=(
            *CLAIM_ERRORS,
            (Conflict, "claim_not_shippable"),
            (Conflict, "stock_not_reserved"),
            (Conflict, "not_released"),
        ),
        example={"carrier": "DHL", "tracking_number": "00340434161094021501"},
    ),
)
