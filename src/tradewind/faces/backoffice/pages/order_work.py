"""What staff do with an order between its payment and its parcels: held, packed, corrected, cancelled in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.next_steps import open_quantity
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.pages.order import show_order
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response


async def hold_order(visit: Visit) -> Response:
    form = await visit.form()
    if not form["reason"]:
        return await show_order(visit, {"hold": mistake(visit, "required")}, form, 422)
    return await _deed(visit, "hold", {"reason": form["reason"]}, form, "order_held")


async def release_order(visit: Visit) -> Response:
    return await _deed(visit, "release", None, await visit.form(), "order_released")


async def pack_fulfilment(visit: Visit) -> Response:
    form = await visit.form()
    said = "parcel_ready" if form["collected"] else "parcel_packed"
    return await _deed(visit, _parcel(visit, "pack"), None, form, said)


async def ship_fulfilment(visit: Visit) -> Response:
    form = await visit.form()
    body = {"carrier": form["carrier"], "tracking_number": form["tracking_number"]}
    said = "order_handed_over" if form["collected"] else "order_shipped"
    return await _deed(visit, _parcel(visit, "ship"), body, form, said)


async def cancel_fulfilment(visit: Visit) -> Response:
    return await _deed(visit, _parcel(visit, "cancel"), {}, await visit.form(), "parcel_cancelled")


async def correct_tracking(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    body = {"carrier": form["carrier"], "tracking_number": form["tracking_number"]}
    path = f"/v1/orders/{order_id}/{_parcel(visit, 'tracking')}"
    try:
        await visit.api.put(path, body, key=form["key"])
    except ApiProblem as problem:
        return await show_order(visit, by_field(visit, problem), form, problem.status)
    return done(visit, _url(visit), "tracking_corrected")


async def show_cancel_pieces(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None
) -> Response:
    order = await visit.api.get(f"/v1/orders/{visit.parameter('order_id')}")
    return await page(
        visit,
        "order_cancel_pieces.html",
        422 if errors else 200,
        order=order,
        left=[(line, open_quantity(line)) for line in order["lines"] if open_quantity(line)],
        errors=errors or {},
        form=form or Fields([]),
    )


async def cancel_pieces(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    lines = form.pieces()
    if not lines:
        return await show_cancel_pieces(visit, {"": mistake(visit, "nothing_chosen")}, form)
    body = {"lines": lines, "reason": form["reason"]}
    try:
        await visit.api.post(f"/v1/orders/{order_id}/cancellations", body, key=form["key"])
    except ApiProblem as problem:
        return await show_cancel_pieces(visit, by_field(visit, problem, ("reason",)), form)
    return done(visit, _url(visit), "pieces_cancelled")


async def reissue_order(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    body = {"prices": "old" if form["prices"] == "old" else "today"}
    try:
        draft = await visit.api.post(f"/v1/orders/{order_id}/reissue", body, key=form["key"])
    except ApiProblem as problem:
        return await show_order(visit, by_field(visit, problem), form, problem.status)
    return done(visit, f"/admin/drafts/{draft['order']['order_id']}", "draft_created")


async def _deed(visit: Visit, path: str, body: Any, form: Fields, notice: str) -> Response:
    try:
        await visit.api.post(f"/v1/orders/{visit.parameter('order_id')}/{path}", body, key=form["key"])
    except ApiProblem as problem:
        return await show_order(visit, by_field(visit, problem), form, problem.status)
    return done(visit, _url(visit), notice)


def _parcel(visit: Visit, deed: str) -> str:
    return f"fulfilments/{visit.parameter('fulfilment_id')}/{deed}"


def _url(visit: Visit) -> str:
    return f"/admin/orders/{visit.parameter('order_id')}"
