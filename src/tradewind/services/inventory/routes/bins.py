"""HTTP of zones, bins, what lies in them, and putting away."""

from __future__ import annotations

from typing import Any

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory import queries as warehouse_queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import bins as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE, named
from tradewind.services.inventory.shapes import WarehouseCode
from tradewind.services.inventory.shapes.bins import (
    Bin,
    BinChange,
    BinCode,
    BinMove,
    BinQuery,
    PlacedQuery,
    PlacedStocks,
    Placement,
    PutAwayQuery,
    PutAwayTask,
    Zone,
    ZoneChange,
    ZoneCode,
    Zones,
)
from tradewind.services.inventory.use_cases.cancel_put_away import cancel_put_away
from tradewind.services.inventory.use_cases.move_bin_stock import move_bin_stock
from tradewind.services.inventory.use_cases.put_away import put_away
from tradewind.services.inventory.use_cases.set_bin import set_bin
from tradewind.services.inventory.use_cases.set_zone import set_zone

NO_WAREHOUSE = (NotFound, "warehouse_not_found")
PLACE_ERRORS = (
    (Invalid, "bin_unknown"),
    (Conflict, "not_unplaced"),
    (Conflict, "bin_inactive"),
    (Conflict, "bin_full"),
)


async def list_zones(deps: Deps, call: Call[None, None]) -> Zones:
    warehouse = await warehouse_queries.warehouse(deps.db, _warehouse(call))
    return Zones(await queries.zones(deps.db, warehouse.code))


async def put_zone(deps: Deps, call: Call[ZoneChange, None]) -> Zone:
    unknown = NotFound("zone_not_found", "there can be no such zone")
    code = named(call.parameters["zone"], ZoneCode, unknown)
    return await set_zone(deps, _warehouse(call), code, call.body, call.once)


async def list_bins(deps: Deps, call: Call[None, BinQuery]) -> Page[Bin]:
    warehouse = await warehouse_queries.warehouse(deps.db, _warehouse(call))
    return await queries.list_bins(deps, warehouse.code, call.query)


async def put_bin(deps: Deps, call: Call[BinChange, None]) -> Bin:
    code = named(call.parameters["bin"], BinCode, NotFound("bin_not_found", "there can be no such bin"))
    return await set_bin(deps, _warehouse(call), code, call.body, call.once)


async def get_bin_stock(deps: Deps, call: Call[None, PlacedQuery]) -> PlacedStocks:
    return PlacedStocks(await queries.placed(deps.db, call.query))


async def post_bin_move(deps: Deps, call: Call[BinMove, None]) -> PlacedStocks:
    return await move_bin_stock(deps, call.body, call.principal.name, call.once)


async def list_put_away(deps: Deps, call: Call[None, PutAwayQuery]) -> Page[PutAwayTask]:
    return await queries.list_tasks(deps, call.query)


async def post_placement(deps: Deps, call: Call[Placement, None]) -> PutAwayTask:
    return await put_away(deps, call.uuid("task_id"), call.body, call.principal.name, call.once)


async def post_put_away_cancellation(deps: Deps, call: Call[None, None]) -> PutAwayTask:
    return await cancel_put_away(deps, call.uuid("task_id"), call.once)


def _warehouse(call: Call[Any, Any]) -> str:
    unknown = NotFound("warehouse_not_found", "there is no such warehouse")
    return named(call.parameters["code"], WarehouseCode, unknown)


ROUTES = (
    Route(
        "GET",
        "/v1/warehouses/{code}/zones",
        list_zones,
        READ,
        "Zones of a warehouse, along a picker's path",
        answer=Zones,
        errors=(NO_WAREHOUSE,),
    ),
    Route(
        "PUT",
        "/v1/warehouses/{code}/zones/{zone}",
        put_zone,
        WRITE,
        "Make or change a zone of a warehouse",
        answer=Zone,
        body=ZoneChange,
        errors=(NO_WAREHOUSE, (NotFound, "zone_not_found")),
        example={"name": "Small parts", "position": 10},
    ),
    Route(
        "GET",
        "/v1/warehouses/{code}/bins",
        list_bins,
        READ,
        "Bins of a warehouse, by their codes",
        answer=Page[Bin],
        query=BinQuery,
        errors=(NO_WAREHOUSE, *LIST_ERRORS),
    ),
    Route(
        "PUT",
        "/v1/warehouses/{code}/bins/{bin}",
        put_bin,
        WRITE,
        "Make or change a bin of a warehouse",
        answer=Bin,
        body=BinChange,
        errors=(NO_WAREHOUSE, (NotFound, "bin_not_found"), (Invalid, "zone_unknown")),
        example={"zone": "A", "kind": "pick", "position": 10, "capacity": 200},
    ),
    Route(
        "GET",
        "/v1/bin-stock",
        get_bin_stock,
        READ,
        "What lies in which bin of a warehouse, and what lies in none",
        answer=PlacedStocks,
        query=PlacedQuery,
        errors=((Invalid, "invalid_parameter"),),
    ),
    Route(
        "POST",
        "/v1/bin-moves",
        post_bin_move,
        WRITE,
        "Carry pieces from bin to bin, into one, or out of all",
        answer=PlacedStocks,
        body=BinMove,
        errors=((Invalid, "same_bin"), (Conflict, "not_in_bin"), *PLACE_ERRORS),
        example={"warehouse": "BERLIN-1", "sku": "VASE-CLAY-S", "quantity": 6, "to_bin": "A-01-3"},
    ),
    Route(
        "GET",
        "/v1/put-away",
        list_put_away,
        READ,
        "What came in and wants a bin, oldest first",
        answer=Page[PutAwayTask],
        query=PutAwayQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/put-away/{task_id}/placements",
        post_placement,
        WRITE,
        "Put pieces of a task into a bin",
        answer=PutAwayTask,
        body=Placement,
        errors=(
            (NotFound, "task_not_found"),
            (Conflict, "task_not_open"),
            (Conflict, "more_than_task"),
            *PLACE_ERRORS,
        ),
        example={"bin": "A-01-3", "quantity": 24},
    ),
    Route(
        "POST",
        "/v1/put-away/{task_id}/cancellation",
        post_put_away_cancellation,
        WRITE,
        "A task of putting away is not needed",
        answer=PutAwayTask,
        errors=((NotFound, "task_not_found"), (Conflict, "task_not_open")),
    ),
)
