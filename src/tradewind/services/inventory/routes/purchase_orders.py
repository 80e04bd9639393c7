"""HTTP of purchase orders, their deliveries, and what a SKU cost."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Answer, Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import purchase_orders as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE
from tradewind.services.inventory.shapes.documents import WithReason
from tradewind.services.inventory.shapes.purchase_orders import (
    PurchaseOrder,
    PurchaseOrderChange,
    PurchaseOrderDraft,
    PurchaseOrderQuery,
    PurchaseOrderSummary,
    PurchaseReceiptDraft,
    SkuCostQuery,
    SkuCosts,
)
from tradewind.services.inventory.use_cases.change_purchase_order import change_purchase_order
from tradewind.services.inventory.use_cases.create_purchase_order import create_purchase_order
from tradewind.services.inventory.use_cases.end_purchase_order import end_purchase_order
from tradewind.services.inventory.use_cases.place_purchase_order import place_purchase_order
from tradewind.services.inventory.use_cases.receive_purchase_order import receive_purchase_order

UNKNOWN = (NotFound, "purchase_order_not_found")
STATE = (Conflict, "state_conflict")
LINE_ERRORS = (
    (Invalid, "sku_repeated"),
    (Invalid, "part_unknown"),
    (Invalid, "packs_or_pieces"),
    (Invalid, "not_whole_packs"),
    (Invalid, "below_minimum"),
    (Invalid, "quantity_too_large"),
)


async def list_purchase_orders(
    deps: Deps, call: Call[None, PurchaseOrderQuery]
) -> Page[PurchaseOrderSummary]:
    return await queries.list_purchase_orders(deps, call.query)


async def post_purchase_order(deps: Deps, call: Call[PurchaseOrderDraft, None]) -> PurchaseOrder:
    return await create_purchase_order(deps, call.body, call.principal.name, call.once)


async def get_purchase_order(deps: Deps, call: Call[None, None]) -> PurchaseOrder:
    return await queries.purchase_order(deps.db, call.uuid("purchase_order_id"))


async def get_purchase_order_csv(deps: Deps, call: Call[None, None]) -> Answer:
    text = await queries.purchase_order_csv(deps.db, call.uuid("purchase_order_id"))
    return Answer(text, headers=((b"content-disposition", b'attachment; filename="purchase-order.csv"'),))


async def patch_purchase_order(deps: Deps, call: Call[PurchaseOrderChange, None]) -> PurchaseOrder:
    order_id = call.uuid("purchase_order_id")
    return await change_purchase_order(deps, order_id, call.body, call.principal.name, call.once)


async def post_purchase_order_placement(deps: Deps, call: Call[None, None]) -> PurchaseOrder:
    return await place_purchase_order(deps, call.uuid("purchase_order_id"), call.principal.name, call.once)


async def post_purchase_order_receipt(deps: Deps, call: Call[PurchaseReceiptDraft, None]) -> PurchaseOrder:
    order_id = call.uuid("purchase_order_id")
    return await receive_purchase_order(deps, order_id, call.body, call.principal.name, call.once)


async def post_purchase_order_cancellation(deps: Deps, call: Call[WithReason, None]) -> PurchaseOrder:
    order_id, actor = call.uuid("purchase_order_id"), call.principal.name
    return await end_purchase_order(deps, order_id, "cancelled", call.body.reason, actor, call.once)


async def post_purchase_order_closing(deps: Deps, call: Call[WithReason, None]) -> PurchaseOrder:
    order_id, actor = call.uuid("purchase_order_id"), call.principal.name
    return await end_purchase_order(deps, order_id, "closed", call.body.reason, actor, call.once)


async def get_sku_costs(deps: Deps, call: Call[None, SkuCostQuery]) -> SkuCosts:
    return await queries.sku_costs(deps.db, call.query.sku)


ROUTES = (
    Route(
        "GET",
        "/v1/purchase-orders",
        list_purchase_orders,
        READ,
        "Purchase orders, newest first",
        answer=Page[PurchaseOrderSummary],
        query=PurchaseOrderQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/v1/purchase-orders",
        post_purchase_order,
        WRITE,
        "Draft a purchase order, at the supplier's price for so many packs",
        answer=PurchaseOrder,
        body=PurchaseOrderDraft,
        status=201,
        errors=(
            (Invalid, "supplier_unknown"),
            (Invalid, "warehouse_unknown"),
            (Conflict, "supplier_inactive"),
            *LINE_ERRORS,
        ),
        example={
            "supplier": "CLAYWORKS",
            "warehouse": "BERLIN-1",
            "lines": [{"sku": "VASE-CLAY-S", "packs": 10}],
        },
    ),
    Route(
        "GET",
        "/v1/purchase-orders/{purchase_order_id}",
        get_purchase_order,
        READ,
        "One purchase order, with its deliveries and its history",
        answer=PurchaseOrder,
        errors=(UNKNOWN,),
    ),
    Route(
        "GET",
        "/v1/purchase-orders/{purchase_order_id}/csv",
        get_purchase_order_csv,
        READ,
        "The lines of a purchase order, for its supplier",
        answer=bytes,
        media_type="text/csv",
        errors=(UNKNOWN,),
    ),
    Route(
        "PATCH",
        "/v1/purchase-orders/{purchase_order_id}",
        patch_purchase_order,
        WRITE,
        "Change a purchase order; its lines while it is a draft",
        answer=PurchaseOrder,
        body=PurchaseOrderChange,
        errors=(UNKNOWN, STATE, (Invalid, "nothing_to_change"), *LINE_ERRORS),
        example={"expected_on": "2026-12-01", "note": "moved by a week"},
    ),
    Route(
        "POST",
        "/v1/purchase-orders/{purchase_order_id}/placement",
        post_purchase_order_placement,
        WRITE,
        "Place a purchase order: its pieces are incoming from now on",
        answer=PurchaseOrder,
        errors=(UNKNOWN, STATE, (Conflict, "supplier_inactive")),
    ),
    Route(
        "POST",
        "/v1/purchase-orders/{purchase_order_id}/receipts",
        post_purchase_order_receipt,
        WRITE,
        "Receive a delivery of a purchase order; the same reference is received once",
        answer=PurchaseOrder,
        body=PurchaseReceiptDraft,
        status=201,
        errors=(
            UNKNOWN,
            STATE,
            (Conflict, "receipt_exists"),
            (Conflict, "over_received"),
            (Conflict, "on_hand_too_large"),
            (Invalid, "sku_not_ordered"),
            (Invalid, "nothing_received"),
            (Invalid, "weight_unknown"),
            (Invalid, "lot_required"),
            (Invalid, "lot_not_tracked"),
            (Invalid, "serial_one_piece"),
            (Conflict, "serial_exists"),
            (Conflict, "expiry_differs"),
        ),
        example={
            "reference": "DN-4711",
            "lines": [{"sku": "VASE-CLAY-S", "received": 118, "damaged": 2}],
            "freight_minor": 4900,
        },
    ),
    Route(
        "POST",
        "/v1/purchase-orders/{purchase_order_id}/cancellation",
        post_purchase_order_cancellation,
        WRITE,
        "Cancel a purchase order that nothing has come of",
        answer=PurchaseOrder,
        body=WithReason,
        errors=(UNKNOWN, STATE),
        example={"reason": "the supplier cannot deliver"},
    ),
    Route(
        "POST",
        "/v1/purchase-orders/{purchase_order_id}/closing",
        post_purchase_order_closing,
        WRITE,
        "Close a purchase order with what came of it: the rest is no longer expected",
        answer=PurchaseOrder,
        body=WithReason,
        errors=(UNKNOWN, STATE),
        example={"reason": "the rest is sold out"},
    ),
    Route(
        "GET",
        "/v1/costs",
        get_sku_costs,
        READ,
        "What a piece of a SKU costs us: its average, and by delivery",
        answer=SkuCosts,
        query=SkuCostQuery,
        errors=((Invalid, "invalid_parameter"),),
    ),
)
