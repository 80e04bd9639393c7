"""Promotions and their codes over HTTP."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries import promotions as queries
from tradewind.services.order.shapes.promotions import (
    CodeQuery,
    NewCodes,
    NewPromotion,
    PromotionChange,
    PromotionCode,
    PromotionCodes,
    PromotionQuery,
    PromotionView,
)
from tradewind.services.order.use_cases.add_codes import add_codes
from tradewind.services.order.use_cases.change_promotion import archive_promotion, change_promotion
from tradewind.services.order.use_cases.create_promotion import create_promotion


async def get_promotions(deps: Deps, call: Call[None, PromotionQuery]) -> Page[PromotionView]:
    return await queries.list_promotions(deps.db, call.query, deps.clock.now())


async def post_promotion(deps: Deps, call: Call[NewPromotion, None]) -> PromotionView:
    return await create_promotion(deps, call.body, call.once)


async def get_promotion(deps: Deps, call: Call[None, None]) -> PromotionView:
    return await queries.find_promotion(deps.db, call.uuid("promotion_id"))


async def patch_promotion(deps: Deps, call: Call[PromotionChange, None]) -> PromotionView:
    return await change_promotion(deps, call.uuid("promotion_id"), call.body, call.once)


async def post_promotion_archive(deps: Deps, call: Call[None, None]) -> PromotionView:
    return await archive_promotion(deps, call.uuid("promotion_id"), call.once)


async def get_promotion_codes(deps: Deps, call: Call[None, CodeQuery]) -> Page[PromotionCode]:
    return await queries.list_codes(deps.db, call.uuid("promotion_id"), call.query)


async def post_promotion_codes(deps: Deps, call: Call[NewCodes, None]) -> PromotionCodes:
    return await add_codes(deps, call.uuid("promotion_id"), call.body, call.once)


_UNKNOWN: tuple[tuple[Any, str], ...] = ((NotFound, "promotion_not_found"),)
_PARTS: tuple[tuple[Any, str], ...] = (
    (Invalid, "field_missing"),
    (Invalid, "field_not_expected"),
    (Invalid, "currency_unknown"),
    (Invalid, "time_zone_missing"),
    (Invalid, "ends_before_start"),
)
_ARCHIVED = (Conflict, "promotion_archived")

PROMOTION_ROUTES = (
    Route(
        "GET",
        "/v1/promotions",
        get_promotions,
        permission("orders:write"),
        "Promotions",
        answer=Page[PromotionView],
        query=PromotionQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "POST",
        "/v1/promotions",
        post_promotion,
        permission("orders:write"),
        "Offer a promotion",
        answer=PromotionView,
        body=NewPromotion,
        status=201,
        errors=(*_PARTS, (Conflict, "code_exists")),
        example={
            "name": "Welcome",
            "kind": "percentage",
            "basis_points": 1000,
            "codes": ["WELCOME10"],
            "most_uses_each": 1,
        },
    ),
    Route(
        "GET",
        "/v1/promotions/{promotion_id}",
        get_promotion,
        permission("orders:write"),
        "A promotion",
        answer=PromotionView,
        errors=_UNKNOWN,
    ),
    Route(
        "PATCH",
        "/v1/promotions/{promotion_id}",
        patch_promotion,
        permission("orders:write"),
        "Change a promotion",
        answer=PromotionView,
        body=PromotionChange,
        errors=(*_UNKNOWN, *_PARTS, _ARCHIVED, (Conflict, "version_conflict"), (Invalid, "below_uses")),
        example={"active": False},
    ),
    Route(
        "POST",
        "/v1/promotions/{promotion_id}/archive",
        post_promotion_archive,
        permission("orders:write"),
        "End a promotion for good",
        answer=PromotionView,
        errors=_UNKNOWN,
    ),
    Route(
        "GET",
        "/v1/promotions/{promotion_id}/codes",
        get_promotion_codes,
        permission("orders:write"),
        "A promotion's codes",
        answer=Page[PromotionCode],
        query=CodeQuery,
        errors=(*_UNKNOWN, (Invalid, "cursor_invalid")),
    ),
    Route(
        "POST",
        "/v1/promotions/{promotion_id}/codes",
        post_promotion_codes,
        permission("orders:write"),
        "Give a promotion more codes",
        answer=PromotionCodes,
        body=NewCodes,
        status=201,
        errors=(
            *_UNKNOWN,
            _ARCHIVED,
            (Invalid, "field_missing"),
            (Conflict, "promotion_automatic"),
            (Conflict, "code_exists"),
            (Conflict, "codes_exhausted"),
        ),
        example={"count": 200, "prefix": "SPRING-", "most_uses": 1},
    ),
)
