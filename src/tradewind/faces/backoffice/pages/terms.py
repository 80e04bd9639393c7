"""How the shop sells: its warehouses, how parcels go and what that costs, the tax that prices contain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from babel import Locale

from tradewind.faces.backoffice.amounts import basis_points, minor_units, typed
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response
from tradewind.kernel.languages import locale

HERE = "/admin/settings"
METHOD_FIELDS = ("code", "name", "countries", "days_min", "days_max", "position")
TAX_FIELDS = ("country", "tax_class", "percent")
WAREHOUSE_FIELDS = ("code", "name", "country", "priority")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


async def show_terms(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    """`wrong` is the form that `errors` and `form` are of: method, tax or warehouse."""
    methods, rates, warehouses = await visit.api.together(
        visit.api.get("/v1/shipping-methods"),
        visit.api.get("/v1/tax-rates"),
        visit.api.get("/v1/warehouses", limit=100),
    )
    currencies = visit.settings.currencies
    return await page(
        visit,
        "settings.html",
        status,
        methods=methods["items"],
        rates=rates["items"],
        warehouses=warehouses["items"],
        currencies=currencies,
        countries=_countries(locale(visit.language)),
        method=_chosen(methods["items"], "code", visit.query["method"]),
        rate=next((one for one in rates["items"] if _name(one) == visit.query["rate"]), {}),
        warehouse=_chosen(warehouses["items"], "code", visit.query["warehouse"]),
        amount=lambda method, currency, field: typed(
            (method.get("prices", {}).get(currency) or {}).get(field), currency
        ),
        errors=errors or {},
        form=form,
        wrong_form=wrong,
    )


async def save_method(visit: Visit) -> Response:
    """What is typed, beside the prices in currencies that the pages do not offer: those stay."""
    form = await visit.form()
    known = _chosen((await visit.api.get("/v1/shipping-methods"))["items"], "code", form["code"])
    prices, mistakes = _prices(visit, form)
    for field in ("code", "name"):
        if not form[field]:
            mistakes[field] = "required"
    countries = re.split(r"[\s,;]+", form["countries"].upper()) if form["countries"] else []
    if not all(_COUNTRY.fullmatch(country) for country in countries):
        mistakes["countries"] = "country_invalid"
    if mistakes:
        errors = {field: mistake(visit, code) for field, code in mistakes.items()}
        return await show_terms(visit, errors, form, "method", 422)
    body = {
        "name": form["name"],
        "prices": {**known.get("prices", {}), **prices},
        "countries": countries,
        "days_min": form.whole("days_min", 1),
        "days_max": form.whole("days_max", 5),
        "position": form.whole("position", 0),
        "active": form["active"] == "true",
    }
    try:
        await visit.api.put(f"/v1/shipping-methods/{form['code']}", body, key=form["key"])
    except ApiProblem as problem:
        return await show_terms(
            visit, by_field(visit, problem, METHOD_FIELDS), form, "method", problem.status
        )
    return done(visit, HERE, "terms_saved")


def _prices(visit: Visit, form: Fields) -> tuple[dict[str, Any], dict[str, str]]:
    """By currency, and the codes of mistakes by field. Without a price it does not go in that currency."""
    prices: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for currency in visit.settings.currencies:
        price, free = form[f"price_{currency}"], form[f"free_{currency}"]
        if not price and not free:
            continue
        prices[currency] = {"price_minor": minor_units(price, currency)}
        if prices[currency]["price_minor"] is None:
            mistakes[f"price_{currency}"] = "amount_invalid"
        if free:
            prices[currency]["free_from_minor"] = minor_units(free, currency)
            if prices[currency]["free_from_minor"] is None:
                mistakes[f"free_{currency}"] = "amount_invalid"
    if not prices:
        mistakes[f"price_{visit.settings.currency}"] = "required"
    return prices, mistakes


async def save_rate(visit: Visit) -> Response:
    form = await visit.form()
    points = basis_points(form["percent"])
    mistakes = {} if points is not None else {"percent": "percent_invalid"}
    if not _COUNTRY.fullmatch(form["country"]):
        mistakes["country"] = "country_invalid"
    if mistakes:
        errors = {field: mistake(visit, code) for field, code in mistakes.items()}
        return await show_terms(visit, errors, form, "tax", 422)
    path = f"/v1/tax-rates/{form['country'].upper()}/{form['tax_class'] or 'standard'}"
    try:
        await visit.api.put(path, {"basis_points": points}, key=form["key"])
    except ApiProblem as problem:
        return await show_terms(visit, by_field(visit, problem, TAX_FIELDS), form, "tax", problem.status)
    return done(visit, HERE, "terms_saved")


async def save_warehouse(visit: Visit) -> Response:
    """A code that is known is changed, one that is not is made."""
    form = await visit.form()
    required = {field: mistake(visit, "required") for field in ("code", "name") if not form[field]}
    if required:
        return await show_terms(visit, required, form, "warehouse", 422)
    code = form["code"].upper()
    body: dict[str, Any] = {
        "name": form["name"],
        "country": form["country"].upper(),
        "priority": form.whole("priority", 100),
        "active": form["active"] == "true",
    }
    try:
        if form["known"]:
            await visit.api.patch(f"/v1/warehouses/{code}", body, key=form["key"])
        else:
            await visit.api.post("/v1/warehouses", {"code": code, **body}, key=form["key"])
    except ApiProblem as problem:
        return await show_terms(
            visit, by_field(visit, problem, WAREHOUSE_FIELDS), form, "warehouse", problem.status
        )
    return done(visit, HERE, "terms_saved")


def _chosen(items: list[dict[str, Any]], field: str, value: str) -> dict[str, Any]:
    return next((item for item in items if item[field] == value), {})


def _name(rate: Mapping[str, Any]) -> str:
    return f"{rate['country']}/{rate['tax_class']}"


def _countries(written: Locale) -> list[tuple[str, str]]:
    names = [(code, name) for code, name in written.territories.items() if len(code) == 2 and code != "ZZ"]
    return sorted(names, key=lambda pair: pair[1])
