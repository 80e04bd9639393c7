"""HTTP of transfers between warehouses."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import transfers as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE
from tradewind.services.inventory.shapes.documents import WithReason
from tradewind.services.inventory.shapes.transfers import (
    Transfer,
    TransferDraft,
    TransferQuery,
    TransferReceiptDraft,
    TransferSummary,
)
from tradewind.services.inventory.use_cases.cancel_transfer import cancel_transfer
from tradewind.services.inventory.use_cases.create_transfer import create_transfer
from tradewind.services.inventory.use_cases.receive_transfer import receive_transfer
from tradewind.services.inventory.use_cases.send_transfer import send_transfer

UNKNOWN = (NotFound, "transfer_not_found")
STATE = (Conflict, "state_conflict")


async def list_transfers(deps: Deps, call: Call[None, TransferQuery]) -> Page[TransferSummary]:
    return await queries.list_transfers(deps, call.query)


async def post_transfer(deps: Deps, call: Call[TransferDraft, None]) -> Transfer:
    return await create_transfer(deps, call.body, call.principal.name, call.once)


async def get_transfer(deps: Deps, call: Call[None, None]) -> Transfer:
    return await queries.transfer(deps.db, call.uuid("transfer_id"))


async def post_transfer_dispatch(deps: Deps, call: Call[None, None]) -> Transfer:
    return await send_transfer(deps, call.uuid("transfer_id"), call.principal.name, call.once)


async def post_transfer_receipt(deps: Deps, call: Call[TransferReceiptDraft, None]) -> Transfer:
    return await receive_transfer(deps, call.uuid("transfer_id"), call.body, call.principal.name, call.once)


async def post_transfer_cancellation(deps: Deps, call: Call[WithReason, None]) -> Transfer:
    transfer_id, actor = call.uuid("transfer_id"), call.principal.name
    return await cancel_transfer(deps, transfer_id, call.body.reason, actor, call.once)


ROUTES = (
    Route(
        "GET",
        "/v1/transfers",
        list_transfers,
        READ,
        "Transfers between warehouses, newest first",
        answer=Page[TransferSummary],
        query=TransferQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/transfers",
        post_transfer,
        WRITE,
        "Draft a transfer from one warehouse to another",
        answer=Transfer,
        body=TransferDraft,
        status=201,
        errors=((Invalid, "warehouse_unknown"), (Invalid, "same_warehouse"), (Invalid, "sku_repeated")),
        example={
            "source": "BERLIN-1",
            "destination": "LEJ",
            "lines": [{"sku": "VASE-CLAY-S", "quantity": 12}],
        },
    ),
    Route(
        "GET",
        "/v1/transfers/{transfer_id}",
        get_transfer,
        READ,
        "One transfer, with its arrivals and its history",
        answer=Transfer,
        errors=(UNKNOWN,),
    ),
    Route(
        "POST",
        "/v1/transfers/{transfer_id}/dispatch",
        post_transfer_dispatch,
        WRITE,
        "Send a transfer, out of what is available; all of it or nothing",
        answer=Transfer,
        errors=(UNKNOWN, STATE, (Conflict, "not_available"), (Invalid, "lot_required")),
    ),
    Route(
        "POST",
        "/v1/transfers/{transfer_id}/receipts",
        post_transfer_receipt,
        WRITE,
        "Receive what arrives of a transfer; the same reference is received once",
        answer=Transfer,
        body=TransferReceiptDraft,
        status=201,
        errors=(
            UNKNOWN,
            STATE,
            (Conflict, "receipt_exists"),
            (Conflict, "over_received"),
            (Conflict, "expiry_differs"),
            (Invalid, "sku_not_sent"),
            (Invalid, "lot_required"),
            (Invalid, "nothing_received"),
        ),
        example={
            "reference": "van 1",
            "lines": [{"sku": "VASE-CLAY-S", "received": 11, "missing": 1}],
        },
    ),
    Route(
        "POST",
        "/v1/transfers/{transfer_id}/cancellation",
        post_transfer_cancellation,
        WRITE,
        "Cancel a transfer of which nothing arrived; its pieces are back at their source",
        answer=Transfer,
        body=WithReason,
        errors=(UNKNOWN, STATE),
        example={"reason": "sold meanwhile"},
    ),
)
