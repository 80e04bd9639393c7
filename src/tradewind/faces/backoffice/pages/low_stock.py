"""What runs low, from when on, and ordering it again; stock from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.rows import warehouses
from tradewind.faces.backoffice.warehouse_words import FILE_PROBLEMS
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/low-stock"
FILE = "/admin/stock/file"
MODES = {
    "count": marked("A stock take: so many are on hand"),
    "receive": marked("A delivery: so many came"),
    "adjust": marked("Corrections: so many more, or fewer with a minus"),
}
CSV = (b"content-type", b"text/csv")


async def show_low_stock(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    low = None if visit.query["all"] else True
    thresholds, proposals, places = await visit.api.together(
        visit.api.get("/v1/stock-thresholds", low=low, cursor=visit.query["cursor"] or None),
        visit.api.get("/v1/reorder-proposals"),
        warehouses(visit),
    )
    return await page(
        visit,
        "low_stock.html",
        status,
        thresholds=thresholds,
        proposals=proposals["items"],
        warehouses=places,
        low=low,
        errors=errors or {},
        form=form or Fields([("sku", visit.query["sku"])]),
    )


async def save_threshold(visit: Visit) -> Response:
    form = await visit.form()
    if form["move"] == "remove":
        named = {"sku": form["sku"], "warehouse": form["warehouse"] or None}
        await visit.api.delete("/v1/stock-thresholds", key=form["key"], **named)
        return done(visit, LIST, "threshold_removed")
    if not form["sku"]:
        return await show_low_stock(visit, {"sku": mistake(visit, "required")}, form, 422)
    body = {
        "sku": form["sku"],
        "warehouse": form["warehouse"] or None,
        "minimum": form.whole_as_typed("minimum", 0),
        "cover_days": form.whole_as_typed("cover_days"),
        "target_days": form.whole_as_typed("target_days", 30),
    }
    try:
        await visit.api.put("/v1/stock-thresholds", body, key=form["key"])
    except ApiProblem as problem:
        fields = ("sku", "warehouse", "minimum", "cover_days", "target_days")
        return await show_low_stock(visit, by_field(visit, problem, fields), form, problem.status)
    return done(visit, LIST, "threshold_saved")


async def reorder(visit: Visit) -> Response:
    """What is ticked; without a tick, all."""
    form = await visit.form()
    body: dict[str, Any] = {"skus": form.all("sku")} if form.all("sku") else {}
    try:
        await visit.api.post("/v1/reorders", body, key=form["key"])
    except ApiProblem as problem:
        return await show_low_stock(visit, by_field(visit, problem), None, problem.status)
    return done(visit, "/admin/purchase-orders?state=draft", "reordered")


async def show_file(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    status: int = 200,
    report: Mapping[str, Any] | None = None,
) -> Response:
    return await page(
        visit,
        "stock_file.html",
        status,
        warehouses=await warehouses(visit),
        modes=MODES,
        report=report,
        file_words=lambda wrong: _file_words(visit, wrong),
        errors=errors or {},
        form=form or Fields([]),
    )


def _file_words(visit: Visit, wrong: Mapping[str, Any]) -> str:
    """What is wrong with a line of a file; the platform's own words where the code is a rare one."""
    words = FILE_PROBLEMS.get("sku_alike" if wrong["alike"] else wrong["code"])
    if words is None:
        return str(wrong["message"])
    return visit.gettext(words) % {"sku": wrong["sku"], "alike": wrong["alike"]}


async def take_file(visit: Visit) -> Response:
    """The file's lines as they were pasted: tried, or taken in."""
    form = await visit.form()
    if not form["reference"] or not form["content"]:
        field = "content" if form["reference"] else "reference"
        return await show_file(visit, {field: mistake(visit, "required")}, form, 422)
    query = {
        "reference": form["reference"],
        "mode": form["mode"] if form["mode"] in MODES else "count",
        "warehouse": form["warehouse"] or None,
        "dry_run": "true" if form["try"] else "false",
        "new_skus": "true" if form["new_skus"] else "false",
    }
    try:
        report = await visit.api.call(
            "POST",
            "/v1/stock-imports",
            form["content"].encode(),
            key=f"{form['key']}{query['dry_run']}{query['new_skus']}",
            query=query,
        )
    except ApiProblem as problem:
        return await show_file(visit, by_field(visit, problem, ("reference",)), form, problem.status)
    if report["applied"]:
        return done(visit, "/admin/stock", "file_taken_before" if report["taken_before"] else "file_taken")
    return await show_file(visit, None, form, 200 if report["dry_run"] else 422, report)


async def download_stock(visit: Visit) -> Response:
    answer = await visit.api.exchange("GET", "/v1/stock-export")
    disposition = (b"content-disposition", b'attachment; filename="stock.csv"')
    headers = [CSV, disposition, (b"cache-control", b"no-store")]
    return visit.answer(Response(answer.status, answer.body, headers, stream=answer.stream))
