"""Inventory: what lies where, what runs low; counted right, delivered, and the ledger of it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tradewind.faces.backoffice.booked import to_look_up
from tradewind.faces.backoffice.doers import doers
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, by_row, mistake
from tradewind.faces.backoffice.rows import not_counted, order_numbers, tracked, typed_rows, whole, with_room
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/stock"
LOW = 10
LEVELS_A_PAGE = 90
RECEIPT_FIELDS = ("sku", "quantity", "lot", "expires_on")
SORTS = {
    "sku": marked("By SKU"),
    "available": marked("Least available first"),
    "-available": marked("Most available first"),
}
REASONS = (
    marked("Counted"),
    marked("Damaged"),
    marked("Lost"),
    marked("Found"),
    marked("Returned by a customer"),
)

PLAIN: Mapping[str, Any] = {
    "tracking": "none",
    "sell_beyond": "none",
    "limit": 0,
    "expected_at": None,
    "released_at": None,
    "parts": [],
}
MOVES = {
    "damage": marked("Damaged"),
    "repair": marked("Repaired"),
    "quality_hold": marked("Held for a check of quality"),
    "quality_release": marked("Found to be good"),
    "write_off": marked("Written off"),
}
STATES = {
    "": marked("Where such pieces usually are"),
    "on_hand": marked("On hand"),
    "damaged": marked("Damaged pieces"),
    "quality_control": marked("Quality control"),
}
TRACKING = {
    "none": marked("By number alone"),
    "lot": marked("By lot"),
    "serial": marked("By serial number"),
}
BEYOND = {
    "none": marked("No"),
    "backorder": marked("As a back-order"),
    "preorder": marked("As a pre-order, until it is out"),
}


@dataclass(slots=True)
class Shelf:
    """A SKU over all warehouses that this page of levels has of it."""

    sku: str
    levels: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def available(self) -> int:
        return sum(level["available"] for level in self.levels.values())

    @property
    def reserved(self) -> int:
        return self.in_state("reserved")

    def in_state(self, state: str) -> int:
        return sum(level[state] for level in self.levels.values())


async def show_stock(visit: Visit) -> Response:
    asked = visit.query
    sort = asked["sort"] if asked["sort"] in SORTS else "sku"
    below = max(asked.whole("below") or 0, 0) or None
    errors: dict[str, str] = {}
    levels: Mapping[str, Any] = {"items": [], "next": None}
    warehouses, counts = await visit.api.together(
        visit.api.get("/v1/warehouses"), visit.api.get("/v1/stock/counts", low_below=LOW)
    )
    try:
        levels = await visit.api.get(
            "/v1/stock",
            q=asked["q"] or None,
            warehouse=asked["warehouse"] or None,
            total_below=below,
            sort=sort,
            limit=LEVELS_A_PAGE,
            cursor=asked["cursor"] or None,
        )
    except ApiProblem as problem:
        errors = by_field(visit, problem)
    return await page(
        visit,
        "stock.html",
        shelves=shelves(levels["items"]),
        next=levels["next"],
        warehouses=warehouses["items"],
        counts=counts,
        below=below,
        low=LOW,
        sort=sort,
        sorts=SORTS,
        errors=errors,
        filtered=any(asked[name] for name in ("q", "warehouse", "below")),
    )


def shelves(levels: Sequence[Mapping[str, Any]]) -> list[Shelf]:
    """In the order in which their SKUs first come."""
    found: dict[str, Shelf] = {}
    for level in levels:
        found.setdefault(level["sku"], Shelf(level["sku"])).levels[level["warehouse"]] = level
    return list(found.values())


async def show_item(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    status: int = 200,
    *,
    unknown: bool = False,
    above: bool = False,
) -> Response:
    """One SKU: what of it lies where, now or as it was; its lots, its policy, who waits, and every movement.
    `unknown`: no article has it, and its stock is adjusted once the clerk says that it is new. `above`: more is to be
    written off than one person may, and the form offers to ask another."""
    sku = (form or visit.query)["sku"]
    errors = dict(errors or {})
    past = await _as_of(visit, sku, errors)
    stock, movements, warehouses, products, policies, lots, waiting, costs, asked = await visit.api.together(
        visit.api.get("/v1/stock", sku=sku, limit=100) if sku else _none(),
        visit.api.get("/v1/stock/movements", sku=sku or None, limit=30, cursor=visit.query["cursor"] or None),
        visit.api.get("/v1/warehouses"),
        visit.api.get("/v1/products", sku=sku, status="any") if sku else _none(),
        visit.api.get("/v1/stock/policies", sku=sku) if sku else _none(),
        visit.api.get("/v1/stock/lots", sku=sku, limit=100) if sku else _none(),
        visit.api.get("/v1/stock/backorders", sku=sku, waiting=True) if sku else _none(),
        visit.api.get("/v1/costs", sku=sku) if sku else _none(),
        visit.api.get("/v1/adjustment-requests", sku=sku, state="pending") if sku else _none(),
    )
    policy = policies["items"][0] if policies and policies["items"] else PLAIN
    dated = (
        await visit.api.get("/v1/stock/lots/expiries", sku=sku, limit=10)
        if policy["tracking"] != "none"
        else None
    )
    expiries = dated["items"] if dated else []
    return await page(
        visit,
        "stock_item.html",
        status,
        sku=sku,
        levels=past["warehouses"] if past else stock["items"] if stock else [],
        past=past,
        costs=costs["averages"] if costs and not past else [],
        policy=policy,
        parts="\n".join(f"{part['sku']}: {part['quantity']}" for part in policy["parts"]),
        lots=lots["items"] if lots else [],
        waiting=waiting["items"] if waiting else [],
        asked=asked["items"] if asked else [],
        to_look_up=to_look_up,
        orders=await order_numbers(
            visit,
            [row["owner_id"] for row in (waiting["items"] if waiting else [])]
            + [it["owner_id"] for it in movements["items"] if it["owner_id"]],
        ),
        moves=MOVES,
        states=STATES,
        tracking=TRACKING,
        beyond=BEYOND,
        product=products["items"][0] if products and products["items"] else None,
        movements=movements,
        expiries=expiries,
        doers=await doers(visit, [it["actor"] for it in [*movements["items"], *expiries]]),
        warehouses=warehouses["items"],
        reasons=REASONS,
        errors=errors,
        unknown=unknown,
        above=above,
        form=form or Fields([]),
    )


async def _as_of(visit: Visit, sku: str, errors: dict[str, str]) -> dict[str, Any] | None:
    """The stock at the moment that is asked for, by the shop's clock; None for now."""
    asked = visit.query["as_of"]
    if not sku or not asked:
        return None
    try:
        moment = datetime.fromisoformat(asked).replace(tzinfo=ZoneInfo(visit.settings.time_zone))
    except ValueError:
        errors["as_of"] = mistake(visit, "day_invalid")
        return None
    try:
        path = f"/v1/stock/{quote(sku, safe='')}"
        found: dict[str, Any] = await visit.api.get(path, as_of=moment.isoformat())
    except ApiProblem as problem:
        errors |= by_field(visit, problem, ("as_of",))
        return None
    return found


