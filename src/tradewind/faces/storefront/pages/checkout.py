"""The checkout, in one page: who you are, where it goes, how it goes, how you pay, and what it comes to.

Each step is a form of its own and what was given is kept in the cart, so that it works without scripts, survives
a reload, and can be gone back to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.faces.storefront import (
    address_forms,
    basket,
    collecting,
    frame,
    orders_known,
    paying,
    tracking,
)
from tradewind.faces.storefront.messages import (
    SHORT,
    beside_fields,
    is_ours_to_say,
    last_to_come,
    warnings,
    words,
)
from tradewind.faces.storefront.pictures import pictures_of
from tradewind.kernel.http import Response

Cart = dict[str, Any]
SHIPPING, BILLING = "shipping_", "billing_"
BACK_FROM_THE_BANK = "/checkout/return"


async def show_checkout(visit: Visit) -> Response:
    cart = await basket.load(visit)
    if cart is None or not cart["lines"]:
        return visit.see_other("/cart")
    if not visit.query.pairs:
        await tracking.checkout_started(visit, cart)
    return await _shown(visit, cart)


async def show_address_fields(visit: Visit) -> Response:
    """The part of the form that depends on the country, when another was chosen."""
    prefix = BILLING if visit.query["for"] == "billing" else SHIPPING
    country = visit.query[f"{prefix}country"].upper()
    if country not in visit.settings.countries:
        country = visit.settings.countries[0]
    cart = await basket.load(visit)
    address = {**address_forms.typed(visit.query, prefix), "country": country}
    methods, sums = None, None
    if cart and prefix == SHIPPING:
        methods = await _methods(visit, cart, address)
        chosen = _chosen("", methods)
        sums = await _sums(visit, cart, address, chosen, visit.query["pickup"])
    return visit.page(
        "shop/address_fields.html",
        prefix=prefix,
        address=address,
        parts=address_forms.parts(country),
        errors={},
        methods=methods,
        method="",  # the first that goes there: what was ticked before may cost more than it did
        currency=frame.currency_of(visit) if cart is None else cart["totals"]["currency"],
        later=last_to_come(cart) if cart else None,
        sums=sums,
    )


async def show_sums(visit: Visit) -> Response:
    """What it comes to with the way of delivery that was just selected, before it is kept."""
    cart = await basket.load(visit)
    if cart is None or not cart["lines"]:
        return visit.see_other("/cart")
    details = _Details(visit, visit.query)
    methods = await _methods(visit, cart, details.shipping)
    method = _chosen(details.method, methods)
    return visit.page(
        "shop/checkout_sums.html",
        sums=await _sums(visit, cart, details.shipping, method, details.pickup),
        swapped=True,
    )


async def take_details(visit: Visit) -> Response:
    """E-mail, addresses and way of delivery, all in one; or the form again with what is wrong beside each."""
    form = await visit.form()
    cart = await basket.load(visit)
    if cart is None or not cart["lines"]:
        return visit.see_other("/cart")
    details = _Details(visit, form)
    if form["change"] == "country":
        details.method = ""
        return await _shown(visit, cart, details=details)
    errors = details.wrong()
    if not errors:
        try:
            await visit.api.patch(f"/v1/carts/{cart['cart_id']}", details.change(), key=form["key"])
            return visit.see_other("/checkout?paying=1#payment")
        except ApiProblem as problem:
            if not is_ours_to_say(problem):
                raise
            fields = {"email": "email", "shipping_method": "shipping_method"}
            fields |= {name: SHIPPING + name for name in address_forms.PARTS}
            errors = beside_fields(visit, problem, fields)
    return await _shown(visit, cart, 422, details=details, errors=errors)


async def take_card(visit: Visit) -> Response:
    """From the processor's form: by our script as a form, without it as an address that it leads back to."""
    given = await visit.form() if visit.request.method == "POST" else visit.query
    cart = await basket.load(visit)
    if cart is None:
        return visit.see_other("/cart")
    return paying.take_card(visit, given, cart["cart_id"], "/checkout?paying=1#payment")


async def drop_card(visit: Visit) -> Response:
    paying.forget_card(visit)
    return visit.see_other("/checkout?paying=1#payment")


async def take_gift(visit: Visit) -> Response:
    """A gift card: what is on it is looked up, and shown before anything is ordered."""
    form = await visit.form()
    cart = await basket.load(visit)
    if cart is None:
        return visit.see_other("/cart")
    if form["remove"]:
        paying.drop_gift(visit, cart["cart_id"], form["remove"])
        return visit.see_other("/checkout?paying=1#payment")
    refused = await paying.take_gift(visit, cart["cart_id"], form["gift_card"], cart["totals"]["currency"])
    if not refused:
        return visit.see_other("/checkout?paying=1#payment")
    errors = {"gift_card": words(visit, refused)}
    return await _shown(visit, cart, 422, errors=errors, typed_gift=form["gift_card"][:40])


