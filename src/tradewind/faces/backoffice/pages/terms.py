"""How the shop sells: its warehouses, where and how parcels go and what that costs, tax and what contains it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from babel import Locale

from tradewind.faces.backoffice.amounts import basis_points, grams, typed, typed_kilograms
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.nearness import Unclear, regions, written_lines, written_regions
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.shipping_rates import areas, prices, written_areas, written_steps
from tradewind.faces.backoffice.spans import midnight
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response
from tradewind.kernel.languages import locale

HERE = "/admin/settings"
METHOD_FIELDS = (
    "code",
    "name",
    "countries",
    "zone",
    "most_kilograms",
    "tax_class",
    "days_min",
    "days_max",
    "position",
)
ZONE_FIELDS = ("code", "name", "areas")
TAX_FIELDS = ("country", "tax_class", "percent", "region", "valid_from", "valid_to")
WAREHOUSE_FIELDS = ("code", "name", "country", "priority")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


async def show_terms(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    """`wrong` is the form that `errors` and `form` are of: method, zone, tax or warehouse."""
    methods, zones, rates, terms, warehouses = await visit.api.together(
        visit.api.get("/v1/shipping-methods"),
        visit.api.get("/v1/shipping-zones"),
        visit.api.get("/v1/tax-rates"),
        visit.api.get("/v1/currency-terms"),
        visit.api.get("/v1/warehouses", limit=100),
    )
    included = {one["currency"]: one["prices_include_tax"] for one in terms["items"]}
    ordered, now = _latest_first(rates["items"]), datetime.now(UTC).isoformat()
    warehouse = _edited(visit, warehouses["items"], "warehouse", form if wrong == "warehouse" else None)
    currencies = visit.settings.currencies
    return await page(
        visit,
        "settings.html",
        status,
        methods=methods["items"],
        zones=zones["items"],
        zone=_edited(visit, zones["items"], "zone", form if wrong == "zone" else None),
        written_areas=written_areas,
        written_steps=written_steps,
        included={currency: included.get(currency, True) for currency in currencies},
        rates=ordered,
        now=now,
        warehouses=warehouses["items"],
        currencies=currencies,
        countries=_countries(locale(visit.language)),
        method=_edited(visit, methods["items"], "method", form if wrong == "method" else None),
        rate=next(
            (it for it in ordered if _name(it) == visit.query["rate"] and (it["valid_from"] or "") <= now), {}
        ),
        warehouse=warehouse,
        near=await _near(visit, warehouse.get("code", "")),
        amount=lambda method, currency, field: typed(
            (method.get("prices", {}).get(currency) or {}).get(field), currency
        ),
        typed_kilograms=typed_kilograms,
        errors=errors or {},
        form=form,
        wrong_form=wrong,
    )


async def save_method(visit: Visit) -> Response:
    """What is typed, beside the prices in currencies that the pages do not offer: those stay."""
    form = await visit.form()
    known = _chosen((await visit.api.get("/v1/shipping-methods"))["items"], "code", form["code"])
    typed_prices, mistakes = prices(visit, form)
    for field in ("code", "name"):
        if not form[field]:
            mistakes[field] = "required"
    countries = re.split(r"[\s,;]+", form["countries"].upper()) if form["countries"] else []
    if not all(_COUNTRY.fullmatch(country) for country in countries):
        mistakes["countries"] = "country_invalid"
    most_grams = grams(form["most_kilograms"]) if form["most_kilograms"] else None
    if form["most_kilograms"] and most_grams is None:
        mistakes["most_kilograms"] = "weight_invalid"
    numbers, misread = _numbers(form, "days_min", "days_max", "position")
    mistakes |= misread
    if mistakes:
        errors = {field: mistake(visit, code) for field, code in mistakes.items()}
        return await show_terms(visit, errors, form, "method", 422)
    body = {
        "name": form["name"],
        "prices": {**known.get("prices", {}), **typed_prices},
        "countries": countries,
        "zone": form["zone"] or None,
        "tax_class": form["tax_class"] or "standard",
        "most_grams": most_grams,
        **numbers,
        "active": form["active"] == "true",
    }
    try:
        await visit.api.put(f"/v1/shipping-methods/{form['code']}", body, key=form["key"])
    except ApiProblem as problem:
        return await show_terms(
            visit, by_field(visit, problem, METHOD_FIELDS), form, "method", problem.status
        )
    return done(visit, HERE, "terms_saved")


async def save_zone(visit: Visit) -> Response:
    form = await visit.form()
    mistakes = {field: "required" for field in ("code", "name") if not form[field]}
    typed_areas = areas(form["areas"])
    if typed_areas is None:
        mistakes["areas"] = "areas_invalid"
    if mistakes:
        errors = {field: mistake(visit, code) for field, code in mistakes.items()}
        return await show_terms(visit, errors, form, "zone", 422)
    body = {"name": form["name"], "areas": typed_areas}
    try:
        await visit.api.put(f"/v1/shipping-zones/{form['code']}", body, key=form["key"])
    except ApiProblem as problem:
        return await show_terms(visit, by_field(visit, problem, ZONE_FIELDS), form, "zone", problem.status)
    return done(visit, HERE, "terms_saved")


async def delete_zone(visit: Visit) -> Response:
    form = await visit.form()
    try:
        await visit.api.delete(f"/v1/shipping-zones/{quote(visit.parameter('code'))}", key=form["key"])
    except ApiProblem as problem:
        return await show_terms(visit, by_field(visit, problem), None, "zone", problem.status)
    return done(visit, HERE, "terms_removed")


async def save_currency(visit: Visit) -> Response:
    """Whether prices in it include tax."""
    form = await visit.form()
    body = {"prices_include_tax": form["included"] == "true"}
    await visit.api.put(f"/v1/currency-terms/{visit.parameter('currency')}", body, key=form["key"])
    return done(visit, HERE, "terms_saved")


async def load_rates(visit: Visit) -> Response:
    """The European Union's; what staff set otherwise stays, and is shown."""
    form = await visit.form()
    loaded = await visit.api.post("/v1/tax-rates/european", {}, key=form["key"])
    if not loaded["different"]:
        return done(visit, HERE, "rates_loaded")
    shown = ", ".join(f"{one['country']}/{one['tax_class']}" for one in loaded["different"])
    text = visit.gettext(
        "Loaded, as of %(day)s. Yours differ, and stay: %(rates)s.", day=loaded["data_date"], rates=shown
    )
    return await show_terms(visit, {"": text}, None, "loaded")


