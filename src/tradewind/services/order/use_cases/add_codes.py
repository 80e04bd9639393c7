"""Staff give a promotion more codes: their own, or so many new ones."""

from __future__ import annotations

import hashlib
from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.promotions import NewCodes, PromotionCode, PromotionCodes
from tradewind.services.order.store import promotions
from tradewind.services.order.use_cases.create_promotion import refuse_known

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is mistaken for another
TRIES = 5


async def add_codes(deps: Deps, promotion_id: UUID, new: NewCodes, once: Once) -> PromotionCodes:
    """Raises NotFound, Conflict(promotion_archived), Conflict(promotion_automatic), Conflict(code_exists)."""
    if bool(new.codes) == (new.count is not None):
        raise Invalid("field_missing", "give either codes, or count", field="count")
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        row = await promotions.lock(tx, promotion_id)
        if row is None:
            raise NotFound("promotion_not_found", "there is no such promotion")
        if row["archived_at"] is not None:
            raise Conflict("promotion_archived", "this promotion is archived: make a new one")
        if row["automatic"]:
            raise Conflict("promotion_automatic", "this promotion comes by itself: it has no codes")
        made: list[str] = []
        if new.codes:
            wanted = list(dict.fromkeys(code.upper() for code in new.codes))
            made = await promotions.insert_codes(tx, promotion_id, wanted, new.most_uses, now)
            refuse_known(sorted(set(wanted) - set(made)))
        for _ in range(TRIES):
            missing = (new.count or 0) - len(made)
            if new.codes or missing <= 0:
                break
            drawn = {_drawn(deps, new) for _ in range(missing)}
            made += await promotions.insert_codes(tx, promotion_id, sorted(drawn), new.most_uses, now)
        else:
            if len(made) < (new.count or 0):
                raise Conflict("codes_exhausted", "too few codes of this length are free: use more letters")
        return await once.answer(
            tx, PromotionCodes([PromotionCode(code, new.most_uses, 0, now) for code in sorted(made)])
        )


def _drawn(deps: Deps, new: NewCodes) -> str:
    """From the random bits of a new id: not to be guessed, and a simulation may choose it."""
    number = int.from_bytes(hashlib.sha256(deps.clock.new_id().bytes).digest())
    letters = ""
    for _ in range(new.length):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return new.prefix.upper() + letters
