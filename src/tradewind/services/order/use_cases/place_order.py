"""A shopper checks out: the cart becomes an order, durable before anything is reserved or charged."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from tradewind.contracts.user import Account
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import paying
from tradewind.services.order.access import check_cart
from tradewind.services.order.collecting import METHOD, collected, collector, place_of
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.paying import Plan, planned
from tradewind.services.order.quoting import Priced, price_cart
from tradewind.services.order.shapes.orders import Order, PlaceOrder
from tradewind.services.order.store import carts, discounts, orders, placing
from tradewind.services.order.store.carts import CartRecord
from tradewind.services.order.store.orders import LineRecord, OrderRecord
from tradewind.services.order.use_cases.edit_cart import not_open
from tradewind.services.order.use_cases.pay_order import pay_order
from tradewind.services.order.views import order_view

TRIES = 10
WAIT_FOR_WINNER_SECONDS = 3.0


async def place_order(deps: Deps, caller: Principal, command: PlaceOrder, once: Once) -> Order:
    """One order a cart, however often and from wherever this is called: the loser gets the winner's.

    Answers an order that is placed, or that waits: `action_required` (confirm at `action_url`),
    `payment_failed` (another card may be tried), `pending` (the outcome is being asked for).
    Raises Invalid for what the cart lacks, or where nothing says how it is paid; Conflict(total_changed),
    Conflict(out_of_stock) with what is short: the cart is then open again.
    """
    for _ in range(TRIES):
        cart = check_cart(await carts.load(deps.db, command.cart_id, now=deps.clock.now()), caller)
        if cart.state == "ordered":
            return await _winners_order(deps, command.cart_id, once)
        if cart.state == "saved":
            raise Conflict("cart_not_active", "this cart is kept for later: make it the active one first")
        if cart.state != "open":
            raise await not_open(deps, cart)
        if command.pickup not in (None, cart.pickup):
            cart = await _collected(deps, caller, cart, command.pickup)
        priced = await price_cart(deps, cart)
        _check_complete(priced, command)
        order = _drafted(deps, caller, priced, command, await _language(deps, caller, cart, command))
        plan = planned(command, 1)
        order = orders.replaced(order, payments=1 + len(plan.gift_cards), payment_method=plan.name)
        inserted = await _insert(deps, caller, order, priced, plan, once)
        if inserted is not None:
            paid = await pay_order(deps, inserted, once)
            return await _answered(deps, paid, once)
    raise Conflict("cart_busy", "this cart is being changed while it is ordered: try again")


async def _collected(deps: Deps, caller: Principal, cart: CartRecord, pickup: str) -> CartRecord:
    """The cart with what holds where it is handed over; billed to the address that it had."""
    place = await place_of(deps, pickup)
    at = await carts.load(deps.db, cart.cart_id, country=place.country, now=deps.clock.now())
    cart = check_cart(at, caller)
    home = cart.shipping_address if cart.pickup is None else None
    cart = carts.replaced(cart, billing_address=cart.billing_address or home)
    return collected(cart, place, collector(cart))


async def _insert(
    deps: Deps, caller: Principal, order: OrderRecord, priced: Priced, plan: Plan, once: Once
) -> OrderRecord | None:
    """None when the cart was changed or ordered in between."""
    sealed = paying.sealed(deps.plans, plan, order.order_id)
    async with deps.db.begin() as tx:
        number = await placing.insert_once(
            tx, order, deps.settings.number_prefix, priced.cart.version, sealed, caller.name
        )
        if number is None:
            return None
        await discounts.take(tx, order)
        await once.claim(tx)
    return orders.replaced(order, number=number, sealed_card_token=sealed.hex())


async def _winners_order(deps: Deps, cart_id: UUID, once: Once) -> Order:
    """The cart is ordered: drive that order on, or wait a little for who drives it now."""
    order = await orders.load_by_cart(deps.db, cart_id)
    if order is None:
        raise Conflict("cart_busy", "this cart is being ordered: try again")
    async with deps.db.begin() as tx:
        await once.claim(tx)
    order = await pay_order(deps, order, once)
    waited = 0.0
    while order.state is State.PENDING and waited < WAIT_FOR_WINNER_SECONDS:
        await asyncio.sleep(0.1)
        waited += 0.1
        order = await orders.load(deps.db, order.order_id) or order
    return await _answered(deps, order, once)


async def _answered(deps: Deps, order: OrderRecord, once: Once) -> Order:
    """The answer; recorded under the request's key unless the order still waits for its outcome."""
    if order.state is State.CANCELLED and order.cart_id is None:
        raise Conflict("out_of_stock", order.reason or "not enough in stock", field="lines")
    answer = order_view(order, deps.settings)
    if once.key is not None and once.encoded is None and order.state is not State.PENDING:
        async with deps.db.begin() as tx:
            await once.complete(tx, answer)
    return answer


