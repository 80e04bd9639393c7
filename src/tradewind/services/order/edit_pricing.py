"""What an edit of an order, or an exchange, comes to: checked and priced as the order is now, nothing written."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, Address
from tradewind.contracts.product import Offer
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.after_sale import Account, Settlement, settled, share_of
from tradewind.services.order.domain.editing import (
    Carriage,
    Edited,
    NewLine,
    SoldLine,
    carried,
    edited,
    stock_changes,
)
from tradewind.services.order.domain.pricing import Terms
from tradewind.services.order.domain.pricing.shipping import shipping_price
from tradewind.services.order.domain.pricing.tax import rates_at
from tradewind.services.order.shapes.edits import EditedLine, Preview, Wanted
from tradewind.services.order.store import edits
from tradewind.services.order.store.edits import Parcels
from tradewind.services.order.store.orders import LineRecord, OrderRecord
from tradewind.services.order.store.selling import Method, SellingTerms, load_terms

Prices = Mapping[str, int]


async def preview(
    deps: Deps, order: OrderRecord, wanted: Wanted, promised: Prices, parcels: Parcels
) -> Preview:
    """`promised` are the prices that an earlier preview of the same edit showed for new SKUs: they hold.

    Raises Invalid(edit_empty), Invalid(sku_not_for_sale), Invalid(price_fixed), Invalid(sku_repeated),
    Invalid(shipping_method_not_available), Invalid(total_too_large), Conflict(pieces_in_parcels),
    Conflict(pieces_refunded), Conflict(line_partly_cancelled), Conflict(shipping_charged).
    """
    quantities = _quantities(order, wanted)
    known = {line.sku for line in order.lines}
    new = {sku: quantity for sku, quantity in quantities.items() if sku not in known and quantity}
    moved = wanted.shipping_address is not None and (
        wanted.shipping_address.country != order.shipping_address.country
        or wanted.shipping_address.region != order.shipping_address.region
    )
    carries = wanted.shipping_method is not None or wanted.shipping_minor is not None
    custom = {line.sku: line for line in wanted.lines if line.title is not None}
    skus = sorted({*(sku for sku in new if sku not in custom), *(known if moved or carries else ())})
    offered = await deps.product.offers(skus, order.currency) if skus else []
    offers = {offer.sku: offer for offer in offered}
    address = wanted.shipping_address or order.shipping_address
    at = await load_terms(
        deps.db,
        order.currency,
        country=address.country,
        codes=(),
        account_id=None,
        email=None,
        now=deps.clock.now(),
    )
    rates = rates_at(at.rates, address.region, deps.clock.now())
    added = _new_lines(wanted, new, offers, rates, promised)
    taken = await edits.taken_off(deps.db, order.order_id)
    if moved and any(line.fulfilled_quantity for line in order.lines):
        raise Conflict("pieces_in_parcels", "parts of it go to the old country", field="shipping_address")
    if carries and parcels.shipping_borne:
        raise Conflict("shipping_charged", "a parcel has borne the shipping already", field="shipping_method")
    _check_kept_method(order, wanted, at, parcels)
    terms = Terms(order.currency, rates, order.prices_include_tax)
    classes = {line.sku: _tax_class(line, offers) for line in order.lines} if moved else {}
    by_sku = {sku: rates.get(tax_class, 0) for sku, tax_class in classes.items()} if moved else None
    sold = [_sold(line) for line in order.lines]
    carriage = _carriage(order, wanted, offers, at, rates, quantities)
    if not (carries or new or parcels.shipping_borne) and _all_in_parcels(order, quantities):
        carriage = Carriage(0, 0, carriage.tax_basis_points, 0, 0)  # nothing is left to bear it
    after = edited(terms, sold, taken, quantities, added, carriage, by_sku)
    if after.totals.total_minor > LARGEST_AMOUNT_MINOR:
        raise Invalid(
            "total_too_large", f"an order comes to {LARGEST_AMOUNT_MINOR} minor units at most", field="lines"
        )
    return _preview(order, wanted, after, quantities, offers, classes, parcels.captures_minor)


def settlement_of(order: OrderRecord, shown: Preview, captures_minor: int) -> Settlement:
    """The order's account after the edit that `shown` is of, as the order is now. What its parcels are to capture
    counts as captured."""
    account = Account(
        order.total_minor - order.cancelled_minor,
        max(order.captured_minor, captures_minor),
        order.adjustment_minor,
        order.due_minor,
        order.spare_minor,
    )
    return settled(account, shown.totals.total_minor - order.cancelled_minor, shown.credit_minor)


def _quantities(order: OrderRecord, wanted: Wanted) -> dict[str, int]:
    """How many of each SKU there are to be, of those that change."""
    lines = {line.sku: line for line in order.lines}
    quantities: dict[str, int] = {}
    for change in wanted.lines:
        if change.sku in quantities:
            raise Invalid("sku_repeated", f"say once how many of {change.sku} there are to be", field="lines")
        line = lines.get(change.sku)
        quantities[change.sku] = change.quantity
        if line is not None:
            if change.unit_price_minor is not None:
                raise Invalid("price_fixed", f"{change.sku} keeps the price it was sold at", field="lines")
            _check_line(line, change.quantity)
    for piece in wanted.sent:
        line = lines.get(piece.sku)
        quantities[piece.sku] = piece.quantity + (line.quantity if line else 0)
        if line is not None:
            _check_line(line, quantities[piece.sku])
    changed = any(lines[sku].quantity != n if sku in lines else n for sku, n in quantities.items())
    others = (wanted.shipping_address, wanted.billing_address, wanted.shipping_method, wanted.shipping_minor)
    if not changed and all(other is None for other in others):
        raise Invalid("edit_empty", "say what is to change", field="lines")
    left = sum(quantities.get(sku, line.quantity) - line.cancelled_quantity for sku, line in lines.items())
    if left + sum(n for sku, n in quantities.items() if sku not in lines) <= 0:
        raise Invalid("edit_empty", "nothing would be left: cancel the order instead", field="lines")
    return quantities


def _all_in_parcels(order: OrderRecord, quantities: Mapping[str, int]) -> bool:
    return all(
        quantities.get(line.sku, line.quantity) - line.cancelled_quantity == line.fulfilled_quantity
        for line in order.lines
    )


def _check_line(line: LineRecord, quantity: int) -> None:
    if quantity != line.quantity and line.cancelled_quantity:
        raise Conflict(
            "line_partly_cancelled",
            f"pieces of {line.sku} were cancelled: how many there are stays as it is",
            field="lines",
        )
    if quantity < line.fulfilled_quantity:
        raise Conflict(
            "pieces_in_parcels",
            f"{line.fulfilled_quantity} of {line.sku} are in parcels: fewer there cannot be",
            field="lines",
            details={"sku": line.sku, "least": line.fulfilled_quantity},
        )
    if quantity < line.refunded_quantity:
        raise Conflict(
            "pieces_refunded", f"{line.refunded_quantity} of {line.sku} were refunded", field="lines"
        )


def _new_lines(
    wanted: Wanted,
    new: Mapping[str, int],
    offers: Mapping[str, Offer],
    rates: Mapping[str, int],
    promised: Prices,
) -> list[NewLine]:
    asked = {line.sku: line for line in wanted.lines}
    lines = []
    for sku, quantity in new.items():
        line, offer = asked.get(sku), offers.get(sku)
        price = line.unit_price_minor if line else None
        if line is not None and line.title is not None:
            assert price is not None, "checked when it was asked for"
            lines.append(NewLine(sku, quantity, price, rates.get(line.tax_class, 0)))
            continue
        if offer is None:
            raise Invalid("sku_not_for_sale", f"{sku} is not sold in this currency", field="lines")
        if price is None:
            price = promised.get(sku, offer.price_minor)
        lines.append(NewLine(sku, quantity, price, rates.get(offer.tax_class, 0)))
    return lines


def _tax_class(line: LineRecord, offers: Mapping[str, Offer]) -> str:
    """What is sold is taxed as it is today; what staff wrote, and what is not sold any more, as it was."""
    offer = offers.get(line.sku) if line.kind != "custom" else None
    return line.tax_class if offer is None else offer.tax_class


def _sold(line: LineRecord) -> SoldLine:
    return SoldLine(
        line.sku,
        line.quantity,
        line.unit_price_minor,
        line.discount_minor,
        line.total_minor,
        line.tax_basis_points,
        line.tax_minor,
        line.tax_added_minor,
    )


def _carriage(
    order: OrderRecord,
    wanted: Wanted,
    offers: Mapping[str, Offer],
    at: SellingTerms,
    rates: Mapping[str, int],
    quantities: Mapping[str, int],
) -> Carriage:
    """Shipping as it was, unless the edit says otherwise. A promotion that bore it goes on bearing it."""
    lines_added = sum(line.tax_added_minor for line in order.lines)
    if wanted.shipping_method is None and wanted.shipping_minor is None:
        return Carriage(
            order.shipping_minor,
            order.shipping_discount_minor,
            order.shipping_tax_basis_points,
            order.shipping_tax_minor,
            order.tax_added_minor - lines_added,
        )
    weight = sum(
        quantities.get(sku, next((line.quantity for line in order.lines if line.sku == sku), 0))
        * offer.weight_grams
        for sku, offer in offers.items()
    )
    method = _method(order, wanted, at, weight)
    rate = rates.get(method.tax_class if method else "standard", 0)
    terms = Terms(order.currency, rates, order.prices_include_tax)
    if wanted.shipping_minor is not None:
        return carried(terms, wanted.shipping_minor, rate, free=False)
    assert method is not None, "without a price of its own, the method is what changes"
    goods = order.subtotal_minor - order.discount_minor
    price = shipping_price(method.prices[order.currency], goods, weight)
    return carried(terms, price, rate, free=order.shipping_discount_minor > 0)


def _check_kept_method(order: OrderRecord, wanted: Wanted, at: SellingTerms, parcels: Parcels) -> None:
    """Where the edit names none, the order's method goes to the new address too. Within its country, one that the
    shop has no more is kept, and one that a parcel has borne: it is not to be had otherwise."""
    before, after = order.shipping_address, wanted.shipping_address
    if after is None or wanted.shipping_method is not None:
        return
    at_home = after.country == before.country
    if at_home and (parcels.shipping_borne or after.postal_code == before.postal_code):
        return
    kept = next((method for method in at.methods if method.code == order.shipping_method), None)
    if not (at_home if kept is None else kept.goes_to(after.country, after.postal_code)):
        raise _not_available(f"{order.shipping_method} does not go to the new address", after, at)


def _method(order: OrderRecord, wanted: Wanted, at: SellingTerms, weight_grams: int) -> Method | None:
    if wanted.shipping_method is None:
        return None
    address = wanted.shipping_address or order.shipping_address
    for method in at.methods:
        if method.code == wanted.shipping_method and method.goes_to(
            address.country, address.postal_code, weight_grams
        ):
            return method
    problem = f"{wanted.shipping_method} does not serve the address, or not this weight"
    raise _not_available(problem, address, at, weight_grams)


def _not_available(problem: str, address: Address, at: SellingTerms, weight_grams: int = 0) -> Invalid:
    codes = [
        method.code
        for method in at.methods
        if method.goes_to(address.country, address.postal_code, weight_grams)
    ]
    choice = f"choose one of: {', '.join(codes)}" if codes else "none does"
    return Invalid(
        "shipping_method_not_available",
        f"{problem}: {choice}",
        field="shipping_method",
        details={"shipping_methods": codes},
    )


def _preview(
    order: OrderRecord,
    wanted: Wanted,
    after: Edited,
    quantities: Mapping[str, int],
    offers: Mapping[str, Offer],
    classes: Mapping[str, str],
    captures_minor: int,
) -> Preview:
    """`classes` are those by which lines that were there are taxed anew; without one, a line keeps its own."""
    before = {line.sku: line for line in order.lines}
    written = {line.sku: line for line in wanted.lines if line.title is not None}
    lines = []
    for total in after.lines:
        line = before.get(total.sku)
        quantity = quantities.get(total.sku, line.quantity if line else 0)
        gross = total.total_minor + total.discount_minor - total.tax_added_minor
        offer, own = offers.get(total.sku), written.get(total.sku)
        told = line or own or offer
        assert told is not None, "what is new is written by staff, or offered"
        lines.append(
            EditedLine(
                total.sku,
                told.title or total.sku,
                line.quantity if line else 0,
                quantity,
                line.unit_price_minor if line else gross // quantity,
                total.discount_minor,
                total.total_minor,
                total.tax_basis_points,
                total.tax_minor,
                total.tax_added_minor,
                line.product_id if line else offer.product_id if offer else None,
                line.options if line else offer.options if offer else {},
                line.image_url if line else offer.image_url if offer else None,
                line.category if line else offer.category if offer else "",
                line.kind if line else "custom" if own else "product",
                classes.get(total.sku, told.tax_class),
            )
        )
    add, remove = stock_changes(
        {line.sku: line.quantity for line in order.stocked},
        {line.sku: line.quantity for line in lines if line.kind != "custom"},
    )
    left = max(order.captured_minor, captures_minor) - order.refunded_minor - order.refunding_minor
    worth = min(_worth(order, wanted, lines), max(0, left))  # more of it was given back before
    credit = min(worth, max(0, after.totals.total_minor - order.total_minor))
    shown = Preview(
        after.totals,
        lines,
        after.totals.total_minor - order.total_minor,
        credit,
        0,
        0,
        add,
        remove,
        after.taken_off,
        after.shipping_tax_basis_points,
        after.totals.tax_minor - sum(line.tax_minor for line in after.lines),
    )
    settlement = settlement_of(order, shown, captures_minor)
    return msgspec.structs.replace(
        shown, due_minor=settlement.more_minor, refund_minor=settlement.refund_minor + worth - credit
    )


def _worth(order: OrderRecord, wanted: Wanted, lines: list[EditedLine]) -> int:
    """What the pieces that come back cost, as their lines will be."""
    after = {line.sku: line for line in lines}
    refunded = {line.sku: line.refunded_quantity for line in order.lines}
    worth = 0
    for piece in wanted.returns:
        line = after.get(piece.sku)
        if line is not None and refunded[piece.sku] + piece.quantity <= line.quantity:
            worth += share_of(line.total_minor, line.quantity, refunded[piece.sku], piece.quantity)
    return worth
