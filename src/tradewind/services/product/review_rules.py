"""What holds of reviews: who may be shown at once, which state may follow which, how they are signed. Pure."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

ReviewState = Literal["pending", "published", "refused"]
ReviewsShownAtOnce = Literal["verified", "all", "none"]
REVIEW_TRANSITIONS: dict[ReviewState, frozenset[ReviewState]] = {
    "pending": frozenset({"published", "refused"}),
    "published": frozenset({"refused", "pending"}),
    "refused": frozenset({"published", "pending"}),
}


class Standing(msgspec.Struct, frozen=True):
    """What of a review its product's rating depends on."""

    review_id: UUID
    product_id: UUID
    account_id: UUID
    rating: int
    state: ReviewState

    @property
    def stars(self) -> int:
        return self.rating if self.state == "published" else 0


def author_name(name: str) -> str:
    """The first name and the initial of the last: `Ada L.`; who has only one name is shown by it."""
    first, *rest = name.split() or [""]
    return f"{first[:60]} {rest[-1][0]}." if rest else first[:60]


def state_of_words(
    shown_at_once: ReviewsShownAtOnce, *, verified: bool, was: ReviewState | None = None
) -> ReviewState:
    """Where a review goes that was just written or changed: what staff refused once waits for them again."""
    if was == "refused" or shown_at_once == "none":
        return "pending"
    return "published" if verified or shown_at_once == "all" else "pending"
