"""What happens to an order after the sale: its returns, changes, exchanges and claims, and what can be done now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tradewind.faces.backoffice.amounts import minor_units
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.photos import show_photo
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

CONDITIONS = {
    "restock": marked("As new"),
    "damaged": marked("Damaged"),
    "quality_control": marked("To be checked"),
    "written_off": marked("Written off"),
}
REASONS = {
    "changed_mind": marked("Changed their mind"),
    "does_not_fit": marked("Does not fit"),
    "not_as_described": marked("Not as described"),
    "damaged": marked("Damaged"),
    "defective": marked("Does not work"),
    "wrong_item": marked("Wrong article"),
    "arrived_late": marked("Arrived too late"),
    "other": marked("Another reason"),
}
CLAIMS = {
    "damaged": marked("Damaged"),
    "missing": marked("Missing"),
    "wrong_item": marked("Wrong article"),
    "other": marked("Something else"),
}
ADDRESS = {
    "name": marked("Name"),
    "company": marked("Company"),
    "line1": marked("Street and number"),
    "line2": marked("Addition"),
    "postal_code": marked("Postal code"),
    "city": marked("City"),
    "region": marked("Region"),
    "country": marked("Country"),
    "phone": marked("Phone, for the parcel service"),
}
LONGEST = {"postal_code": 20, "city": 80, "region": 80, "phone": 32}
NEEDED = ("name", "line1", "city", "country")
ADDRESSES = {"shipping_address": "", "billing_address": "billing_"}  # what their fields' names begin with
EDITABLE = ("placed", "partially_fulfilled")
EXCHANGEABLE = ("partially_fulfilled", "fulfilled", "partially_returned")
RETURN_DEEDS = {
    "approve": ("approve", "return_approved"),
    "refuse": ("refuse", "return_refused"),
    "cancel": ("cancel", "return_cancelled"),
    "receipts": ("receipts", "return_received"),
    "refund": ("refund", "return_refunded"),
    "close": ("close", "return_closed"),
}
EDIT_DEEDS = {"confirm": "edit_confirmed", "request": "edit_proposed", "cancel": "edit_cancelled"}


async def show_after_sale(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    going: Collection[str] | None = None,
) -> Response:
    """`going` are the shipping methods that go to the address of a change that was refused."""
    path = _path(visit)
    order, methods, returns, offered, edits, exchanges, claims = await visit.api.together(
        visit.api.get(path),
        visit.api.get("/v1/shipping-methods"),
        visit.api.get(f"{path}/returns"),
        visit.api.get(f"{path}/returnable"),
        visit.api.get(f"{path}/edits"),
        visit.api.get(f"{path}/exchanges"),
        visit.api.get(f"{path}/claims"),
    )
    warehouses = await visit.api.find("/v1/warehouses") if visit.may("inventory:read") else None
    changes = [*edits["items"], *exchanges["items"]]
    form = form or Fields([])
    is_open = any(edit["state"] in ("begun", "requested", "confirming") for edit in changes)
    return await page(
        visit,
        "after_sale.html",
        422 if errors else 200,
        order=order,
        returns=returns["items"],
        returnable=offered["lines"],
        changes=sorted(changes, key=lambda edit: str(edit["created_at"])),
        claims=claims["items"],
        warehouses=[one["code"] for one in warehouses["items"]] if warehouses else [],
        may_edit=visit.may("orders:write") and order["state"] in EDITABLE and not is_open,
        may_exchange=visit.may("orders:write")
        and order["state"] in EXCHANGEABLE
        and not is_open
        and offered["lines"],
        conditions=CONDITIONS,
        reasons=REASONS,
        claim_kinds=CLAIMS,
        ways=_ways(order, methods["items"], going),
        going=going,
        worth={one["return_id"]: _worth(order, one) for one in returns["items"]},
        given_before=bool(order.get("refunds") or claims["items"]),
        method_names={one["code"]: one["name"] for one in methods["items"]},
        address_fields=ADDRESS,
        longest=LONGEST,
        countries=visit.settings.countries,
        retyped=[kind for kind in ADDRESSES if form["part"] == "edit" and _address(order, form, kind)],
        errors=errors or {},
        form=form,
    )


def _worth(order: Mapping[str, Any], returned: Mapping[str, Any]) -> int:
    """What the pieces that are here cost, in minor units, as far as they were not refunded: no more than is left."""
    lines = {line["sku"]: line for line in order["lines"]}
    worth: int = 0
    for piece in returned["lines"]:
        line = lines.get(piece["sku"])
        if line is None or not line["quantity"]:
            continue
        before, whole = line.get("refunded_quantity", 0), line["quantity"]
        after = min(whole, before + piece["received_quantity"])
        worth += line["total_minor"] * after // whole - line["total_minor"] * before // whole
    return min(worth, int((order.get("refundable") or {"amount_minor": worth})["amount_minor"]))


def _ways(
    order: Mapping[str, Any], methods: list[dict[str, Any]], going: Collection[str] | None
) -> list[tuple[str, str]]:
    """By code and name, what the order can be sent by: first what it is sent by today, unless that does not go."""
    today = order["shipping_method"]
    names = {one["code"]: one["name"] for one in methods}
    offered = [
        one["code"] for one in methods if one["active"] and order["totals"]["currency"] in one["prices"]
    ]
    ways = dict.fromkeys([today, *offered])
    return [(code, names.get(code, code)) for code in ways if not going or code in going]


async def ask_return(visit: Visit) -> Response:
    form = await visit.form()
    lines = [{**piece, "reason": form[f"reason:{piece['sku']}"] or "other"} for piece in form.pieces()]
    if not lines:
        return await show_after_sale(visit, {"": mistake(visit, "nothing_chosen")}, form)
    return await _post(visit, form, "/returns", {"lines": lines, "note": form["note"]}, "return_asked")


async def change_return(visit: Visit) -> Response:
    """Whatever can be done with a return: `deed` says what."""
    form = await visit.form()
    deed, notice = RETURN_DEEDS.get(form["deed"], ("", ""))
    if not deed:
        return await show_after_sale(visit, {"": mistake(visit, "nothing_chosen")}, form)
    body: dict[str, Any] | None = None
    if deed == "approve":
        body = {"carrier": form["carrier"], "label": form["label"], "message": form["message"]}
    elif deed in ("refuse", "close"):
        body = {"reason": form["reason"]}
    elif deed == "receipts":
        pieces = [
            {**piece, "condition": condition, "warehouse": form["warehouse"]}
            for condition in CONDITIONS
            for piece in form.pieces(f"{condition}:")
        ]
        body = {"pieces": pieces, "inspection": form["inspection"]}
    elif deed == "refund":
        amounts = _amounts(form, "fee", "shipping")
        if amounts is None:
            return await show_after_sale(visit, {"": mistake(visit, "amount_invalid")}, form)
        body = {**amounts, "reason": form["reason"], "other_pieces": bool(form["other_pieces"])}
    return await _post(visit, form, f"/returns/{visit.parameter('return_id')}/{deed}", body, notice)


async def begin_edit(visit: Visit) -> Response:
    form = await visit.form()
    order = await visit.api.get(_path(visit))
    had = {line["sku"]: line["quantity"] for line in order["lines"]}
    lines = [
        {"sku": sku, "quantity": quantity}
        for sku, before in had.items()
        if (quantity := form.whole_as_typed(f"quantity:{sku}", before)) != before
    ]
    if form["sku"]:
        lines.append({"sku": form["sku"], "quantity": form.whole_as_typed("pieces", 1)})
    amounts = _amounts(form, "shipping", "unit_price")
    if amounts is None:
        return await show_after_sale(visit, {"": mistake(visit, "amount_invalid")}, form)
    if form["title"]:
        price = {"unit_price_minor": amounts["unit_price_minor"]} if "unit_price_minor" in amounts else {}
        lines.append({"title": form["title"], "quantity": form.whole_as_typed("own_pieces", 1), **price})
    body: dict[str, Any] = {"lines": lines, "reason": form["reason"]}
    if "shipping_minor" in amounts:
        body["shipping_minor"] = amounts["shipping_minor"]
    if form["shipping_method"] and form["shipping_method"] != order["shipping_method"]:
        body["shipping_method"] = form["shipping_method"]
    for kind in ADDRESSES:
        address = _address(order, form, kind)
        missing = next((name for name in NEEDED if address and not address.get(name)), None)
        if missing:
            said = f"{visit.gettext(ADDRESS[missing])}: {mistake(visit, 'required')}"
            return await show_after_sale(visit, {"": said}, form)
        if address:
            body[kind] = address
    return await _post(visit, form, "/edits", body, "edit_begun")


def _address(order: Mapping[str, Any], form: Fields, kind: str) -> dict[str, str] | None:
    """As it was typed; None where it is what the order has. What the form does not have stays."""
    today, prefix = order[kind], ADDRESSES[kind]
    typed = {name: form[prefix + name] if prefix + name in form else today.get(name, "") for name in ADDRESS}
    same = all(typed[name] == today.get(name, "") for name in ADDRESS)
    return None if same else {name: value for name, value in typed.items() if value}


async def begin_exchange(visit: Visit) -> Response:
    form = await visit.form()
    back = form.pieces("back:")
    if not back or not form["sku"]:
        return await show_after_sale(visit, {"": mistake(visit, "nothing_chosen")}, form)
    body = {
        "returns": back,
        "lines": [{"sku": form["sku"], "quantity": form.whole_as_typed("pieces", 1)}],
        "ship": "at_once" if form["at_once"] else "after_return",
        "reason": form["reason"],
    }
    return await _post(visit, form, "/exchanges", body, "edit_begun")


async def change_edit(visit: Visit) -> Response:
    form = await visit.form()
    deed, kind = form["deed"], form["kind"]
    if deed not in EDIT_DEEDS or kind not in ("edit", "exchange"):
        return await show_after_sale(visit, {"": mistake(visit, "nothing_chosen")}, form)
    body = {"message": form["message"]} if deed == "request" else None
    return await _post(visit, form, f"/{kind}s/{visit.parameter('edit_id')}/{deed}", body, EDIT_DEEDS[deed])


async def make_claim(visit: Visit) -> Response:
    form = await visit.form()
    lines = form.pieces()
    if not lines:
        return await show_after_sale(visit, {"": mistake(visit, "nothing_chosen")}, form)
    body = {"kind": form["kind"] or "other", "lines": lines, "note": form["note"]}
    return await _post(visit, form, "/claims", body, "claim_made")


async def see_photo(visit: Visit) -> Response:
    return await show_photo(visit, {})


async def change_claim(visit: Visit) -> Response:
    """Decided, or its replacement sent."""
    form, claim_id = await visit.form(), visit.parameter("claim_id")
    if form["deed"] == "ship":
        parcel = {"carrier": form["carrier"], "tracking_number": form["tracking_number"]}
        return await _post(visit, form, f"/claims/{claim_id}/ship", parcel, "replacement_sent")
    body: dict[str, Any] = {"outcome": form["outcome"], "message": form["message"]}
    if form["outcome"] == "refund" and form["amount"]:
        amounts = _amounts(form, "amount")
        if not amounts:
            return await show_after_sale(visit, {"": mistake(visit, "amount_invalid")}, form)
        body |= amounts
    return await _post(visit, form, f"/claims/{claim_id}/decide", body, "claim_decided")


async def _post(visit: Visit, form: Fields, path: str, body: dict[str, Any] | None, notice: str) -> Response:
    try:
        await visit.api.post(f"{_path(visit)}{path}", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("shipping_method",) if path == "/edits" else ())
        return await show_after_sale(visit, errors, form, problem.details.get("shipping_methods"))
    return done(visit, f"/admin/orders/{visit.parameter('order_id')}/after-sale", notice)


def _amounts(form: Fields, *names: str) -> dict[str, int] | None:
    """Those that were typed, as name_minor. None where one is no amount."""
    found: dict[str, int] = {}
    for name in names:
        if form[name]:
            amount = minor_units(form[name], form["currency"] or "EUR")
            if amount is None:
                return None
            found[f"{name}_minor"] = amount
    return found


def _path(visit: Visit) -> str:
    return f"/v1/orders/{visit.parameter('order_id')}"
