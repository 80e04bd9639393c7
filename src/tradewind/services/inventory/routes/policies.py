"""HTTP of what makes SKUs and warehouses special: policies, bundles, lots, back-orders, states, regions."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import PUBLIC, Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import policies as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE, warehouse_code
from tradewind.services.inventory.shapes import Reservation, StockLevel
from tradewind.services.inventory.shapes.policies import (
    Backorder,
    BackorderQuery,
    BundleInput,
    LotLevel,
    LotQuery,
    MoveInput,
    PickupPoints,
    PickupQuery,
    Policy,
    PolicyInput,
    PolicyQuery,
    Prolonged,
    Regions,
    SafetyStock,
)
from tradewind.services.inventory.use_cases.define_bundle import define_bundle
from tradewind.services.inventory.use_cases.move_stock import move_stock
from tradewind.services.inventory.use_cases.prolong_reservation import prolong_reservation
from tradewind.services.inventory.use_cases.set_policy import set_policy
from tradewind.services.inventory.use_cases.set_regions import set_regions
from tradewind.services.inventory.use_cases.set_safety_stock import set_safety_stock

MOVE_ERRORS = (
    (Invalid, "warehouse_unknown"),
    (Invalid, "lot_required"),
    (Invalid, "lot_not_tracked"),
    (Invalid, "serial_one_piece"),
    (Conflict, "serial_exists"),
    (Conflict, "on_hand_too_large"),
)


async def list_policies(deps: Deps, call: Call[None, PolicyQuery]) -> Page[Policy]:
    return await queries.list_policies(deps, call.query)


async def put_policy(deps: Deps, call: Call[PolicyInput, None]) -> Policy:
    return await set_policy(deps, call.body, call.once)


async def put_bundle(deps: Deps, call: Call[BundleInput, None]) -> Policy:
    return await define_bundle(deps, call.body, call.once)


async def list_lots(deps: Deps, call: Call[None, LotQuery]) -> Page[LotLevel]:
    return await queries.list_lots(deps, call.query)


async def list_backorders(deps: Deps, call: Call[None, BackorderQuery]) -> Page[Backorder]:
    return await queries.list_backorders(deps, call.query)


async def post_move(deps: Deps, call: Call[MoveInput, None]) -> StockLevel:
    return await move_stock(deps, call.body, call.principal.name, call.once)


async def put_safety_stock(deps: Deps, call: Call[SafetyStock, None]) -> StockLevel:
    return await set_safety_stock(deps, call.body, call.principal.name, call.once)


async def get_regions(deps: Deps, call: Call[None, None]) -> Regions:
    return await queries.regions(deps.db, _code(call))


async def put_regions(deps: Deps, call: Call[Regions, None]) -> Regions:
    return await set_regions(deps, _code(call), call.body, call.once)


async def get_pickup_points(deps: Deps, call: Call[None, PickupQuery]) -> PickupPoints:
    skus = [call.query.sku] if isinstance(call.query.sku, str) else call.query.sku
    return await queries.pickup_points(deps, skus)


async def post_prolong(deps: Deps, call: Call[Prolonged, None]) -> Reservation:
    return await prolong_reservation(deps, call.uuid("owner_id"), call.body.expires_in_seconds, call.once)


def _code(call: Call[Any, None]) -> str:
    return warehouse_code(call.parameters["code"])


ROUTES = (
    Route(
        "GET",
        "/v1/stock/policies",
        list_policies,
        READ,
        "SKUs that are special: kept by lot, sold beyond what is there, bundles",
        answer=Page[Policy],
        query=PolicyQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "PUT",
        "/v1/stock/policies",
        put_policy,
        WRITE,
        "Set the policy of a SKU",
        answer=Policy,
        body=PolicyInput,
        errors=(
            (Invalid, "released_at_required"),
            (Invalid, "released_at_passed"),
            (Invalid, "limit_required"),
            (Conflict, "sku_is_bundle"),
            (Conflict, "stock_is_there"),
        ),
        example={
            "sku": "VASE-CLAY-S",
            "sell_beyond": "backorder",
            "limit": 50,
            "expected_at": "2027-01-15T00:00:00Z",
        },
    ),
    Route(
        "PUT",
        "/v1/stock/bundles",
        put_bundle,
        WRITE,
        "Define a bundle by its parts; without parts it is none any more",
        answer=Policy,
        body=BundleInput,
        errors=(
            (Invalid, "part_repeated"),
            (Invalid, "part_is_bundle"),
            (Conflict, "sku_not_plain"),
            (Conflict, "sku_is_part"),
            (Conflict, "stock_is_there"),
        ),
        example={"sku": "TEA-SET", "parts": [{"sku": "POT", "quantity": 1}, {"sku": "CUP", "quantity": 4}]},
    ),
    Route(
        "GET",
        "/v1/stock/lots",
        list_lots,
        READ,
        "Lots and serial numbers that are in stock",
        answer=Page[LotLevel],
        query=LotQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "GET",
        "/v1/stock/backorders",
        list_backorders,
        READ,
        "Who waits for what, the oldest first",
        answer=Page[Backorder],
        query=BackorderQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/stock/moves",
        post_move,
        WRITE,
        "Say what became of pieces: damaged, repaired, held, released, written off",
        answer=StockLevel,
        body=MoveInput,
        status=201,
        errors=(
            *MOVE_ERRORS,
            (Invalid, "from_state_invalid"),
            (Conflict, "below_reserved"),
            (Conflict, "not_there"),
            (Conflict, "approval_needed"),
        ),
        example={
            "sku": "VASE-CLAY-S",
            "warehouse": "BERLIN-1",
            "kind": "damage",
            "quantity": 2,
            "reason": "fell off the shelf",
        },
    ),
    Route(
        "PUT",
        "/v1/stock/safety",
        put_safety_stock,
        WRITE,
        "Keep so many pieces back",
        answer=StockLevel,
        body=SafetyStock,
        errors=((Invalid, "warehouse_unknown"),),
        example={"sku": "VASE-CLAY-S", "warehouse": "BERLIN-1", "quantity": 2},
    ),
    Route(
        "GET",
        "/v1/warehouses/{code}/regions",
        get_regions,
        READ,
        "Which addresses a warehouse is near to",
        answer=Regions,
        errors=((NotFound, "warehouse_not_found"),),
    ),
    Route(
        "PUT",
        "/v1/warehouses/{code}/regions",
        put_regions,
        WRITE,
        "Set which addresses a warehouse is near to",
        answer=Regions,
        body=Regions,
        errors=((NotFound, "warehouse_not_found"), (Invalid, "region_repeated")),
        example={"items": [{"country": "DE", "postal_prefix": "1", "distance": 10}]},
    ),
    Route(
        "GET",
        "/v1/pickup-points",
        get_pickup_points,
        PUBLIC,
        "Where customers collect, and how many of each SKU are there; repeat `sku` for several",
        answer=PickupPoints,
        query=PickupQuery,
        errors=((Invalid, "invalid_parameter"),),
    ),
    Route(
        "POST",
        "/v1/reservations/{owner_id}/prolong",
        post_prolong,
        WRITE,
        "Let a hold last longer; what an order holds lasts as long as the order",
        answer=Reservation,
        body=Prolonged,
        errors=(
            (NotFound, "reservation_not_found"),
            (Conflict, "reservation_closed"),
            (Conflict, "reservation_of_order"),
        ),
        example={"expires_in_seconds": 900},
    ),
)
