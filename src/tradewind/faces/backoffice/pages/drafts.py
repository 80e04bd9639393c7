"""Drafts: an order put together for a customer, line by line, and sent as a payment link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.contracts.currencies import is_currency
from tradewind.faces.backoffice.amounts import basis_points, minor_units, typed
from tradewind.faces.backoffice.draft_shipping import price_of_method, shipping_choices
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import ROW, mistake, said
from tradewind.faces.backoffice.rows import typed_rows
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

ROWS, MORE_ROWS, MOST_ROWS = 4, 5, 100
BILLING = "billing_"
ADDRESS = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country")


SHOWN = {  # the platform's names, as the form has them
    "shipping": "shipping_price",
    "shipping.price_minor": "shipping_price",
    "discount.amount_minor": "discount",
    "expires_at": "expires_on",
    "account_id": "email",
}


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
        body = await _terms(visit, form) | {"currency": _currency(form), "note": form["note"]}
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
        body = await _terms(visit, form) | {"version": form.whole("version", 0)}
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
    rows += [("", "", "1", "", "standard")] * (wanted - len(rows))
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
        tax_classes=await _tax_classes(visit, rows),
        methods=await shipping_choices(visit, form["shipping_method"]),
        link=_link(visit, draft),
    )


def _link(visit: Visit, draft: Mapping[str, Any] | None) -> str:
    """As the mail has it: a guest's with the token that opens it, an account's opens once its owner is signed in."""
    if draft is None:
        return ""
    order = draft["order"]
    key = f"?token={order['token']}" if order.get("token") else ""
    return f"{visit.origin}/orders/{order['order_id']}{key}"


Row = tuple[str, ...]


def _rows(form: Fields) -> list[Row]:
    """Those that something stands in: SKU, title, pieces, price, tax class."""
    return [row for row in typed_rows(form, "sku", "title", "quantity", "price", "tax_class") if any(row[:2])]


async def _tax_classes(visit: Visit, rows: list[Row]) -> list[str]:
    """Those that some country has a rate for, and what was typed."""
    rates = (await visit.api.get("/v1/tax-rates"))["items"]
    return sorted({"standard", *(rate["tax_class"] for rate in rates), *(row[4] for row in rows if row[4])})


async def _terms(visit: Visit, form: Fields) -> dict[str, Any]:
    """Raises Typed."""
    errors: dict[str, str] = {}
    currency = _currency(form)
    rows = enumerate(_rows(form))
    lines = [line for at, row in rows if (line := _line(visit, at, row, currency, errors))]
    if not lines and not errors:
        errors["lines"] = mistake(visit, "nothing_chosen")
    shipping = minor_units(form["shipping_price"], currency) if form["shipping_price"] else None
    if form["shipping_price"] and shipping is None:
        errors["shipping_price"] = mistake(visit, "amount_invalid")
    discount = _discount(visit, form, currency, errors)
    account = await _account(visit, form, errors)
    if not errors and shipping is None:
        shipping = await price_of_method(visit, form, currency, lines, errors)
    if errors:
        raise Typed(errors)
    return account | {
        "email": form["email"] or None,
        "language": form["language"] or None,
        "lines": lines,
        "shipping_address": {name: form[name] for name in ADDRESS if form[name]},
        "billing_address": _billing(form),
        "expires_at": f"{form['expires_on']}T23:59:59Z" if form["expires_on"] else None,
        "shipping": {"method": form["shipping_method"], "price_minor": shipping},
        "discount": discount,
        "discount_codes": form["discount_codes"].replace(",", " ").split(),
    }


def _billing(form: Fields) -> dict[str, str] | None:
    """None where it is the address that the parcel goes to: a country alone is no other one."""
    given = {name: form[BILLING + name] for name in ADDRESS if form[BILLING + name]}
    return given if given.keys() - {"country"} else None


async def _account(visit: Visit, form: Fields, errors: dict[str, str]) -> dict[str, Any]:
    """Whose it is: the account of the e-mail address, where the form says that it is an account's. Who may not see
    customers changes nothing about it."""
    if not visit.may("customers:read"):
        return {}
    if not form["for_account"]:
        return {"account_id": None}
    email = form["email"].casefold()
    found = await visit.api.get("/v1/customers", email=form["email"] or None, limit=50)
    account_id = next((one["account_id"] for one in found["items"] if one["email"].casefold() == email), None)
    if account_id is None:
        errors["email"] = mistake(visit, "account_unknown")
    return {"account_id": account_id}


def _currency(form: Fields) -> str:
    return form["currency"] if is_currency(form["currency"]) else "EUR"


def _line(visit: Visit, at: int, row: Row, currency: str, errors: dict[str, str]) -> dict[str, Any] | None:
    sku, title, quantity, price, tax_class = row
    unit = minor_units(price, currency) if price else None
    if price and unit is None:
        errors[f"lines:{at}"] = mistake(visit, "amount_invalid")
        return None
    if not quantity.isdigit():
        errors[f"lines:{at}"] = mistake(visit, "number_invalid")
        return None
    line: dict[str, Any] = {"quantity": int(quantity), "unit_price_minor": unit}
    if sku:
        return line | {"sku": sku} | ({"title": title} if title else {})
    return line | {"title": title, "tax_class": tax_class or "standard"}


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
    billing = terms.get("billing_address") or {}
    pairs += [(BILLING + name, billing.get(name, "")) for name in ADDRESS]
    pairs.append(("for_account", "true" if terms.get("account_id") else ""))
    pairs.append(("expires_on", (terms.get("expires_at") or "")[:10]))
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
            ("tax_class", line.get("tax_class", "standard")),
        ]
    return Fields(pairs)


def _errors(visit: Visit, problem: ApiProblem) -> dict[str, str]:
    """Beside the field, where there is one; the address's parts have names of their own."""
    if problem.status >= 500 or problem.status == 401:
        raise problem
    place = problem.field or ""
    row = ROW.match(place)
    if row is not None:
        return {f"lines:{row[1]}": said(visit, problem)}
    address, _, part = place.partition(".")
    known = (
        "email",
        "lines",
        "discount",
        "discount_codes",
        "shipping_price",
        "shipping_method",
        "expires_on",
        *ADDRESS,
    )
    shown = SHOWN.get(place, place.partition("[")[0])
    if address in ("shipping_address", "billing_address") and part in ADDRESS:
        shown = part if address == "shipping_address" else BILLING + part
    beside = shown in known or shown.startswith(BILLING)
    return {shown if beside else "": said(visit, problem)}


def _url(order_id: str) -> str:
    return f"/admin/drafts/{order_id}"
