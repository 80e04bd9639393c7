"""One promotion: what it takes off, for what, when and how often; and the codes that it comes by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tradewind.faces.backoffice.amounts import basis_points, minor_units, typed
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.pages.promotions import KINDS, LIST
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.spans import midnight
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

SENT_AS = {
    "basis_points": "value",
    "amount_minor": "value",
    "minimum_minor": "minimum",
    "starts_at": "starts",
    "ends_at": "ends",
    "product_ids": "products",
    "get_product_ids": "get_products",
    "category_ids": "categories",
}
FIELDS = (
    "name", "kind", "value", "currency", "buy_quantity", "get_quantity", "products", "get_products", "categories",
    "minimum", "minimum_quantity", "most_uses", "most_uses_each", "starts", "ends", "priority", "codes",
)  # fmt: skip
_WHOLE_OF_ALL = ("most_uses", "most_uses_each", "minimum_quantity", "priority")
_WHOLE = (*_WHOLE_OF_ALL, "buy_quantity", "get_quantity")
_NEVER_NULL = ("minimum_quantity", "priority")


async def show_new_promotion(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    return await _shown(visit, {}, form or Fields([("value", ""), ("priority", "0")]), errors, status)


async def show_promotion(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    path = f"/v1/promotions/{visit.parameter('promotion_id')}"
    promotion, codes = await visit.api.together(
        visit.api.get(path), visit.api.get(f"{path}/codes", limit=100, cursor=visit.query["cursor"] or None)
    )
    return await _shown(visit, promotion, form or await _filled(visit, promotion), errors, status, codes)


async def _shown(
    visit: Visit,
    promotion: Mapping[str, Any],
    form: Fields,
    errors: Mapping[str, str] | None,
    status: int,
    codes: Mapping[str, Any] | None = None,
) -> Response:
    tree = await visit.api.get("/v1/categories")
    return await page(
        visit,
        "promotion.html",
        status,
        promotion=promotion,
        form=form,
        errors=errors or {},
        codes=codes,
        kinds=KINDS,
        currencies=visit.settings.currencies,
        categories=list(_categories(tree["items"])),
    )


def _categories(nodes: list[Mapping[str, Any]], above: str = "") -> Iterator[tuple[str, str]]:
    for node in nodes:
        name = f"{above} > {node['name']}" if above else str(node["name"])
        yield node["category_id"], name
        yield from _categories(node["children"], name)


async def create_promotion(visit: Visit) -> Response:
    form = await visit.form()
    body, mistakes = await _body(visit, form, form["kind"])
    body |= {"kind": form["kind"] if form["kind"] in KINDS else "percentage"}
    body |= {"automatic": form["by"] == "itself", "codes": form["codes"].split()}
    if form["by"] == "itself":
        body["codes"] = []
    if mistakes:
        return await show_new_promotion(visit, _told(visit, mistakes), form, 422)
    try:
        made = await visit.api.post("/v1/promotions", body, key=form["key"])
    except ApiProblem as problem:
        return await show_new_promotion(visit, _refused(visit, problem), form, problem.status)
    return done(visit, f"{LIST}/{made['promotion_id']}", "promotion_saved")


async def save_promotion(visit: Visit) -> Response:
    form = await visit.form()
    promotion_id = visit.parameter("promotion_id")
    kept = await visit.api.get(f"/v1/promotions/{promotion_id}")
    body, mistakes = await _body(visit, form, kept["kind"])
    if mistakes:
        return await show_promotion(visit, _told(visit, mistakes), form, 422)
    body["version"] = form.whole("version", kept["version"])
    try:
        await visit.api.patch(f"/v1/promotions/{promotion_id}", body, key=form["key"])
    except ApiProblem as problem:
        return await show_promotion(visit, _refused(visit, problem), form, problem.status)
    return done(visit, f"{LIST}/{promotion_id}", "promotion_saved")


async def add_codes(visit: Visit) -> Response:
    """Those that were typed, or so many new ones."""
    form = await visit.form()
    path = f"/v1/promotions/{visit.parameter('promotion_id')}/codes"
    body: dict[str, Any] = {"most_uses": form.whole_as_typed("code_uses")}
    if form["own_codes"]:
        body["codes"] = form["own_codes"].split()
    else:
        body |= {"count": form.whole_as_typed("count"), "prefix": form["prefix"]}
    try:
        await visit.api.post(path, body, key=form["key"])
    except ApiProblem as problem:
        problem.field = "own_codes" if problem.field == "codes" else problem.field
        errors = by_field(visit, problem, ("own_codes", "count", "prefix"))
        return await show_promotion(visit, errors, None, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('promotion_id')}#codes", "codes_added")


async def _body(visit: Visit, form: Fields, kind: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What is sent, and the codes of mistakes by field."""
    currency = form["currency"] if form["currency"] in visit.settings.currencies else visit.settings.currency
    mistakes = {} if form["name"] else {"name": "required"}
    body: dict[str, Any] = {
        "name": form["name"],
        "combinable": form["combinable"] == "true",
        "category_ids": form.all("categories"),
        "minimum_minor": 0,
        "currency": currency if kind == "amount" or form["minimum"] else None,
    }

    def put(field: str, sent: str, value: object, code: str) -> None:
        body[sent] = value
        if value is None:
            mistakes[field] = code

    if kind == "amount":
        put("value", "amount_minor", minor_units(form["value"], currency) or None, "amount_invalid")
    elif kind == "percentage" or (kind == "buy_x_get_y" and form["value"]):
        put("value", "basis_points", basis_points(form["value"]) or None, "percent_invalid")
    if form["minimum"]:
        put("minimum", "minimum_minor", minor_units(form["minimum"], currency), "amount_invalid")
    bundles = kind == "buy_x_get_y"
    for field in _WHOLE if bundles else _WHOLE_OF_ALL:
        body[field] = 0 if field in _NEVER_NULL else None
        if form[field]:
            put(field, field, form.whole(field), "number_invalid")
    for field, sent, days in (("starts", "starts_at", 0), ("ends", "ends_at", 1)):
        body[sent] = None
        if form[field]:
            put(field, sent, midnight(form[field], visit.settings.time_zone, days), "day_invalid")
    put("products", "product_ids", await _products(visit, form["products"]), "product_unknown")
    if bundles:
        put(
            "get_products", "get_product_ids", await _products(visit, form["get_products"]), "product_unknown"
        )
    return body, mistakes


