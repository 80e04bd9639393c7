"""HTTP of pick lists and packing."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import picking as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE
from tradewind.services.inventory.shapes.documents import WithReason
from tradewind.services.inventory.shapes.picking import (
    Packing,
    PickList,
    PickPlan,
    PickQuery,
    Picks,
    PickSummary,
)
from tradewind.services.inventory.use_cases.cancel_picks import cancel_picks
from tradewind.services.inventory.use_cases.pack_picks import pack_picks
from tradewind.services.inventory.use_cases.plan_picks import plan_picks
from tradewind.services.inventory.use_cases.record_picks import record_picks

UNKNOWN = (NotFound, "pick_list_not_found")
STATE = (Conflict, "state_conflict")


async def list_pick_lists(deps: Deps, call: Call[None, PickQuery]) -> Page[PickSummary]:
    return await queries.list_pick_lists(deps, call.query)


async def post_pick_list(deps: Deps, call: Call[PickPlan, None]) -> PickList:
    return await plan_picks(deps, call.body, call.principal.name, call.once)


async def get_pick_list(deps: Deps, call: Call[None, None]) -> PickList:
    return await queries.pick_list(deps.db, call.uuid("pick_list_id"))


async def post_picks(deps: Deps, call: Call[Picks, None]) -> PickList:
    return await record_picks(deps, call.uuid("pick_list_id"), call.body, call.principal.name, call.once)


async def post_packing(deps: Deps, call: Call[Packing, None]) -> PickList:
    return await pack_picks(deps, call.uuid("pick_list_id"), call.body, call.principal.name, call.once)


async def post_pick_list_cancellation(deps: Deps, call: Call[WithReason, None]) -> PickList:
    pick_list_id, actor = call.uuid("pick_list_id"), call.principal.name
    return await cancel_picks(deps, pick_list_id, call.body.reason, actor, call.once)


ROUTES = (
    Route(
        "GET",
        "/v1/pick-lists",
        list_pick_lists,
        READ,
        "Pick lists, newest first",
        answer=Page[PickSummary],
        query=PickQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/pick-lists",
        post_pick_list,
        WRITE,
        "List what is to be picked for one order or many, along one path",
        answer=PickList,
        body=PickPlan,
        status=201,
        errors=(
            (Invalid, "one_choice"),
            (Invalid, "warehouse_unknown"),
            (Conflict, "nothing_to_pick"),
            (Conflict, "picking_busy"),
        ),
        example={"warehouse": "BERLIN-1", "oldest": 20},
    ),
    Route(
        "GET",
        "/v1/pick-lists/{pick_list_id}",
        get_pick_list,
        READ,
        "One pick list, along its path",
        answer=PickList,
        errors=(UNKNOWN,),
    ),
    Route(
        "POST",
        "/v1/pick-lists/{pick_list_id}/picks",
        post_picks,
        WRITE,
        "Say what was taken of lines; what is missing is short",
        answer=PickList,
        body=Picks,
        errors=(
            UNKNOWN,
            STATE,
            (Conflict, "picked_already"),
            (Conflict, "no_longer_wanted"),
            (Conflict, "not_in_bin"),
            (Invalid, "line_unknown"),
            (Invalid, "line_repeated"),
            (Invalid, "too_many_picked"),
        ),
        example={"lines": [{"position": 1, "picked": 2}]},
    ),
    Route(
        "POST",
        "/v1/pick-lists/{pick_list_id}/packing",
        post_packing,
        WRITE,
        "Confirm the parcel of one order: what was scanned is what was picked",
        answer=PickList,
        body=Packing,
        errors=(
            UNKNOWN,
            STATE,
            (Invalid, "order_not_on_list"),
            (Conflict, "packed_already"),
            (Conflict, "packing_mismatch"),
            (Conflict, "order_held"),
            (Conflict, "order_not_paid"),
            (Conflict, "no_longer_wanted"),
        ),
        example={
            "owner_id": "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3d",
            "lines": [{"sku": "VASE-CLAY-S", "quantity": 2}],
        },
    ),
    Route(
        "POST",
        "/v1/pick-lists/{pick_list_id}/cancellation",
        post_pick_list_cancellation,
        WRITE,
        "Give a pick list up; what was picked is to be put away again",
        answer=PickList,
        body=WithReason,
        errors=(UNKNOWN, STATE),
        example={"reason": "the printer ate it"},
    ),
)
