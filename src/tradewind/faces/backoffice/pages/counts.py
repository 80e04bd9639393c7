"""Cycle counts, and adjustments that wait for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tradewind.faces.backoffice.doers import doers
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, by_row, mistake
from tradewind.faces.backoffice.rows import typed_rows, warehouses, whole
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/counts"
DECISIONS = {"approve": "approval", "cancel": "cancellation"}
LINE = ("sku", "lot", "counted")
FOUND = ("found_sku", "found_lot", "found_counted", "found_expires_on")
SPARE_ROWS = 2
NOTICES = {"approve": "count_approved", "cancel": "count_cancelled"}


async def show_counts(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    counts, pending, places = await visit.api.together(
        visit.api.get("/v1/counts", cursor=visit.query["cursor"] or None),
        visit.api.get("/v1/adjustment-requests", state="pending", limit=50),
        warehouses(visit),
    )
    return await page(
        visit,
        "counts.html",
        status,
        counts=counts,
        pending=pending["items"],
        doers=await doers(visit, [it["asked_by"] for it in pending["items"]]),
        me=visit.request.principal.name,
        warehouses=places,
        errors=errors or {},
        form=form or Fields([]),
    )


async def plan_count(visit: Visit) -> Response:
    """By SKUs where some were typed, else by zone, else by class."""
    form = await visit.form()
    skus = [sku.strip() for sku in form["skus"].splitlines() if sku.strip()]
    choice: dict[str, Any] = {"abc": form["abc"] or "A"}
    if form["zone"]:
        choice = {"zone": form["zone"].upper()}
    if skus:
        choice = {"skus": skus}
    body = {
        "warehouse": form["warehouse"],
        "tolerance_pieces": form.whole_as_typed("tolerance_pieces", 0),
        **choice,
    }
    try:
        made = await visit.api.post("/v1/counts", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("warehouse", "zone", "skus", "abc", "tolerance_pieces"))
        return await show_counts(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{made['count_id']}", "count_planned")


async def show_count(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    count = await visit.api.get(_path(visit))
    form = form or Fields([])
    typed = {(sku, lot): counted for sku, lot, counted in typed_rows(form, *LINE)}
    tracked = {line["sku"]: line["tracking"] for line in count["lines"] if line["tracking"] != "none"}
    who = await doers(visit, [step["actor"] for step in count["history"]])
    return await page(
        visit,
        "count.html",
        status,
        count=count,
        doers=who,
        typed=typed,
        tracked=[] if count["zone"] else list(tracked),
        found=[*_found(form), *[("",) * len(FOUND)] * SPARE_ROWS],
        errors=errors or {},
        form=form,
    )


async def tally_count(visit: Visit) -> Response:
    """What has no number is counted later."""
    form = await visit.form()
    rows = [(*row, "") for row in typed_rows(form, *LINE) if row[2]] + _found(form)
    lines: list[dict[str, Any]] = []
    for sku, lot, counted, expires_on in rows:
        if whole(counted) is None:
            wrong = f"{sku}: {mistake(visit, 'number_invalid')}"
            return await show_count(visit, {"": wrong}, form, 422)
        more = {name: value for name, value in (("lot", lot), ("expires_on", expires_on)) if value}
        lines.append({"sku": sku, "counted": whole(counted), **more})
    if not lines:
        return await show_count(visit, {"": mistake(visit, "nothing_chosen")}, form, 422)
    try:
        await visit.api.post(f"{_path(visit)}/tallies", {"lines": lines}, key=form["key"])
    except ApiProblem as problem:
        return await show_count(visit, by_row(visit, problem, lines), form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('count_id')}", "count_tallied")


async def decide_count(visit: Visit) -> Response:
    """Approve it, give it up, or have one SKU counted again."""
    form = await visit.form()
    move = form["move"]
    try:
        if move in DECISIONS:
            await visit.api.post(
                f"{_path(visit)}/{DECISIONS[move]}", {"reason": form["reason"]}, key=form["key"]
            )
        else:
            await visit.api.post(f"{_path(visit)}/recounts", {"skus": [form["sku"]]}, key=form["key"])
    except ApiProblem as problem:
        return await show_count(visit, by_field(visit, problem), form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('count_id')}", NOTICES.get(move, "count_repeated"))


async def decide_adjustment(visit: Visit) -> Response:
    form = await visit.form()
    path = f"/v1/adjustment-requests/{quote(visit.parameter('adjustment_id'))}"
    approved = form["move"] == "approve"
    try:
        await visit.api.post(f"{path}/{'approval' if approved else 'refusal'}", {}, key=form["key"])
    except ApiProblem as problem:
        return await show_counts(visit, by_field(visit, problem), form, problem.status)
    return done(visit, LIST, "stock_adjusted" if approved else "adjustment_refused")


def _found(form: Fields) -> list[tuple[str, ...]]:
    """Lots that nobody expected."""
    return [row for row in typed_rows(form, *FOUND) if row[1] or row[2]]


def _path(visit: Visit) -> str:
    return f"/v1/counts/{quote(visit.parameter('count_id'))}"
