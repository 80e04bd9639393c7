"""The products of one batch, written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tradewind.kernel.clock import Clock
from tradewind.ports.database import Transaction
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import NO_PRICE, TRANSITIONS, Content, Problem, Status, slugs_for
from tradewind.services.product.importing.rows import Row, digest_of, rejected, reported
from tradewind.services.product.shapes import ImportProblem
from tradewind.services.product.store import products, tree
from tradewind.services.product.store.imports import PendingCount
from tradewind.services.product.store.products import Draft, Existing


class Outcome(msgspec.Struct, frozen=True):
    """What became of a batch's rows."""

    created: int
    updated: int
    unchanged: int
    rejected: int
    problems: list[ImportProblem]
    pending: list[PendingCount]


async def write_batch(deps: Deps, tx: Transaction, rows: Sequence[Row]) -> Outcome:
    """Upsert by external_id. What is as it was imported before is left alone, with its version.

    Raises UniqueViolation where another transaction took a slug, SKU or external id meanwhile: try again.
    """
    rows = await _without_foreign_skus(tx, rows)
    contents = [row.content for row in rows if row.content is not None]
    brands = await tree.make_brands(tx, deps.clock, [c.brand for c in contents if c.brand is not None])
    categories = await tree.make_categories(tx, deps.clock, [path for c in contents for path in c.categories])
    existing = await products.lock(tx, [c.external_id for c in contents if c.external_id is not None])
    slugs = _Slugs(await products.taken_slugs(tx, [slug for c in contents for slug in _choices(c)]))
    taken = [_taken(row, existing, slugs, deps.clock) for row in rows]
    drafts = [draft for _, draft in taken if draft is not None]
    if drafts:
        await products.write(tx, drafts, brands, categories, deps.clock.now())
        await deps.outbox.append(tx, *(draft.event() for draft in drafts))
    accepted = [row for row, _ in taken if row.content is not None]
    created = sum(draft.was is None for draft in drafts)
    return Outcome(
        created=created,
        updated=len(drafts) - created,
        unchanged=len(accepted) - len(drafts),
        rejected=len(rows) - len(accepted),
        problems=[problem for row, _ in taken for problem in row.problems],
        pending=[
            PendingCount(row.line, row.external_id or "", count.sku, count.warehouse, count.on_hand)
            for row in accepted
            for count in row.stock
        ],
    )


async def _without_foreign_skus(tx: Transaction, rows: Sequence[Row]) -> list[Row]:
    """Reject a row that names a SKU of another product, in the shop or earlier in the batch."""
    skus = [variant.sku for row in rows if row.content is not None for variant in row.content.variants]
    owners = await products.owners_of(tx, skus)
    kept = []
    for row in rows:
        if row.content is not None:
            owned = [(v.sku, owners.setdefault(v.sku, row.external_id or "")) for v in row.content.variants]
            problems = [
                Problem("variants", "sku_taken", f"{sku} belongs to the product {owner}", sku, fatal=True)
                for sku, owner in owned
                if owner != row.external_id
            ]
            if problems:
                row = rejected(row.line, row.external_id, problems)
        kept.append(row)
    return kept


class _Slugs:
    """Hands out slugs that no product has."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken

    def take(self, *choices: str) -> str | None:
        chosen = next((slug for slug in choices if slug not in self._taken), None)
        if chosen is not None:
            self._taken.add(chosen)
        return chosen


def _choices(content: Content) -> tuple[str, ...]:
    made = slugs_for(content.title, content.external_id or "")
    return made if content.slug is None else (content.slug, *made)


def _taken(row: Row, existing: dict[str, Existing], slugs: _Slugs, clock: Clock) -> tuple[Row, Draft | None]:
    """What to write of a row, if anything; the row tells what could not be had as the file says."""
    if row.content is None:
        return row, None
    was, problems = existing.get(row.external_id or ""), list[Problem]()
    product_id = clock.new_id() if was is None else was.product_id
    slug = _slug(row.content, was, slugs, problems) or str(product_id)
    content = msgspec.structs.replace(row.content, slug=slug, status=_status(row.content, was, problems))
    if content.status == "active" and not any(variant.prices for variant in content.variants):
        return rejected(row.line, row.external_id, [*problems, NO_PRICE]), None
    found = reported(row.line, row.external_id, problems)
    row = msgspec.structs.replace(row, problems=row.problems + found) if found else row
    digest = digest_of(content)
    if was is not None and was.was_imported_as(digest):
        return row, None
    return row, Draft(product_id, content, was, digest)


def _slug(content: Content, was: Existing | None, slugs: _Slugs, problems: list[Problem]) -> str | None:
    """The one it has or is given; else one that its title makes."""
    if was is not None and content.slug in (None, was.slug):
        return was.slug
    if content.slug is not None:
        if slugs.take(content.slug):
            return content.slug
        problems.append(Problem("slug", "slug_taken", f"another product has the slug {content.slug}"))
        if was is not None:
            return was.slug
    return slugs.take(*slugs_for(content.title, content.external_id or ""))


def _status(content: Content, was: Existing | None, problems: list[Problem]) -> Status:
    """A move that the transitions do not know is refused."""
    if was is None or content.status == was.status or content.status in TRANSITIONS[was.status]:
        return content.status
    message = f"a product that is {was.status} does not become {content.status}: it stays {was.status}"
    problems.append(Problem("status", "status_change_refused", message))
    return was.status
