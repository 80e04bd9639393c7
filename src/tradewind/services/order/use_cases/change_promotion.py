"""Staff change a promotion. Orders that used it keep what they were given."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.promotions import promotion_view
from tradewind.services.order.shapes.promotions import NewPromotion, PromotionChange, PromotionView
from tradewind.services.order.store import promotions
from tradewind.services.order.use_cases.create_promotion import check_parts


async def change_promotion(
    deps: Deps, promotion_id: UUID, change: PromotionChange, once: Once
) -> PromotionView:
    """Raises NotFound, Conflict(promotion_archived), Conflict(version_conflict), Invalid."""
    if isinstance(change.currency, str):
        check_currency(change.currency)
    async with deps.db.begin() as tx:
        row = await promotions.lock(tx, promotion_id)
        if row is None:
            raise NotFound("promotion_not_found", "there is no such promotion")
        if row["archived_at"] is not None:
            raise Conflict("promotion_archived", "this promotion is archived: make a new one")
        if change.version is not UNSET and change.version != row["version"]:
            raise Conflict(
                "version_conflict",
                f"the promotion is at version {row['version']} now: read it again",
                field="version",
                details={"version": row["version"]},
            )
        kept: dict[str, Any] = {name: row[name] for name in promotions.COLUMNS}
        given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
        given.pop("version", None)
        changed = NewPromotion(**{**kept, **given}, kind=row["kind"], automatic=row["automatic"])
        check_parts(changed)
        if changed.most_uses is not None and changed.most_uses < row["uses"]:
            raise Invalid("below_uses", f"it was used {row['uses']} times already", field="most_uses")
        await promotions.update(tx, promotion_id, deps.clock.now(), changed)
        after = await promotions.load(tx, promotion_id)
        assert after is not None, "it is locked"
        return await once.answer(tx, promotion_view(after))


async def archive_promotion(deps: Deps, promotion_id: UUID, once: Once) -> PromotionView:
    """It applies to nothing from now on, and is kept for what it did. Archiving it again changes nothing."""
    async with deps.db.begin() as tx:
        await promotions.archive(tx, promotion_id, deps.clock.now())
        row = await promotions.load(tx, promotion_id)
        if row is None:
            raise NotFound("promotion_not_found", "there is no such promotion")
        return await once.answer(tx, promotion_view(row))
