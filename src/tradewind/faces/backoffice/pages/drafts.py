"""Drafts: an order put together for a customer, line by line, and sent as a payment link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.contracts.currencies import is_currency
from tradewind.faces.backoffice.amounts import basis_points, minor_units, typed
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import mistake, said
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

ROWS, MORE_ROWS, MOST_ROWS = 4, 5, 100
ADDRESS = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country")


class Typed(Exception):
    """What was typed cannot be asked for: what is wrong, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(str(errors))
        self.errors = errors


async def show_new_draft(visit: Visit) -> Response:
    return await _editor(visit, None, Fields([("currency", visit.settings.currencies[0])]))


async def create_draft(visit: Visit) -> Response:
    form = await visit.form()
    if form["more"]:
        return await _editor(visit, None, form, more=True)
    try:
        body = _terms(visit, form) | {"currency": _currency(form), "note": form["note"]}
        draft = await visit.api.post("/v1/order-drafts", _given(body), key=form["key"])
    except Typed as wrong:
        return await _editor(visit, None, form, wrong.errors)
    except ApiProblem as problem:
        return await _editor(visit, None, form, _errors(visit, problem))
    return done(visit, _url(draft["order"]["order_id"]), "draft_created")


async def show_draft(visit: Visit) -> Response:
    draft = await _draft(visit)
    return await _editor(visit, draft, _typed(draft))


