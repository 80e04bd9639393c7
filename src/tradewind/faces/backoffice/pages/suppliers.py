"""Suppliers: who sells us what, at which price, and how well they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tradewind.faces.backoffice.amounts import basis_points, minor_units, typed
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.rows import typed_rows, whole, with_room
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/suppliers"
NEW_FIELDS = ("code", "name", "currency", "lead_time_days", "over_basis_points")
DETAILS = ("name", "lead_time_days", "over_basis_points", "contact", "email", "note")
PART_FIELDS = ("sku", "pack_size", "minimum_packs", "rank", "prices")
PRICE_ROWS = 4


async def show_suppliers(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    suppliers = await visit.api.get(
        "/v1/suppliers", q=visit.query["q"][:120] or None, cursor=visit.query["cursor"] or None
    )
    return await page(
        visit,
        "suppliers.html",
        status,
        suppliers=suppliers,
        currencies=visit.settings.currencies,
        errors=errors or {},
        form=form or Fields([]),
    )


async def create_supplier(visit: Visit) -> Response:
    form = await visit.form()
    share = basis_points(form["over_basis_points"] or "0")
    if share is None:
        return await show_suppliers(
            visit, {"over_basis_points": mistake(visit, "percent_invalid")}, form, 422
        )
    if form["email"] and not form["contact"]:
        return await show_suppliers(visit, {"contact": mistake(visit, "required")}, form, 422)
    code = form["code"].upper()
    body = {
        "code": code,
        "name": form["name"],
        "currency": form["currency"],
        "lead_time_days": form.whole_as_typed("lead_time_days", 7),
        "over_basis_points": share,
        "contacts": _contacts(form, []),
    }
    try:
        await visit.api.post("/v1/suppliers", body, key=form["key"])
    except ApiProblem as problem:
        return await show_suppliers(visit, by_field(visit, problem, NEW_FIELDS), form, problem.status)
    return done(visit, f"{LIST}/{quote(code)}", "supplier_saved")


def _contacts(form: Fields, known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The first is the one of the form; the others stay."""
    typed_one = {"name": form["contact"], "email": form["email"] or None}
    first = [{**(known[0] if known else {}), **typed_one}] if form["contact"] else []
    return [*first, *(dict(one) for one in known[1:])]


async def show_supplier(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    code = visit.parameter("code")
    supplier, parts, performance, orders = await visit.api.together(
        visit.api.get(f"/v1/suppliers/{quote(code)}"),
        visit.api.get("/v1/supplier-parts", supplier=code, cursor=visit.query["cursor"] or None),
        visit.api.get(f"/v1/suppliers/{quote(code)}/performance"),
        visit.api.get("/v1/purchase-orders", supplier=code, limit=10),
    )
    chosen = next((one for one in parts["items"] if one["sku"] == visit.query["sku"]), None)
    details = form if form is not None and "active" in form else _details(supplier)
    typed_form = form or (_as_typed(chosen) if chosen else Fields([]))
    prices = typed_rows(typed_form, "packs", "price")
    return await page(
        visit,
        "supplier.html",
        status,
        supplier=supplier,
        parts=parts,
        performance=performance,
        orders=orders["items"],
        errors=errors or {},
        form=typed_form,
        details=details,
        prices=with_room(prices, 2)[:PRICE_ROWS],
    )


def _details(supplier: Mapping[str, Any]) -> Fields:
    first = supplier["contacts"][0] if supplier["contacts"] else {}
    return Fields(
        [
            ("name", supplier["name"]),
            ("lead_time_days", str(supplier["lead_time_days"])),
            ("over_basis_points", f"{supplier['over_basis_points'] / 100:g}"),
            ("contact", first.get("name") or ""),
            ("email", first.get("email") or ""),
            ("note", supplier["note"]),
            ("active", "true" if supplier["active"] else "false"),
        ]
    )


def _as_typed(part: Mapping[str, Any]) -> Fields:
    pairs = [
        (name, str(part[name])) for name in ("sku", "supplier_sku", "pack_size", "minimum_packs", "rank")
    ]
    pairs.append(("weight_grams", str(part["weight_grams"] or "")))
    for price in part["prices"]:
        pairs.append(("packs", str(price["packs"])))
        pairs.append(("price", typed(price["pack_price_minor"], part["currency"])))
    return Fields(pairs)


async def save_supplier(visit: Visit) -> Response:
    form = await visit.form()
    path = f"/v1/suppliers/{quote(visit.parameter('code'))}"
    share = basis_points(form["over_basis_points"] or "0")
    if share is None:
        return await show_supplier(visit, {"over_basis_points": mistake(visit, "percent_invalid")}, form, 422)
    if form["email"] and not form["contact"]:
        return await show_supplier(visit, {"contact": mistake(visit, "required")}, form, 422)
    known = await visit.api.get(path)
    body: dict[str, Any] = {
        "active": form["active"] == "true",
        "note": form["note"],
        "over_basis_points": share,
        "contacts": _contacts(form, known["contacts"]),
    }
    if form["name"]:
        body["name"] = form["name"]
    if form["lead_time_days"]:
        body["lead_time_days"] = form.whole_as_typed("lead_time_days")
    try:
        await visit.api.patch(path, body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, DETAILS)
        return await show_supplier(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{quote(visit.parameter('code'))}", "supplier_saved")


async def save_part(visit: Visit) -> Response:
    """A SKU that the supplier sells already is changed."""
    form = await visit.form()
    code = visit.parameter("code")
    currency = (await visit.api.get(f"/v1/suppliers/{quote(code)}"))["currency"]
    prices = [
        {"packs": whole(packs or "1"), "pack_price_minor": minor_units(price, currency)}
        for packs, price in typed_rows(form, "packs", "price")
    ]
    if not prices or any(None in price.values() for price in prices):
        return await show_supplier(visit, {"prices": mistake(visit, "amount_invalid")}, form, 422)
    body = {
        "supplier": code,
        "sku": form["sku"],
        "supplier_sku": form["supplier_sku"],
        "pack_size": form.whole_as_typed("pack_size", 1),
        "minimum_packs": form.whole_as_typed("minimum_packs", 1),
        "rank": form.whole_as_typed("rank", 100),
        "weight_grams": form.whole_as_typed("weight_grams"),
        "prices": prices,
    }
    try:
        await visit.api.put("/v1/supplier-parts", body, key=form["key"])
    except ApiProblem as problem:
        return await show_supplier(visit, by_field(visit, problem, PART_FIELDS), form, problem.status)
    return done(visit, f"{LIST}/{quote(code)}", "part_saved")


async def remove_part(visit: Visit) -> Response:
    form = await visit.form()
    code = visit.parameter("code")
    await visit.api.delete("/v1/supplier-parts", key=form["key"], supplier=code, sku=form["sku"])
    return done(visit, f"{LIST}/{quote(code)}", "part_removed")
