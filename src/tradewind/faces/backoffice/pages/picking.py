"""Pick lists: planned, picked along their path, packed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import quote

from tradewind.faces.backoffice.doers import doers
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.pages.order import show_order, why_not
from tradewind.faces.backoffice.refusals import ROW, by_field, mistake
from tradewind.faces.backoffice.rows import order_numbers, typed_rows, warehouses, whole
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/pick-lists"
MISMATCH = marked("%(sku)s: %(packed)s in the parcel, %(picked)s picked.")
IN_ROW = marked("Row %(number)s: %(wrong)s")


async def show_pick_lists(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    lists, places = await visit.api.together(
        visit.api.get("/v1/pick-lists", cursor=visit.query["cursor"] or None), warehouses(visit)
    )
    return await page(
        visit,
        "pick_lists.html",
        status,
        lists=lists,
        warehouses=places,
        errors=errors or {},
        form=form or Fields([]),
    )


async def plan_picks(visit: Visit) -> Response:
    form = await visit.form()
    body = {"warehouse": form["warehouse"], "oldest": form.whole_as_typed("oldest", 20)}
    try:
        made = await visit.api.post("/v1/pick-lists", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("warehouse", "oldest"))
        return await show_pick_lists(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{made['pick_list_id']}", "picks_planned")


async def pick_order(visit: Visit) -> Response:
    """What one order holds in a warehouse."""
    form = await visit.form()
    body = {"warehouse": form["warehouse"], "owner_ids": [visit.parameter("order_id")]}
    try:
        made = await visit.api.post("/v1/pick-lists", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem)
        if problem.code == "nothing_to_pick":
            errors = {"": await why_not(visit, errors[""])}
        return await show_order(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{made['pick_list_id']}", "picks_planned")


async def show_pick_list(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    """With what is to be packed for each order, once all is picked."""
    found = await visit.api.get(_path(visit))
    form = form or Fields([])
    parcels: dict[str, dict[str, int]] = defaultdict(dict)
    for line in found["lines"]:
        if line["picked"] and not line["packed"]:
            parcel = parcels[line["owner_id"]]
            parcel[line["sku"]] = parcel.get(line["sku"], 0) + line["picked"]
    return await page(
        visit,
        "pick_list.html",
        status,
        list=found,
        doers=await doers(visit, [step["actor"] for step in found["history"]]),
        parcels=parcels if found["state"] == "picked" else {},
        orders=await order_numbers(visit, [line["owner_id"] for line in found["lines"]]),
        typed={row[0]: row[1] for row in typed_rows(form, "position", "picked")},
        errors=errors or {},
        form=form,
    )


async def record_picks(visit: Visit) -> Response:
    """Lines without a number are picked later."""
    form = await visit.form()
    lines = []
    for position, picked in typed_rows(form, "position", "picked"):
        if picked:
            if whole(picked) is None:
                return await show_pick_list(visit, {"": mistake(visit, "number_invalid")}, form, 422)
            lines.append({"position": whole(position), "picked": whole(picked)})
    if not lines:
        return await show_pick_list(visit, {"": mistake(visit, "nothing_chosen")}, form, 422)
    try:
        await visit.api.post(f"{_path(visit)}/picks", {"lines": lines}, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem)
        row = ROW.match(problem.field or "")
        if row is not None and int(row[1]) < len(lines):
            number = lines[int(row[1])]["position"]
            errors = {"": visit.gettext(IN_ROW, number=number, wrong=errors[""])}
        return await show_pick_list(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('pick_list_id')}", "picks_recorded")


async def pack_or_cancel(visit: Visit) -> Response:
    form = await visit.form()
    try:
        if form["move"] == "cancel":
            await visit.api.post(f"{_path(visit)}/cancellation", {"reason": form["reason"]}, key=form["key"])
        else:
            lines = [
                {"sku": sku, "quantity": whole(quantity) or 0}
                for sku, quantity in typed_rows(form, "sku", "quantity")
            ]
            body = {"owner_id": form["owner_id"], "lines": lines}
            await visit.api.post(f"{_path(visit)}/packing", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem)
        if problem.code == "packing_mismatch":
            errors[""] = " ".join([errors[""], *_mismatches(visit, problem, form)])
        return await show_pick_list(visit, errors, form, problem.status)
    notice = "picks_cancelled" if form["move"] == "cancel" else "picks_packed"
    return done(visit, f"{LIST}/{visit.parameter('pick_list_id')}", notice)


def _mismatches(visit: Visit, problem: ApiProblem, form: Fields) -> list[str]:
    """Each SKU of which the parcel has another number than was picked, with both."""
    picked = {one["sku"]: one["quantity"] for one in problem.details.get("picked", ())}
    packed = {sku: whole(quantity) or 0 for sku, quantity in typed_rows(form, "sku", "quantity")}
    return [
        visit.gettext(MISMATCH, sku=sku, packed=packed.get(sku, 0), picked=picked.get(sku, 0))
        for sku in sorted({*picked, *packed})
        if packed.get(sku, 0) != picked.get(sku, 0)
    ]


def _path(visit: Visit) -> str:
    return f"/v1/pick-lists/{quote(visit.parameter('pick_list_id'))}"