def _check_complete(priced: Priced, command: PlaceOrder) -> None:
    cart, total = priced.cart, priced.quote.totals.total_minor
    if not priced.items:
        raise Invalid("cart_empty", "put something into the cart first", field="cart_id")
    for warning in priced.warnings:
        if warning.blocking:
            details = {"sku": warning.sku} if warning.sku else None
            raise Conflict(warning.code, warning.message, field="cart_id", details=details)
    for field in ("email", "shipping_address", "shipping_method"):
        if getattr(cart, field) is None and not (field == "shipping_method" and cart.pickup):
            raise Invalid(
                f"{field}_missing", f"give the cart its {field.replace('_', ' ')} first", field=field
            )
    changed = next((warning for warning in priced.warnings if warning.code == "price_changed"), None)
    if changed is not None and command.expected_total_minor is None:
        raise Conflict(
            changed.code,
            f"{changed.sku} costs {changed.new_price_minor} now, not {changed.old_price_minor}: show it to the"
            " shopper, and send expected_total_minor, or accept_prices with the cart",
            field="expected_total_minor",
            details={"sku": changed.sku, "total_minor": total, "currency": cart.currency},
        )
    paying.check_expected(command.expected_total_minor, total, cart.currency)


async def _language(deps: Deps, caller: Principal, cart: carts.CartRecord, command: PlaceOrder) -> str:
    chosen, account_id = command.language or cart.language, cart.account_id or caller.account_id
    if chosen is not None or account_id is None:
        return chosen or "en"
    account = await deps.user.account(account_id)
    return account.language if isinstance(account, Account) else "en"


def _drafted(
    deps: Deps, caller: Principal, priced: Priced, command: PlaceOrder, language: str
) -> OrderRecord:
    cart, totals, now = priced.cart, priced.quote.totals, deps.clock.now()
    assert cart.email is not None, "checked"
    assert cart.shipping_address is not None, "checked"
    assert cart.shipping_method is not None or cart.pickup is not None, "checked"
    codes = [p.code for p in priced.quote.promotions if p.code is not None]
    return OrderRecord(
        order_id=deps.clock.new_id(),
        number="",
        cart_id=cart.cart_id,
        account_id=cart.account_id or caller.account_id,
        email=cart.email,
        state=State.PENDING,
        currency=totals.currency,
        subtotal_minor=totals.subtotal_minor,
        discount_minor=totals.discount_minor,
        shipping_minor=totals.shipping_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        shipping_address=cart.shipping_address,
        billing_address=cart.billing_address or cart.shipping_address,
        shipping_method=cart.shipping_method or METHOD,
        decide_by=now + timedelta(minutes=deps.settings.decide_minutes),
        created_at=now,
        updated_at=now,
        lines=_line_records(priced),
        discount_code=codes[0] if codes else None,
        discount_codes=codes,
        promotions=priced.quote.promotions,
        prices_include_tax=totals.prices_include_tax,
        tax_added_minor=totals.tax_added_minor,
        shipping_discount_minor=totals.shipping_discount_minor,
        shipping_tax_basis_points=priced.quote.shipping_tax_basis_points,
        shipping_tax_minor=priced.quote.shipping_tax_minor,
        return_url=command.return_url,
        resume_at=now + timedelta(seconds=deps.settings.resume_seconds),
        history=[orders.first_entry(caller.name, now)],
        language=language,
        pickup=cart.pickup,
    )


def _line_records(priced: Priced) -> list[LineRecord]:
    records = []
    for number, (item, line) in enumerate(zip(priced.items, priced.quote.lines, strict=True), start=1):
        offer = priced.offers[item.sku]
        records.append(
            LineRecord(
                number,
                item.sku,
                offer.product_id,
                offer.title,
                offer.options,
                offer.image_url,
                item.quantity,
                offer.price_minor,
                line.discount_minor,
                line.total_minor,
                line.tax_basis_points,
                line.tax_minor,
                category=offer.category,
                tax_added_minor=line.tax_added_minor,
                tax_class=offer.tax_class,
            )
        )
    return records
