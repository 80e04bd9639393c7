"""What clients send and are answered about reviews. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradewind.contracts.common import Body, Limit
from tradewind.services.product.review_rules import ReviewState
from tradewind.services.product.shapes import Cursor

Rating = Annotated[int, Meta(ge=1, le=5, description="stars")]
ReviewTitle = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
ReviewText = Annotated[str, Meta(max_length=5000, description="plain text")]
AnswerText = Annotated[str, Meta(min_length=1, max_length=5000, pattern=r"\S")]
ReviewSort = Literal["newest", "rating", "-rating"]


class WriteReview(Body, frozen=True):
    rating: Rating
    title: ReviewTitle = ""
    text: ReviewText = ""


class ChangeReview(Body, frozen=True):
    """What is left out stays as it is."""

    rating: Rating | UnsetType = UNSET
    title: ReviewTitle | UnsetType = UNSET
    text: ReviewText | UnsetType = UNSET


class AnswerReview(Body, frozen=True):
    """`text` null takes the answer away."""

    text: AnswerText | None


class ReviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sort` rating has the best first, -rating the worst; `rating` shows those with so many stars alone."""

    sort: ReviewSort = "newest"
    rating: Rating | None = None
    limit: Limit = 20
    cursor: Cursor | None = None


class StaffReviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: ReviewState | None = None
    product_id: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class OwnReviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product_id: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class Review(msgspec.Struct, frozen=True):
    """As everybody sees it. `verified`: who wrote it bought the product here. `language` is the author's."""

    review_id: UUID
    rating: int
    title: str
    text: str
    author: str
    language: str
    verified: bool
    answer: str | None
    answered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ReviewPage(msgspec.Struct, frozen=True):
    """A page of reviews, with what all published ones of the product come to: `stars` counts those that gave
    one star, two, and so on to five."""

    items: list[Review]
    next: str | None
    rating_average: float | None
    rating_count: int
    stars: list[int]


class ReviewDetail(msgspec.Struct, frozen=True):
    """As who wrote it and staff see it. It is shown to everybody while it is `published`."""

    review_id: UUID
    product_id: UUID
    product_title: str
    product_slug: str
    account_id: UUID
    rating: int
    title: str
    text: str
    author: str
    language: str
    state: ReviewState
    verified: bool
    answer: str | None
    answered_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class ReviewCounts(msgspec.Struct, frozen=True):
    pending: int
    published: int
    refused: int
