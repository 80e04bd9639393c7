"""What customers say of products, and what staff make of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import ACCOUNT, PUBLIC, Call, Route, permission
from tradewind.services.product import review_queries
from tradewind.services.product.deps import Deps
from tradewind.services.product.review_shapes import (
    AnswerReview,
    ChangeReview,
    OwnReviewQuery,
    ReviewCounts,
    ReviewDetail,
    ReviewPage,
    ReviewQuery,
    StaffReviewQuery,
    WriteReview,
)
from tradewind.services.product.use_cases.answer_review import answer_review
from tradewind.services.product.use_cases.change_review import change_review
from tradewind.services.product.use_cases.delete_review import delete_review
from tradewind.services.product.use_cases.moderate_review import moderate_review
from tradewind.services.product.use_cases.write_review import write_review

MODERATE = permission("reviews:write")


async def get_product_reviews(deps: Deps, call: Call[None, ReviewQuery]) -> ReviewPage:
    staff = call.principal.may("products:read")
    return await review_queries.published_reviews(
        deps.db, call.uuid("product_id"), call.query, may_see_all=staff
    )


async def post_review(deps: Deps, call: Call[WriteReview, None]) -> ReviewDetail:
    return await write_review(deps, call.principal, call.uuid("product_id"), call.body, call.once)


async def get_own_reviews(deps: Deps, call: Call[None, OwnReviewQuery]) -> Page[ReviewDetail]:
    return await review_queries.own_reviews(deps.db, _account_id(call), call.query)


async def patch_review(deps: Deps, call: Call[ChangeReview, None]) -> ReviewDetail:
    return await change_review(deps, call.principal, call.uuid("review_id"), call.body, call.once)


async def remove_review(deps: Deps, call: Call[None, None]) -> None:
    await delete_review(deps, call.principal, call.uuid("review_id"), call.once)


async def get_reviews(deps: Deps, call: Call[None, StaffReviewQuery]) -> Page[ReviewDetail]:
    return await review_queries.staff_reviews(deps.db, call.query)


async def get_review_counts(deps: Deps, call: Call[None, None]) -> ReviewCounts:
    return await review_queries.review_counts(deps.db)


async def publish_review(deps: Deps, call: Call[None, None]) -> ReviewDetail:
    return await moderate_review(deps, call.principal, call.uuid("review_id"), "published", call.once)


async def refuse_review(deps: Deps, call: Call[None, None]) -> ReviewDetail:
    return await moderate_review(deps, call.principal, call.uuid("review_id"), "refused", call.once)


async def put_answer(deps: Deps, call: Call[AnswerReview, None]) -> ReviewDetail:
    return await answer_review(deps, call.uuid("review_id"), call.body, call.once)


def _account_id(call: Call[Any, Any]) -> UUID:
    assert call.principal.account_id is not None, "the policy lets only accounts pass"
    return call.principal.account_id


_EXAMPLE = {"rating": 5, "title": "Even lovelier than shown", "text": "Heavy, and it does not wobble."}
_NO_PRODUCT = (NotFound, "product_not_found")
_NO_REVIEW = (NotFound, "review_not_found")
_CURSOR = (Invalid, "cursor_invalid")

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/products/{product_id}/reviews",
        get_product_reviews,
        PUBLIC,
        "Published reviews of a product, with how many gave how many stars",
        answer=ReviewPage,
        query=ReviewQuery,
        errors=(_NO_PRODUCT, _CURSOR),
        cache_seconds=0,
    ),
    Route(
        "POST",
        "/v1/products/{product_id}/reviews",
        post_review,
        ACCOUNT,
        "Review a product, once; it is shown at once, or when staff have published it",
        answer=ReviewDetail,
        body=WriteReview,
        status=201,
        errors=(_NO_PRODUCT, (NotFound, "account_not_found"), (Conflict, "review_exists")),
        example=_EXAMPLE,
    ),
    Route(
        "GET",
        "/v1/me/reviews",
        get_own_reviews,
        ACCOUNT,
        "The caller's own reviews, in any state, newest first",
        answer=Page[ReviewDetail],
        query=OwnReviewQuery,
        errors=(_CURSOR,),
    ),
    Route(
        "PATCH",
        "/v1/reviews/{review_id}",
        patch_review,
        ACCOUNT,
        "Change one's own review; new words may have to wait for staff again",
        answer=ReviewDetail,
        body=ChangeReview,
        errors=(_NO_REVIEW,),
        example={"rating": 4, "text": "After a month: the glaze has a fine crack."},
    ),
    Route(
        "DELETE",
        "/v1/reviews/{review_id}",
        remove_review,
        ACCOUNT,
        "Take one's own review back",
        status=204,
        errors=(_NO_REVIEW,),
    ),
    Route(
        "GET",
        "/v1/reviews",
        get_reviews,
        MODERATE,
        "Reviews of all products, in one state or any, newest first",
        answer=Page[ReviewDetail],
        query=StaffReviewQuery,
        errors=(_CURSOR,),
    ),
    Route(
        "GET",
        "/v1/reviews/counts",
        get_review_counts,
        MODERATE,
        "How many reviews are in which state",
        answer=ReviewCounts,
    ),
    Route(
        "POST",
        "/v1/reviews/{review_id}/publish",
        publish_review,
        MODERATE,
        "Have everybody see a review",
        answer=ReviewDetail,
        errors=(_NO_REVIEW, (Conflict, "state_conflict")),
    ),
    Route(
        "POST",
        "/v1/reviews/{review_id}/refuse",
        refuse_review,
        MODERATE,
        "Have nobody see a review",
        answer=ReviewDetail,
        errors=(_NO_REVIEW, (Conflict, "state_conflict")),
    ),
    Route(
        "PUT",
        "/v1/reviews/{review_id}/answer",
        put_answer,
        MODERATE,
        "Answer a review in the shop's name, in place of an earlier answer",
        answer=ReviewDetail,
        body=AnswerReview,
        errors=(_NO_REVIEW,),
        example={"text": "Thank you! We have sent you another."},
    ),
)