async def _products(visit: Visit, text: str) -> list[str] | None:
    """Their ids, of the last parts of their addresses; None where one is none."""
    names = text.replace(",", " ").split()[:500]
    found = [await visit.api.find(f"/v1/products/by-slug/{quote(name, safe='')}") for name in names]
    return None if None in found else [product["product_id"] for product in found]


async def _filled(visit: Visit, it: Mapping[str, Any]) -> Fields:
    """The form as the promotion is kept."""
    currency = it["currency"] or visit.settings.currency
    share = "" if it["basis_points"] is None else f"{it['basis_points'] / 100:g}"
    pairs = [
        ("name", it["name"]),
        ("kind", it["kind"]),
        ("value", typed(it["amount_minor"], currency) if it["kind"] == "amount" else share),
        ("currency", currency),
        ("minimum", typed(it["minimum_minor"] or None, currency)),
        ("starts", _day(it["starts_at"], visit.settings.time_zone, 0)),
        ("ends", _day(it["ends_at"], visit.settings.time_zone, -1)),
        ("combinable", "true" if it["combinable"] else ""),
        ("version", str(it["version"])),
        ("products", await _slugs(visit, it["product_ids"])),
        ("get_products", await _slugs(visit, it["get_product_ids"])),
        *(("categories", category_id) for category_id in it["category_ids"]),
    ]
    numbers = [(name, str(it[name])) for name in _WHOLE if it[name] is not None]
    return Fields(pairs + numbers)


async def _slugs(visit: Visit, product_ids: list[str]) -> str:
    found = [await visit.api.find(f"/v1/products/{product_id}") for product_id in product_ids]
    return "\n".join(product["slug"] for product in found if product is not None)


def _day(moment: str | None, zone: str, days: int) -> str:
    if moment is None:
        return ""
    return (
        (datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)) + timedelta(days=days)).date().isoformat()
    )


def _told(visit: Visit, mistakes: Mapping[str, str]) -> dict[str, str]:
    return {field: mistake(visit, code) for field, code in mistakes.items()}


def _refused(visit: Visit, problem: ApiProblem) -> dict[str, str]:
    field = (problem.field or "").partition("[")[0]
    problem.field = SENT_AS.get(field, field or None)
    return by_field(visit, problem, FIELDS)
