"""HTTP of warehouses, stock, its ledger and what is held of it."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page, Sku
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import PUBLIC, Call, Route
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import past
from tradewind.services.inventory.routes.paths import READ, WRITE, named
from tradewind.services.inventory.shapes import (
    Adjustment,
    Availabilities,
    Availability,
    AvailabilityQuery,
    Hold,
    Movement,
    MovementQuery,
    Receipt,
    ReceiptDraft,
    Reservation,
    ReservationQuery,
    StockCounts,
    StockCountsQuery,
    StockLevel,
    StockOfSku,
    StockOfSkuQuery,
    StockQuery,
    Warehouse,
    WarehouseChange,
    WarehouseCode,
    WarehouseDraft,
    WarehouseQuery,
)
from tradewind.services.inventory.use_cases.adjust_stock import adjust_stock
from tradewind.services.inventory.use_cases.create_warehouse import create_warehouse
from tradewind.services.inventory.use_cases.hold_stock import hold_stock
from tradewind.services.inventory.use_cases.receive_stock import receive_stock
from tradewind.services.inventory.use_cases.release_hold import release_hold
from tradewind.services.inventory.use_cases.update_warehouse import update_warehouse


async def list_warehouses(deps: Deps, call: Call[None, WarehouseQuery]) -> Page[Warehouse]:
    return await queries.list_warehouses(deps, call.query)


async def post_warehouse(deps: Deps, call: Call[WarehouseDraft, None]) -> Warehouse:
    return await create_warehouse(deps, call.body, call.once)


async def get_warehouse(deps: Deps, call: Call[None, None]) -> Warehouse:
    return await queries.warehouse(deps.db, _warehouse_code(call))


async def patch_warehouse(deps: Deps, call: Call[WarehouseChange, None]) -> Warehouse:
    return await update_warehouse(deps, _warehouse_code(call), call.body, call.once)


async def list_stock(deps: Deps, call: Call[None, StockQuery]) -> Page[StockLevel]:
    return await queries.list_stock(deps, call.query)


async def get_stock_counts(deps: Deps, call: Call[None, StockCountsQuery]) -> StockCounts:
    return await queries.stock_counts(deps, call.query.low_below)


async def get_stock(deps: Deps, call: Call[None, StockOfSkuQuery]) -> StockOfSku:
    unknown = NotFound("sku_not_found", "no warehouse has had this SKU")
    sku = named(call.parameters["sku"], Sku, unknown)
    if call.query.as_of is not None:
        return await past.stock_as_of(deps, sku, call.query.as_of)
    return await queries.stock_of_sku(deps, sku)


async def post_adjustment(deps: Deps, call: Call[Adjustment, None]) -> StockLevel:
    return await adjust_stock(deps, call.body, call.principal.name, call.once)


async def post_receipt(deps: Deps, call: Call[ReceiptDraft, None]) -> Receipt:
    return await receive_stock(deps, call.body, call.principal.name, call.once)


async def list_movements(deps: Deps, call: Call[None, MovementQuery]) -> Page[Movement]:
    return await queries.list_movements(deps, call.query)


async def get_availability(deps: Deps, call: Call[None, AvailabilityQuery]) -> Availabilities:
    skus = [call.query.sku] if isinstance(call.query.sku, str) else call.query.sku
    found = await queries.availability(deps, skus)
    return Availabilities([Availability.of(one) for one in found])


async def list_reservations(deps: Deps, call: Call[None, ReservationQuery]) -> Page[Reservation]:
    return await queries.list_reservations(deps, call.query)


async def post_reservation(deps: Deps, call: Call[Hold, None]) -> Reservation:
    return await hold_stock(deps, call.body, call.principal.name, call.once)


async def get_reservation(deps: Deps, call: Call[None, None]) -> Reservation:
    return await queries.reservation(deps.db, call.uuid("owner_id"))


async def delete_reservation(deps: Deps, call: Call[None, None]) -> None:
    await release_hold(deps, call.uuid("owner_id"), call.principal.name, call.once)


def _warehouse_code(call: Call[Any, None]) -> str:
    code = call.parameters["code"]
    return named(code, WarehouseCode, NotFound("warehouse_not_found", "there is no such warehouse"))


ROUTES = (
    Route(
        "GET",
        "/v1/warehouses",
        list_warehouses,
        READ,
        "Warehouses, in the order that stock is allocated from",
        answer=Page[Warehouse],
        query=WarehouseQuery,
        errors=((Invalid, "invalid_parameter"), (Invalid, "cursor_invalid")),
    ),
    Route(
        "POST",
        "/v1/warehouses",
        post_warehouse,
        WRITE,
        "Create a warehouse",
        answer=Warehouse,
        body=WarehouseDraft,
        status=201,
        errors=((Conflict, "warehouse_exists"),),
        example={"code": "BERLIN-1", "name": "Berlin, Westhafen", "country": "DE", "priority": 10},
    ),
    Route(
        "GET",
        "/v1/warehouses/{code}",
        get_warehouse,
        READ,
        "One warehouse",
        answer=Warehouse,
        errors=((NotFound, "warehouse_not_found"),),
    ),
    Route(
        "PATCH",
        "/v1/warehouses/{code}",
        patch_warehouse,
        WRITE,
        "Change a warehouse; an inactive one is not allocated from",
        answer=Warehouse,
        body=WarehouseChange,
        errors=((NotFound, "warehouse_not_found"), (Invalid, "nothing_to_change")),
        example={"priority": 20, "active": False},
    ),
    Route(
        "GET",
        "/v1/stock",
        list_stock,
        READ,
        "Stock by SKU and warehouse",
        answer=Page[StockLevel],
        query=StockQuery,
        errors=((Invalid, "invalid_parameter"), (Invalid, "cursor_invalid")),
    ),
    Route(
        "GET",
        "/v1/stock/counts",
        get_stock_counts,
        READ,
        "How many SKUs are low, and how many are out of stock",
        answer=StockCounts,
        query=StockCountsQuery,
        errors=((Invalid, "invalid_parameter"),),
    ),
    Route(
        "GET",
        "/v1/stock/{sku}",
        get_stock,
        READ,
        "Stock of one SKU in all warehouses; a SKU with a slash in it is asked of /v1/stock?sku=",
        answer=StockOfSku,
        query=StockOfSkuQuery,
        errors=(
            (NotFound, "sku_not_found"),
            (Invalid, "invalid_parameter"),
            (Invalid, "as_of_in_the_future"),
        ),
    ),
    Route(
        "POST",
        "/v1/stock/adjustments",
        post_adjustment,
        WRITE,
        "Correct what is on hand by some pieces more or fewer",
        answer=StockLevel,
        body=Adjustment,
        status=201,
        errors=(
            (Invalid, "warehouse_unknown"),
            (Invalid, "quantity_zero"),
            (Invalid, "lot_required"),
            (Invalid, "lot_not_tracked"),
            (Invalid, "serial_one_piece"),
            (Conflict, "serial_exists"),
            (Conflict, "below_reserved"),
            (Conflict, "on_hand_too_large"),
            (Conflict, "approval_needed"),
            (Conflict, "expiry_differs"),
            (Invalid, "field_not_expected"),
        ),
        example={"sku": "VASE-CLAY-S", "warehouse": "BERLIN-1", "quantity": -2, "reason": "broken"},
    ),
    Route(
        "POST",
        "/v1/stock/receipts",
        post_receipt,
        WRITE,
        "Receive a delivery; the same reference is received once",
        answer=Receipt,
        body=ReceiptDraft,
        status=201,
        errors=(
            (Invalid, "warehouse_unknown"),
            (Invalid, "lot_required"),
            (Invalid, "lot_not_tracked"),
            (Invalid, "serial_one_piece"),
            (Conflict, "serial_exists"),
            (Conflict, "expiry_differs"),
            (Conflict, "receipt_exists"),
            (Conflict, "on_hand_too_large"),
        ),
        example={
            "reference": "DN-2026-0417",
            "lines": [{"sku": "VASE-CLAY-S", "warehouse": "BERLIN-1", "quantity": 40}],
        },
    ),
    Route(
        "GET",
        "/v1/stock/movements",
        list_movements,
        READ,
        "The ledger of stock, newest first",
        answer=Page[Movement],
        query=MovementQuery,
        errors=((Invalid, "invalid_parameter"), (Invalid, "cursor_invalid")),
    ),
    Route(
        "GET",
        "/v1/availability",
        get_availability,
        PUBLIC,
        "How many of each SKU can be bought; repeat `sku` for several",
        answer=Availabilities,
        query=AvailabilityQuery,
        errors=((Invalid, "invalid_parameter"),),
    ),
    Route(
        "GET",
        "/v1/reservations",
        list_reservations,
        READ,
        "Who holds stock, newest first: orders and holds",
        answer=Page[Reservation],
        query=ReservationQuery,
        errors=((Invalid, "invalid_parameter"), (Invalid, "cursor_invalid")),
    ),
    Route(
        "POST",
        "/v1/reservations",
        post_reservation,
        WRITE,
        "Hold stock for a while; all lines or nothing, and once an owner_id",
        answer=Reservation,
        body=Hold,
        status=201,
        errors=(
            (Conflict, "out_of_stock"),
            (Conflict, "reservation_closed"),
            (Conflict, "reservation_exists"),
        ),
        example={"lines": [{"sku": "VASE-CLAY-S", "quantity": 2}], "expires_in_seconds": 900},
    ),
    Route(
        "GET",
        "/v1/reservations/{owner_id}",
        get_reservation,
        READ,
        "One reservation",
        answer=Reservation,
        errors=((NotFound, "reservation_not_found"),),
    ),
    Route(
        "DELETE",
        "/v1/reservations/{owner_id}",
        delete_reservation,
        WRITE,
        "End a hold; what an order holds ends with the order",
        status=204,
        errors=((NotFound, "reservation_not_found"), (Conflict, "reservation_of_order")),
    ),
)