async def pay(visit: Visit) -> Response:
    """Order and pay. A total that is no longer what the shopper saw is shown first, never charged."""
    form = await visit.form()
    cart = await basket.load(visit)
    if cart is None:
        return visit.see_other(await orders_known.last_path(visit) or "/cart")
    cart_id = cart["cart_id"]
    paid = paying.chosen(form, paying.kept_card(visit, cart_id), paying.kept_gifts(visit, cart_id))
    if paid is None:
        return visit.see_other("/checkout?paying=1#payment")
    if await paying.gifts_changed(visit, cart_id, cart["totals"]["currency"]):
        return await _shown(visit, cart, 409, errors={"": words(visit, "gift_cards_changed")})
    command = {
        "cart_id": cart["cart_id"],
        **paid,
        "expected_total_minor": form.whole("expected_total_minor", 0),
        "return_url": visit.origin + BACK_FROM_THE_BANK,
        "language": visit.language,
    }
    try:
        order = await visit.api.post("/v1/orders", command, key=form["key"])
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        if problem.code == "out_of_stock":
            return visit.see_other("/cart?gone=1")
        cart = await basket.load(visit) or cart
        return await _shown(visit, cart, problem.status, errors={"": words(visit, problem.code)})
    return _ordered(visit, order)


async def come_back(visit: Visit) -> Response:
    """From the bank, by the address that it was given: on to the order."""
    path = await orders_known.last_path(visit)
    if path is None:
        return visit.see_other("/track?from=bank")
    return visit.see_other(f"{path}/return")


def _ordered(visit: Visit, order: Mapping[str, Any]) -> Response:
    basket.forget(visit)
    paying.forget_all(visit)
    orders_known.remember(visit, order)
    if order["state"] == "action_required" and order.get("action_url"):
        return visit.leave_to(order["action_url"])
    thanks = "/thank-you" if order["state"] in ("placed", "pending") else ""
    return visit.see_other(f"/orders/{order['order_id']}{thanks}")


class _Details:
    """What was typed into the first form."""

    def __init__(self, visit: Visit, form: Fields) -> None:
        self._visit = visit
        self.email = form["email"]
        self.shipping = address_forms.typed(form, SHIPPING)
        self.billing_is_shipping = form["billing_is_shipping"] == "true"
        self.billing = self.shipping if self.billing_is_shipping else address_forms.typed(form, BILLING)
        self.method = form["shipping_method"]
        self.pickup = form["pickup"]
        self.collector = form["collector"][:120]
        home = visit.settings.countries[0]
        for address in (self.shipping, self.billing):
            if address["country"] not in visit.settings.countries:
                address["country"] = home

    def wrong(self) -> dict[str, str]:
        errors = {} if self.pickup else address_forms.wrong(self._visit, self.shipping, SHIPPING)
        if self.pickup and not self.collector:
            errors["collector"] = self._visit.gettext("Please enter who collects it.")
        if not self.billing_is_shipping:
            errors |= address_forms.wrong(self._visit, self.billing, BILLING)
        name, _, domain = self.email.partition("@")
        if not name or "." not in domain or len(self.email) > 254 or " " in self.email:
            missing = self._visit.gettext("Please enter your e-mail address.")
            malformed = self._visit.gettext("This does not look like an e-mail address.")
            errors["email"] = malformed if self.email else missing
        if not self.method and not self.pickup:
            errors["shipping_method"] = self._visit.gettext("Please choose how it should go.")
        return errors

    def change(self) -> dict[str, Any]:
        goes: dict[str, Any] = {"shipping_address": self.shipping, "shipping_method": self.method}
        if self.pickup:
            goes = {"pickup": {"code": self.pickup, "name": self.collector}}
        return {
            "email": self.email,
            "billing_address": None if self.billing_is_shipping else self.billing,
            "language": self._visit.language,
            **goes,
        }


async def _kept_details(visit: Visit, cart: Cart) -> _Details:
    """What the cart has; of a customer's empty cart, what the account has."""
    details = _Details(visit, Fields([]))
    account, saved = None, []
    address = None if cart["pickup"] else cart["shipping_address"]
    if visit.signed_in and (address is None or visit.query["address"]):
        answers = await visit.api.together(visit.api.get("/v1/me"), visit.api.get("/v1/me/addresses"))
        account, saved = answers[0]["account"], answers[1]["items"]
    details.email = cart["email"] or (account["email"] if account else "")
    details.shipping = address or _default(visit, saved) or details.shipping
    details.pickup = cart["pickup"] or ""
    details.collector = (cart["shipping_address"] or details.shipping).get("name", "")
    if visit.query["address"]:
        wanted = [entry["address"] for entry in saved if entry["address_id"] == visit.query["address"]]
        details.shipping = wanted[0] if wanted else details.shipping
    details.billing_is_shipping = cart["billing_address"] is None
    details.billing = cart["billing_address"] or details.shipping
    details.method = cart["shipping_method"] or ""
    return details