async def _none() -> None:
    return None


async def adjust_stock(visit: Visit) -> Response:
    """By so many pieces, up or down; or to so many, as they were counted: then by the difference."""
    form = await visit.form()
    quantity = form.whole("quantity")
    if not quantity:
        return await show_item(visit, {"quantity": mistake(visit, "number_invalid")}, form, 422)
    if not form["reason"]:
        return await show_item(visit, {"reason": mistake(visit, "required")}, form, 422)
    body = {
        "sku": form["sku"],
        "warehouse": form["warehouse"],
        "quantity": quantity,
        "reason": form["reason"],
        **{name: form[name] for name in ("lot", "expires_on") if form[name]},
    }
    notice = "stock_adjusted"
    try:
        await _known(visit, form, [form["sku"]])
        try:
            await visit.api.post("/v1/stock/adjustments", body, key=form["key"])
        except ApiProblem as problem:
            if problem.code != "approval_needed":
                raise
            await visit.api.post("/v1/adjustment-requests", body, key=form["key"])
            notice = "adjustment_asked"
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("quantity", "warehouse", "reason", "lot", "expires_on"))
        return await show_item(visit, errors, form, problem.status, unknown=problem.code == "sku_unknown")
    return done(visit, visit.own_path(form["back"], LIST), notice)


async def show_receipt(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    status: int = 200,
    *,
    unknown: bool = False,
) -> Response:
    """`unknown`: a SKU is, and is booked in once the clerk says that it is new."""
    typed = form or Fields([("sku", visit.query["sku"])] if visit.query["sku"] else [])
    rows = typed_rows(typed, *RECEIPT_FIELDS)
    warehouses, tracking = await visit.api.together(
        visit.api.get("/v1/warehouses", active=True), tracked(visit, [row[0] for row in rows if row[0]])
    )
    return await page(
        visit,
        "stock_receive.html",
        status,
        warehouses=warehouses["items"],
        rows=with_room(rows, len(RECEIPT_FIELDS), more=bool(typed["more"])),
        tracking=tracking,
        unknown=unknown,
        errors=errors or {},
        form=typed,
    )


async def receive_stock(visit: Visit) -> Response:
    form = await visit.form()
    if form["more"]:
        return await show_receipt(visit, None, form)
    lines: list[dict[str, Any]] = []
    for sku, quantity, lot, expires_on in typed_rows(form, *RECEIPT_FIELDS):
        if not whole(quantity):
            wrong = f"{sku}: {mistake(visit, not_counted(quantity))}"
            return await show_receipt(visit, {"": wrong}, form, 422)
        named = {"sku": sku, "warehouse": form["warehouse"], "quantity": whole(quantity)}
        lines.append({**named, "lot": lot or None, "expires_on": expires_on or None})
    if not lines or not form["reference"]:
        field_name = "reference" if lines else ""
        return await show_receipt(visit, {field_name: mistake(visit, "required")}, form, 422)
    try:
        await _known(visit, form, [line["sku"] for line in lines])
        body = {"reference": form["reference"], "lines": lines}
        await visit.api.post("/v1/stock/receipts", body, key=form["key"])
    except ApiProblem as problem:
        wrong_rows = by_row(visit, problem, lines, ("reference",))
        unknown = problem.code == "sku_unknown"
        return await show_receipt(visit, wrong_rows, form, problem.status, unknown=unknown)
    return done(visit, LIST, "stock_received")


async def _known(visit: Visit, form: Fields, skus: Sequence[str]) -> None:
    """A SKU that is nowhere yet, neither in stock nor an article's, is a slip of the keyboard, unless the form says
    that it is new. Raises ApiProblem."""
    if form["new"]:
        return
    for index, sku in enumerate(skus):
        stock = await visit.api.get("/v1/stock", sku=sku, limit=1)
        if not stock["items"] and not (await visit.api.get("/v1/products", sku=sku, status="any"))["items"]:
            raise ApiProblem(422, {"code": "sku_unknown", "field": f"lines[{index}].sku"})
