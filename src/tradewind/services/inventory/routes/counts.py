"""HTTP of cycle counts."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import counts as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE
from tradewind.services.inventory.shapes.counts import (
    CountPlan,
    CountQuery,
    CountSummary,
    CycleCount,
    Recount,
    Tally,
)
from tradewind.services.inventory.shapes.documents import WithReason
from tradewind.services.inventory.use_cases.approve_count import approve_count
from tradewind.services.inventory.use_cases.cancel_count import cancel_count
from tradewind.services.inventory.use_cases.plan_count import plan_count
from tradewind.services.inventory.use_cases.repeat_count import repeat_count
from tradewind.services.inventory.use_cases.tally_count import tally_count

UNKNOWN = (NotFound, "count_not_found")
STATE = (Conflict, "state_conflict")


async def list_counts(deps: Deps, call: Call[None, CountQuery]) -> Page[CountSummary]:
    return await queries.list_counts(deps, call.query)


async def post_count(deps: Deps, call: Call[CountPlan, None]) -> CycleCount:
    return await plan_count(deps, call.body, call.principal.name, call.once)


async def get_count(deps: Deps, call: Call[None, None]) -> CycleCount:
    return await queries.cycle_count(deps.db, call.uuid("count_id"))


async def post_count_tally(deps: Deps, call: Call[Tally, None]) -> CycleCount:
    return await tally_count(deps, call.uuid("count_id"), call.body, call.principal.name, call.once)


async def post_count_recount(deps: Deps, call: Call[Recount, None]) -> CycleCount:
    count_id, actor = call.uuid("count_id"), call.principal.name
    return await repeat_count(deps, count_id, call.body.skus, actor, call.once)


async def post_count_approval(deps: Deps, call: Call[WithReason, None]) -> CycleCount:
    count_id, actor = call.uuid("count_id"), call.principal.name
    return await approve_count(deps, count_id, call.body.reason, actor, call.once)


async def post_count_cancellation(deps: Deps, call: Call[WithReason, None]) -> CycleCount:
    count_id, actor = call.uuid("count_id"), call.principal.name
    return await cancel_count(deps, count_id, call.body.reason, actor, call.once)


ROUTES = (
    Route(
        "GET",
        "/v1/counts",
        list_counts,
        READ,
        "Cycle counts, newest first",
        answer=Page[CountSummary],
        query=CountQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/counts",
        post_count,
        WRITE,
        "Plan a count: some SKUs or a class of how fast they sell, in the whole warehouse; or a zone alone",
        answer=CycleCount,
        body=CountPlan,
        status=201,
        errors=(
            (Invalid, "one_choice"),
            (Invalid, "warehouse_unknown"),
            (Conflict, "nothing_to_count"),
            (Conflict, "only_lots_there"),
        ),
        example={"warehouse": "BERLIN-1", "abc": "A", "tolerance_pieces": 1},
    ),
    Route(
        "GET",
        "/v1/counts/{count_id}",
        get_count,
        READ,
        "One count; what is expected is not told while it is counted",
        answer=CycleCount,
        errors=(UNKNOWN,),
    ),
    Route(
        "POST",
        "/v1/counts/{count_id}/tallies",
        post_count_tally,
        WRITE,
        "Say what was counted, by lot where it is kept by lot; a difference above the tolerance is counted again",
        answer=CycleCount,
        body=Tally,
        errors=(
            UNKNOWN,
            STATE,
            (Conflict, "counted_already"),
            (Invalid, "sku_not_in_count"),
            (Invalid, "sku_repeated"),
            (Invalid, "lot_required"),
            (Invalid, "lot_not_tracked"),
            (Invalid, "serial_one_piece"),
            (Invalid, "time_not_recent"),
        ),
        example={"lines": [{"sku": "VASE-CLAY-S", "counted": 41}]},
    ),
    Route(
        "POST",
        "/v1/counts/{count_id}/recounts",
        post_count_recount,
        WRITE,
        "Have some of what is in review counted once more",
        answer=CycleCount,
        body=Recount,
        errors=(UNKNOWN, STATE, (Invalid, "sku_not_in_count")),
        example={"skus": ["VASE-CLAY-S"]},
    ),
    Route(
        "POST",
        "/v1/counts/{count_id}/approval",
        post_count_approval,
        WRITE,
        "Approve a count, by somebody who did not count: stock is adjusted by the differences",
        answer=CycleCount,
        body=WithReason,
        errors=(
            UNKNOWN,
            STATE,
            (Conflict, "approver_counted"),
            (Conflict, "not_available"),
            (Conflict, "serial_exists"),
            (Conflict, "on_hand_too_large"),
            (Invalid, "lot_required"),
            (Invalid, "lot_not_tracked"),
        ),
        example={"reason": "looked at the shelf myself"},
    ),
    Route(
        "POST",
        "/v1/counts/{count_id}/cancellation",
        post_count_cancellation,
        WRITE,
        "Give a count up: nothing is adjusted",
        answer=CycleCount,
        body=WithReason,
        errors=(UNKNOWN, STATE),
        example={"reason": "the shelf is being moved"},
    ),
)
