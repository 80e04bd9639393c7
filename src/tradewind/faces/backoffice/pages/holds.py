"""Who holds stock: orders, and holds that end by themselves; these can be prolonged, and ended before their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tradewind.faces.backoffice.doers import doers
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.backoffice.rows import order_numbers
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

LIST = "/admin/stock/holds"
SPANS = {
    "900": marked("15 minutes"),
    "3600": marked("1 hour"),
    "14400": marked("4 hours"),
    "86400": marked("1 day"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Pieces of one SKU in one warehouse. `until` is None for what an order, or a claim, holds."""

    owner_id: str
    sku: str
    warehouse: str
    pieces: int
    since: str
    until: str | None
    maker: str | None


async def show_holds(visit: Visit) -> Response:
    """Of one SKU, or of all."""
    sku, cursor = visit.query["sku"], visit.query["cursor"]
    errors: dict[str, str] = {}
    found: Mapping[str, Any] = {"items": [], "next": None}
    try:
        found = await visit.api.get("/v1/reservations", state="held", sku=sku or None, cursor=cursor or None)
    except ApiProblem as problem:
        errors = by_field(visit, problem)
    rows = _held(found["items"], sku)
    return await page(
        visit,
        "holds.html",
        sku=sku,
        rows=rows,
        next=found["next"],
        orders=await order_numbers(visit, [row.owner_id for row in rows if row.until is None]),
        doers=await doers(visit, [row.maker for row in rows if row.until is not None]),
        errors=errors,
    )


async def show_hold(visit: Visit, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    hold = await visit.api.get(_path(visit))
    return await page(
        visit,
        "hold.html",
        status,
        hold=hold,
        rows=_held([hold]),
        orders=await order_numbers(visit, [hold["owner_id"]] if hold["expires_at"] is None else []),
        spans=SPANS,
        of_sku=_of_sku(visit),
        errors=errors or {},
    )


async def prolong_hold(visit: Visit) -> Response:
    form = await visit.form()
    seconds = form["seconds"] if form["seconds"] in SPANS else next(iter(SPANS))
    body = {"expires_in_seconds": int(seconds)}
    try:
        hold = await visit.api.post(f"{_path(visit)}/prolong", body, key=form["key"])
    except ApiProblem as problem:
        return await show_hold(visit, by_field(visit, problem), problem.status)
    return done(visit, f"{LIST}/{quote(hold['owner_id'])}{_of_sku(visit)}", "hold_prolonged")


async def end_hold(visit: Visit) -> Response:
    form = await visit.form()
    try:
        await visit.api.delete(_path(visit), key=form["key"])
    except ApiProblem as problem:
        return await show_hold(visit, by_field(visit, problem), problem.status)
    return done(visit, f"{LIST}{_of_sku(visit)}", "hold_ended")


def _held(reservations: Iterable[Mapping[str, Any]], sku: str = "") -> list[Held]:
    return [
        Held(
            one["owner_id"],
            line["sku"],
            line["warehouse"],
            left,
            one["created_at"],
            one["expires_at"],
            one["created_by"],
        )
        for one in reservations
        for line in one["lines"]
        if (left := line["quantity"] - line["shipped"] - line["released"]) > 0 and sku in ("", line["sku"])
    ]


def _path(visit: Visit) -> str:
    return f"/v1/reservations/{quote(visit.parameter('owner_id'), safe='')}"


def _of_sku(visit: Visit) -> str:
    """What an address goes on with, so that the way back leads to the list of the same SKU."""
    sku = visit.query["sku"]
    return f"?{urlencode({'sku': sku})}" if sku else ""
