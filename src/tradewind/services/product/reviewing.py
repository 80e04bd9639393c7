"""What writing, changing, moderating and deleting a review have in common: its signature, and what it does to
its product's rating."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.product import ReviewPublished
from tradewind.contracts.user import Account, UnknownAccount
from tradewind.kernel.errors import NotFound
from tradewind.ports.database import Transaction
from tradewind.services.product.deps import Deps
from tradewind.services.product.review_rules import Standing, author_name
from tradewind.services.product.review_shapes import ReviewDetail
from tradewind.services.product.store import products, reviews
from tradewind.services.product.store.products import RatingMove


async def author_of(deps: Deps, account_id: UUID) -> tuple[str, str]:
    """How its reviews are signed, and its language. Raises NotFound for an account that was closed."""
    match await deps.user.account(account_id):
        case Account() as account:
            return author_name(account.name), account.language
        case UnknownAccount():
            raise NotFound("account_not_found", "this account is closed")


async def count_rating(deps: Deps, tx: Transaction, was: Standing | None, now_is: Standing | None) -> None:
    """Have the product's rating follow a review that was written, changed or removed, and tell the others.
    The product's row is locked; without an effect on what is shown nothing is told."""
    one = now_is or was
    assert one is not None, "a review that is, or was"
    before, after = (0 if standing is None else standing.stars for standing in (was, now_is))
    if before == after:
        return
    shown = (after > 0) - (before > 0)
    told = await products.move_ratings(tx, [RatingMove(one.product_id, shown, after - before)])
    if shown > 0:
        published = ReviewPublished(one.review_id, one.product_id, one.rating, one.account_id)
        await deps.outbox.append(tx, published, *told)
    else:
        await deps.outbox.append(tx, *told)


async def lock_review(tx: Transaction, review_id: UUID) -> Standing:
    """With its product's row, in the order of store/__init__.py. Raises NotFound."""
    product_id = await reviews.product_of(tx, review_id)
    if product_id is not None:
        await products.lock_one(tx, product_id)
    review = await reviews.lock(tx, review_id)
    if review is None:
        raise no_review()
    return review


async def review_as_it_is(tx: Transaction, review_id: UUID) -> ReviewDetail:
    detail = await reviews.detail(tx, review_id)
    assert detail is not None, "written in this transaction"
    return detail


def no_review() -> NotFound:
    return NotFound("review_not_found", "there is no such review")
