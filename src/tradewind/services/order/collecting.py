"""Click and collect: what is collected needs neither a parcel nor an address beyond the buyer's name."""

from __future__ import annotations

from tradewind.contracts.common import Address
from tradewind.contracts.inventory import PickupPlace
from tradewind.kernel.errors import Invalid
from tradewind.services.order.deps import Deps
from tradewind.services.order.store.carts import CartRecord, replaced

METHOD = "pickup"  # how an order goes that is collected


async def place_of(deps: Deps, code: str) -> PickupPlace:
    """Raises Invalid(pickup_unknown)."""
    place = await deps.inventory.pickup_place(code)
    if not isinstance(place, PickupPlace):
        raise Invalid(
            "pickup_unknown", "customers collect at none of our places of this code", field="pickup"
        )
    return place


def collected(cart: CartRecord, place: PickupPlace, name: str) -> CartRecord:
    """The cart, to be collected there: without a method shipping costs nothing, and the place decides the tax."""
    there = Address(name, f"Pickup point {place.code}", place.name[:80], place.country)
    collected: CartRecord = replaced(cart, pickup=place.code, shipping_address=there, shipping_method=None)
    return collected


def sent(cart: CartRecord) -> CartRecord:
    """The cart, no longer to be collected: the place is no address to send it to."""
    if cart.pickup is None:
        return cart
    sent: CartRecord = replaced(cart, pickup=None, shipping_address=None)
    return sent


def collector(cart: CartRecord) -> str:
    """By whom: the name in the cart's addresses. Raises Invalid(pickup_name_missing)."""
    address = cart.shipping_address or cart.billing_address
    if address is None:
        raise Invalid("pickup_name_missing", "say in the cart's pickup who collects it", field="pickup")
    return address.name
