"""HTTP of thresholds, what runs low, and ordering it again."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import low_stock as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE
from tradewind.services.inventory.shapes.low_stock import (
    Proposals,
    Reorder,
    Reordered,
    ReorderQuery,
    Threshold,
    ThresholdDraft,
    ThresholdName,
    ThresholdQuery,
)
from tradewind.services.inventory.use_cases.remove_threshold import remove_threshold
from tradewind.services.inventory.use_cases.reorder_stock import reorder_stock
from tradewind.services.inventory.use_cases.set_threshold import set_threshold


async def list_thresholds(deps: Deps, call: Call[None, ThresholdQuery]) -> Page[Threshold]:
    return await queries.thresholds(deps, deps.db, call.query)


async def put_threshold(deps: Deps, call: Call[ThresholdDraft, None]) -> Threshold:
    return await set_threshold(deps, call.body, call.once)


async def delete_threshold(deps: Deps, call: Call[None, ThresholdName]) -> None:
    await remove_threshold(deps, call.query, call.once)


async def list_reorder_proposals(deps: Deps, call: Call[None, ReorderQuery]) -> Proposals:
    return Proposals(await queries.proposals(deps, deps.db, call.query.warehouse))


async def post_reorder(deps: Deps, call: Call[Reorder, None]) -> Reordered:
    return await reorder_stock(deps, call.body, call.principal.name, call.once)


ROUTES = (
    Route(
        "GET",
        "/v1/stock-thresholds",
        list_thresholds,
        READ,
        "From when SKUs are low, and which are",
        answer=Page[Threshold],
        query=ThresholdQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "PUT",
        "/v1/stock-thresholds",
        put_threshold,
        WRITE,
        "Say from when a SKU is low: pieces, or days of recent sales",
        answer=Threshold,
        body=ThresholdDraft,
        errors=((Invalid, "warehouse_unknown"),),
        example={"sku": "VASE-CLAY-S", "minimum": 10, "cover_days": 14, "target_days": 45},
    ),
    Route(
        "DELETE",
        "/v1/stock-thresholds",
        delete_threshold,
        WRITE,
        "No longer watch a SKU",
        query=ThresholdName,
        status=204,
        errors=((NotFound, "threshold_not_found"), (Invalid, "invalid_parameter")),
    ),
    Route(
        "GET",
        "/v1/reorder-proposals",
        list_reorder_proposals,
        READ,
        "What to order, how much of it, and from whom; the most urgent first",
        answer=Proposals,
        query=ReorderQuery,
        errors=((Invalid, "invalid_parameter"),),
    ),
    Route(
        "POST",
        "/v1/reorders",
        post_reorder,
        WRITE,
        "Draft purchase orders of what is proposed, one for each supplier and warehouse",
        answer=Reordered,
        body=Reorder,
        status=201,
        errors=((Conflict, "nothing_to_reorder"), (Conflict, "supplier_inactive")),
        example={"warehouse": "BERLIN-1"},
    ),
)