async def save_rate(visit: Visit) -> Response:
    form = await visit.form()
    points = basis_points(form["percent"])
    mistakes = {} if points is not None else {"percent": "percent_invalid"}
    if not _COUNTRY.fullmatch(form["country"]):
        mistakes["country"] = "country_invalid"
    body: dict[str, Any] = {"basis_points": points, "region": form["region"]}
    for field in ("valid_from", "valid_to"):
        if form[field]:
            body[field] = midnight(form[field], visit.settings.time_zone)
            if body[field] is None:
                mistakes[field] = "day_invalid"
    if mistakes:
        errors = {field: mistake(visit, code) for field, code in mistakes.items()}
        return await show_terms(visit, errors, form, "tax", 422)
    path = f"/v1/tax-rates/{form['country'].upper()}/{form['tax_class'] or 'standard'}"
    try:
        await visit.api.put(path, body, key=form["key"])
    except ApiProblem as problem:
        return await show_terms(visit, by_field(visit, problem, TAX_FIELDS), form, "tax", problem.status)
    return done(visit, HERE, "terms_saved")


async def delete_rate(visit: Visit) -> Response:
    """One that has not begun."""
    form = await visit.form()
    path = f"/v1/tax-rates/{quote(form['country'])}/{quote(form['tax_class'])}"
    which = {"region": form["region"], "valid_from": form["valid_from"]}
    try:
        await visit.api.delete(path, key=form["key"], **which)
    except ApiProblem as problem:
        return await show_terms(visit, by_field(visit, problem), None, "tax", problem.status)
    return done(visit, HERE, "terms_removed")


