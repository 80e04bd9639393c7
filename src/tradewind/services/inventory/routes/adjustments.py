"""HTTP of adjustments that may need a second person."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import adjustments as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE
from tradewind.services.inventory.shapes.adjustments import (
    AdjustmentDraft,
    AdjustmentQuery,
    AdjustmentRequest,
)
from tradewind.services.inventory.shapes.documents import WithReason
from tradewind.services.inventory.use_cases.decide_adjustment import decide_adjustment
from tradewind.services.inventory.use_cases.request_adjustment import request_adjustment

APPLY_ERRORS = (
    (Conflict, "not_available"),
    (Conflict, "not_there"),
    (Conflict, "on_hand_too_large"),
    (Conflict, "serial_exists"),
    (Conflict, "expiry_differs"),
    (Invalid, "lot_required"),
)
DECIDE_ERRORS = ((NotFound, "adjustment_not_found"), (Conflict, "adjustment_decided"))


async def list_adjustment_requests(deps: Deps, call: Call[None, AdjustmentQuery]) -> Page[AdjustmentRequest]:
    return await queries.list_adjustments(deps, call.query)


async def post_adjustment_request(deps: Deps, call: Call[AdjustmentDraft, None]) -> AdjustmentRequest:
    return await request_adjustment(deps, call.body, call.principal.name, call.once)


async def post_adjustment_approval(deps: Deps, call: Call[WithReason, None]) -> AdjustmentRequest:
    adjustment_id, actor = call.uuid("adjustment_id"), call.principal.name
    return await decide_adjustment(deps, adjustment_id, "applied", call.body.reason, actor, call.once)


async def post_adjustment_refusal(deps: Deps, call: Call[WithReason, None]) -> AdjustmentRequest:
    adjustment_id, actor = call.uuid("adjustment_id"), call.principal.name
    return await decide_adjustment(deps, adjustment_id, "refused", call.body.reason, actor, call.once)


ROUTES = (
    Route(
        "GET",
        "/v1/adjustment-requests",
        list_adjustment_requests,
        READ,
        "Adjustments asked for, newest first",
        answer=Page[AdjustmentRequest],
        query=AdjustmentQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/adjustment-requests",
        post_adjustment_request,
        WRITE,
        "Adjust stock: at once below the limit, else when another person approves",
        answer=AdjustmentRequest,
        body=AdjustmentDraft,
        status=201,
        errors=(
            (Invalid, "quantity_zero"),
            (Invalid, "warehouse_unknown"),
            (Invalid, "field_not_expected"),
            (Invalid, "lot_not_tracked"),
            (Invalid, "serial_one_piece"),
            *APPLY_ERRORS,
        ),
        example={"sku": "VASE-CLAY-S", "warehouse": "BERLIN-1", "quantity": -40, "reason": "water damage"},
    ),
    Route(
        "POST",
        "/v1/adjustment-requests/{adjustment_id}/approval",
        post_adjustment_approval,
        WRITE,
        "Approve an adjustment that somebody else asked for: it is applied",
        answer=AdjustmentRequest,
        body=WithReason,
        errors=(*DECIDE_ERRORS, (Conflict, "approver_asked"), *APPLY_ERRORS),
        example={"reason": "seen on site"},
    ),
    Route(
        "POST",
        "/v1/adjustment-requests/{adjustment_id}/refusal",
        post_adjustment_refusal,
        WRITE,
        "Refuse an adjustment: nothing changes",
        answer=AdjustmentRequest,
        body=WithReason,
        errors=DECIDE_ERRORS,
        example={"reason": "they were found"},
    ),
)