def _default(visit: Visit, saved: list[dict[str, Any]]) -> dict[str, str] | None:
    ordered = sorted(saved, key=lambda entry: not entry["default_shipping"])
    reached = [
        entry["address"] for entry in ordered if entry["address"]["country"] in visit.settings.countries
    ]
    return reached[0] if reached else None


async def _methods(visit: Visit, cart: Cart, address: Mapping[str, str]) -> list[dict[str, Any]]:
    """How parcels go there, with what it costs for this cart."""
    if not cart["lines"]:
        return []
    quote = await visit.api.post("/v1/quotes", _quoted(cart, address))
    options: list[dict[str, Any]] = quote["shipping_options"]
    return options


def _quoted(cart: Cart, address: Mapping[str, str]) -> dict[str, Any]:
    return {
        "lines": [{"sku": line["sku"], "quantity": line["quantity"]} for line in cart["lines"]],
        "currency": cart["totals"]["currency"],
        "country": address["country"],
        "postal_code": address.get("postal_code", "")[:20],
        "region": address.get("region", "")[:80],
        "discount_codes": cart["discount_codes"],
    }


def _chosen(method: str, methods: Sequence[Mapping[str, Any]]) -> str:
    """The one that the form has ticked: what was chosen, else the first, or the only one."""
    codes = [known["code"] for known in methods]
    if method in codes:
        return method
    return codes[0] if codes and (not method or len(codes) == 1) else ""


async def _sums(
    visit: Visit, cart: Cart, address: Mapping[str, str], method: str, pickup: str
) -> dict[str, Any]:
    """What the cart comes to when it goes so; `known` is whether delivery is counted."""
    goes = {"pickup": pickup} if pickup else {"shipping_method": method}
    if method or pickup:
        try:
            quote = await visit.api.post("/v1/quotes", _quoted(cart, address) | goes)
            return {"totals": quote["totals"], "promotions": quote["promotions"], "known": True}
        except ApiProblem as problem:
            if not is_ours_to_say(problem):
                raise
    return {"totals": cart["totals"], "promotions": cart["promotions"], "known": False}


async def _shown(
    visit: Visit,
    cart: Cart,
    status: int = 200,
    *,
    details: _Details | None = None,
    errors: Mapping[str, str] | None = None,
    typed_gift: str = "",
) -> Response:
    """With the details open to be filled in, or with the ways to pay to choose from."""
    errors = errors or {}
    goes = cart["shipping_method"] or cart["pickup"]
    complete = bool(cart["email"] and cart["shipping_address"] and goes)
    editing = details is not None or not complete or "edit" in visit.query
    details = details or await _kept_details(visit, cart)
    form = await paying.card_form(visit, cart["cart_id"])
    said = warnings(visit, cart)
    gifts = paying.kept_gifts(visit, cart["cart_id"])
    left_minor = cart["totals"]["total_minor"] - sum(gift.balance_minor for gift in gifts)
    methods = await _methods(visit, cart, details.shipping) if editing else []
    sums = {"totals": cart["totals"], "promotions": cart["promotions"], "known": bool(goes)}
    if editing:
        method = _chosen(details.method, methods)
        sums = await _sums(visit, cart, details.shipping, method, details.pickup)
    saved = await visit.api.get("/v1/me/addresses") if visit.signed_in and editing else {"items": []}
    return await frame.page(
        visit,
        "checkout.html",
        status,
        party=form.parties,
        cart=cart,
        details=details,
        editing=editing,
        complete=complete,
        errors=errors,
        warnings=said,
        blocked=any(w["blocking"] or w["code"] in SHORT for w in said),
        countries=address_forms.countries(visit),
        shipping_parts=address_forms.parts(details.shipping["country"]),
        billing_parts=address_forms.parts(details.billing["country"]),
        methods=methods,
        sums=sums,
        places=await collecting.places(visit, cart) if editing else [],
        later=last_to_come(cart),
        gifts=gifts,
        typed_gift=typed_gift,
        left_minor=max(0, left_minor),
        saved=saved["items"],
        written=address_forms.lines,
        card_form=form,
        card=paying.kept_card(visit, cart["cart_id"]),
        ways=await paying.other_ways(visit),
        pictures=await pictures_of(visit, cart["lines"]),
    )