async def save_warehouse(visit: Visit) -> Response:
    """A code that is known is changed in what was typed otherwise, one that is not is made."""
    form = await visit.form()
    numbers, mistakes = _numbers(form, "priority")
    mistakes |= {field: "required" for field in ("code", "name") if not form[field]}
    errors = {field: mistake(visit, code) for field, code in mistakes.items()}
    code = form["code"].upper()
    kept = await _near(visit, form["known"])
    near = None
    try:
        if written_lines(form["regions"]) != written_lines(kept):
            near = regions(visit, form["regions"])
    except Unclear as unclear:
        errors["regions"] = str(unclear)
    if errors:
        return await show_terms(visit, errors, form, "warehouse", 422)
    body: dict[str, Any] = {
        "name": form["name"],
        "country": form["country"].upper(),
        **numbers,
        "active": form["active"] == "true",
        "pickup": form["pickup"] == "true",
    }
    try:
        await _keep_warehouse(visit, form, code, body)
        if near is not None:
            await visit.api.put(
                f"/v1/warehouses/{quote(code, safe='')}/regions", {"items": near}, key=f"{form['key']}-near"
            )
    except ApiProblem as problem:
        return await show_terms(
            visit, by_field(visit, problem, WAREHOUSE_FIELDS), form, "warehouse", problem.status
        )
    return done(visit, HERE, "terms_saved")


def _numbers(form: Fields, *names: str) -> tuple[dict[str, int], dict[str, str]]:
    """By field, and the codes of mistakes by field: a number that cannot be read is not made another. Which bounds it
    has, the platform says."""
    found: dict[str, int] = {}
    mistakes: dict[str, str] = {}
    for name in names:
        number = form.whole(name)
        if number is None:
            mistakes[name] = "number_invalid" if form[name] else "required"
        else:
            found[name] = number
    return found, mistakes


async def _keep_warehouse(visit: Visit, form: Fields, code: str, body: Mapping[str, Any]) -> None:
    """Raises ApiProblem."""
    if not form["known"]:
        await visit.api.post("/v1/warehouses", {"code": code, **body}, key=form["key"])
        return
    before = await visit.api.get(f"/v1/warehouses/{quote(code, safe='')}")
    changed = {name: value for name, value in body.items() if value != before[name]}
    if changed:
        await visit.api.patch(f"/v1/warehouses/{quote(code, safe='')}", changed, key=form["key"])


async def _near(visit: Visit, code: str) -> str:
    """What a warehouse is near to, as it is typed; empty without one."""
    found = await visit.api.find(f"/v1/warehouses/{quote(code, safe='')}/regions") if code else None
    return written_regions(found["items"]) if found else ""


def _latest_first(rates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each country and class those that begin last first."""
    ordered = sorted(rates, key=lambda rate: rate.get("valid_from") or "", reverse=True)
    return sorted(ordered, key=lambda rate: (rate["country"], rate["tax_class"], rate["region"]))


def _edited(visit: Visit, items: list[dict[str, Any]], name: str, form: Fields | None) -> dict[str, Any]:
    """What the form that was refused is of; without one, what the address names."""
    return _chosen(items, "code", form["known"] if form else visit.query[name])


def _chosen(items: list[dict[str, Any]], field: str, value: str) -> dict[str, Any]:
    return next((item for item in items if item[field] == value), {})


def _name(rate: Mapping[str, Any]) -> str:
    return f"{rate['country']}/{rate['tax_class']}"


def _countries(written: Locale) -> list[tuple[str, str]]:
    names = [(code, name) for code, name in written.territories.items() if len(code) == 2 and code != "ZZ"]
    return sorted(names, key=lambda pair: pair[1])