async def save_draft(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    draft = await _draft(visit)
    if form["more"]:
        return await _editor(visit, draft, form, more=True)
    try:
        body = _terms(visit, form) | {"version": form.whole("version", 0)}
        await visit.api.patch(f"/v1/order-drafts/{order_id}", body, key=form["key"])
    except Typed as wrong:
        return await _editor(visit, draft, form, wrong.errors)
    except ApiProblem as problem:
        return await _editor(visit, await _draft(visit), form, _errors(visit, problem))
    return done(visit, _url(order_id), "draft_saved")


async def send_draft(visit: Visit) -> Response:
    form = await visit.form()
    return await _deed(visit, "send", {"message": form["message"]}, form, "draft_sent")


async def reserve_draft(visit: Visit) -> Response:
    return await _deed(visit, "reserve", None, await visit.form(), "draft_reserved")


async def _deed(visit: Visit, deed: str, body: Any, form: Fields, notice: str) -> Response:
    order_id = visit.parameter("order_id")
    try:
        await visit.api.post(f"/v1/order-drafts/{order_id}/{deed}", body, key=form["key"])
    except ApiProblem as problem:
        draft = await _draft(visit)
        return await _editor(visit, draft, _typed(draft), _errors(visit, problem))
    return done(visit, _url(order_id), notice)


async def _draft(visit: Visit) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await visit.api.get(f"/v1/order-drafts/{visit.parameter('order_id')}")
    return found


async def _editor(
    visit: Visit,
    draft: Mapping[str, Any] | None,
    form: Fields,
    errors: Mapping[str, str] | None = None,
    *,
    more: bool = False,
) -> Response:
    rows = _rows(form)
    wanted = min(max(ROWS, len(rows) + (MORE_ROWS if more else 1)), MOST_ROWS)
    rows += [("", "", "1", "")] * (wanted - len(rows))
    return await page(
        visit,
        "draft.html",
        422 if errors else 200,
        draft=draft,
        order=draft["order"] if draft else None,
        rows=rows,
        form=form,
        errors=errors or {},
        currencies=visit.settings.currencies,
        countries=visit.settings.countries,
        tongues=("en", "de"),
    )


def _rows(form: Fields) -> list[tuple[str, str, str, str]]:
    names = ("sku", "title", "quantity", "price")
    return [row for row in zip(*(form.all(name) for name in names), strict=False) if any(row[:2])]


def _terms(visit: Visit, form: Fields) -> dict[str, Any]:
    """Raises Typed."""
    errors: dict[str, str] = {}
    currency = _currency(form)
    lines = [line for row in _rows(form) if (line := _line(visit, row, currency, errors))]
    if not lines and not errors:
        errors["lines"] = mistake(visit, "nothing_chosen")
    shipping = minor_units(form["shipping_price"] or "0", currency)
    if shipping is None:
        errors["shipping_price"] = mistake(visit, "amount_invalid")
    discount = _discount(visit, form, currency, errors)
    if errors:
        raise Typed(errors)
    return {
        "email": form["email"] or None,
        "language": form["language"] or None,
        "lines": lines,
        "shipping_address": {name: form[name] for name in ADDRESS if form[name]},
        "shipping": {"method": form["shipping_method"] or "standard", "price_minor": shipping},
        "discount": discount,
        "discount_codes": form["discount_codes"].replace(",", " ").split(),
    }


def _currency(form: Fields) -> str:
    return form["currency"] if is_currency(form["currency"]) else "EUR"


def _line(
    visit: Visit, row: tuple[str, str, str, str], currency: str, errors: dict[str, str]
) -> dict[str, Any] | None:
    sku, title, quantity, price = row
    unit = minor_units(price, currency) if price else None
    if price and unit is None:
        errors["lines"] = mistake(visit, "amount_invalid")
        return None
    if not quantity.isdigit():
        errors["lines"] = mistake(visit, "number_invalid")
        return None
    line: dict[str, Any] = {"quantity": int(quantity), "unit_price_minor": unit}
    return line | ({"sku": sku} if sku else {}) | ({"title": title} if title else {})


def _discount(visit: Visit, form: Fields, currency: str, errors: dict[str, str]) -> dict[str, Any] | None:
    given = form["discount"]
    if not given:
        return None
    reason = form["discount_reason"] or visit.gettext("Discount")
    if given.endswith("%"):
        points = basis_points(given.removesuffix("%").strip())
        if not points:
            errors["discount"] = mistake(visit, "percent_invalid")
            return None
        return {"kind": "percentage", "basis_points": points, "reason": reason}
    amount = minor_units(given, currency)
    if not amount:
        errors["discount"] = mistake(visit, "amount_invalid")
        return None
    return {"kind": "amount", "amount_minor": amount, "reason": reason}


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _typed(draft: Mapping[str, Any]) -> Fields:
    """The draft as its form shows it."""
    terms, order = draft["terms"], draft["order"]
    currency = terms.get("currency", "EUR")
    shipping = terms.get("shipping", {})
    pairs = [
        ("version", str(order["version"])),
        ("currency", currency),
        ("email", order["email"]),
        ("language", terms.get("language") or ""),
        ("shipping_method", shipping.get("method", "standard")),
        ("shipping_price", typed(shipping.get("price_minor", 0), currency)),
    ]
    pairs += [(name, terms["shipping_address"].get(name, "")) for name in ADDRESS]
    discount = terms.get("discount")
    if discount:
        points, amount = discount.get("basis_points"), discount.get("amount_minor")
        given = f"{points / 100:g} %" if points else typed(amount, currency)
        pairs += [("discount", given), ("discount_reason", discount["reason"])]
    pairs.append(("discount_codes", " ".join(terms.get("discount_codes", []))))
    for line in terms["lines"]:
        price = line.get("unit_price_minor")
        pairs += [
            ("sku", line.get("sku", "")),
            ("title", line.get("title", "")),
            ("quantity", str(line["quantity"])),
            ("price", "" if price is None else typed(price, currency)),
        ]
    return Fields(pairs)


def _errors(visit: Visit, problem: ApiProblem) -> dict[str, str]:
    """Beside the field, where there is one; the address's parts have names of their own."""
    if problem.status >= 500 or problem.status == 401:
        raise problem
    place = problem.field or ""
    field = place.rpartition(".")[2] if place.startswith("shipping_address.") else place.partition("[")[0]
    shown = {"shipping": "shipping_price", "discount.amount_minor": "discount"}.get(field, field)
    known = ("email", "lines", "discount", "discount_codes", "shipping_price", *ADDRESS)
    return {shown if shown in known else "": said(visit, problem)}


def _url(order_id: str) -> str:
    return f"/admin/drafts/{order_id}"
