"""Staff offer a promotion: one that comes by itself, or one with codes."""

from __future__ import annotations

from datetime import datetime

from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.promotions import promotion_view
from tradewind.services.order.shapes.promotions import NewPromotion, PromotionView
from tradewind.services.order.store import promotions

_NEEDS = {
    "percentage": ("basis_points",),
    "amount": ("amount_minor", "currency"),
    "buy_x_get_y": ("buy_quantity", "get_quantity"),
    "free_shipping": (),
}
_MAY_HAVE = {"buy_x_get_y": ("basis_points", "get_product_ids")}


async def create_promotion(deps: Deps, new: NewPromotion, once: Once) -> PromotionView:
    """Raises Invalid for parts that do not fit the kind, Conflict(code_exists)."""
    check_parts(new)
    codes = list(dict.fromkeys(code.upper() for code in new.codes))
    if new.automatic and codes:
        raise Invalid(
            "field_not_expected",
            "a promotion that comes by itself has no codes: leave them out",
            field="codes",
        )
    promotion_id, now = deps.clock.new_id(), deps.clock.now()
    async with deps.db.begin() as tx:
        await promotions.insert(tx, promotion_id, new, now)
        if codes:
            made = set(await promotions.insert_codes(tx, promotion_id, codes, None, now))
            refuse_known([code for code in codes if code not in made])
        row = await promotions.load(tx, promotion_id)
        assert row is not None, "it was written just now"
        return await once.answer(tx, promotion_view(row))


def refuse_known(codes: list[str]) -> None:
    """Raises Conflict where there are any."""
    if codes:
        shown = ", ".join(codes[:5])
        raise Conflict("code_exists", f"used before, by this or another promotion: {shown}", field="codes")


def check_parts(promotion: NewPromotion) -> None:
    """Raises Invalid for what is missing, what does not fit the kind, and times that cannot be."""
    kind = promotion.kind
    for name in ("basis_points", "amount_minor", "buy_quantity", "get_quantity", "get_product_ids"):
        given = bool(getattr(promotion, name))
        if name in _NEEDS[kind] and not given:
            raise Invalid("field_missing", f"a promotion of kind {kind} needs {name}", field=name)
        if given and name not in _NEEDS[kind] and name not in _MAY_HAVE.get(kind, ()):
            raise Invalid("field_not_expected", f"a promotion of kind {kind} has no {name}", field=name)
    if promotion.currency is None and (promotion.amount_minor is not None or promotion.minimum_minor):
        raise Invalid("field_missing", "an amount needs its currency", field="currency")
    check_currency(promotion.currency)
    check_period(promotion.starts_at, promotion.ends_at, "starts_at", "ends_at")


def check_period(start: datetime | None, end: datetime | None, start_field: str, end_field: str) -> None:
    """Raises Invalid for a time without its zone, and for an end that does not come after the start."""
    for moment, field in ((start, start_field), (end, end_field)):
        if moment is not None and moment.tzinfo is None:
            raise Invalid(
                "time_zone_missing", "give the time with its zone, such as ...T12:00:00Z", field=field
            )
    if start is not None and end is not None and end <= start:
        raise Invalid("ends_before_start", f"{end_field} must come after {start_field}", field=end_field)
