"""Staff offer a discount code."""

from __future__ import annotations

from tradewind.contracts.currencies import is_currency
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import UniqueViolation
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.terms import discount_view
from tradewind.services.order.shapes.terms import DiscountView, NewDiscount
from tradewind.services.order.store import terms


async def create_discount(deps: Deps, new: NewDiscount, once: Once) -> DiscountView:
    """Raises Invalid for parts that do not fit the kind, Conflict(discount_exists)."""
    _check_parts(new)
    try:
        async with deps.db.begin() as tx:
            row = await terms.insert_discount(tx, new, deps.clock.now())
            return await once.answer(tx, discount_view(row))
    except UniqueViolation as violation:
        if violation.constraint != "discounts_pkey":
            raise
        raise Conflict("discount_exists", f"there is a discount {new.code}", field="code") from violation


def _check_parts(new: NewDiscount) -> None:
    wanted = {"percentage": {"basis_points"}, "amount": {"amount_minor", "currency"}, "free_shipping": set()}
    for name in ("basis_points", "amount_minor", "currency"):
        given, needed = getattr(new, name) is not None, name in wanted[new.kind]
        if needed and not given:
            raise Invalid("field_missing", f"a discount of kind {new.kind} needs {name}", field=name)
        if given and not needed:
            raise Invalid("field_not_expected", f"a discount of kind {new.kind} has no {name}", field=name)
    if new.currency is not None and not is_currency(new.currency):
        raise Invalid("currency_unknown", f"{new.currency} is no currency of ISO 4217", field="currency")
    for name in ("starts_at", "ends_at"):
        moment = getattr(new, name)
        if moment is not None and moment.tzinfo is None:
            raise Invalid(
                "time_zone_missing", "give the time with its zone, such as ...T12:00:00Z", field=name
            )
    if new.starts_at is not None and new.ends_at is not None and new.ends_at <= new.starts_at:
        raise Invalid("ends_before_start", "ends_at must come after starts_at", field="ends_at")
