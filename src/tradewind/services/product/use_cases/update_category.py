"""Rename, move or reorder a category. Its products, and those below it, show their new place at once."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET
from msgspec.structs import replace

from tradewind.kernel.errors import Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation, Transaction, UniqueViolation
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import SEPARATOR
from tradewind.services.product.saving import version_conflict
from tradewind.services.product.shapes import Category, UpdateCategory
from tradewind.services.product.store import products, tree
from tradewind.services.product.store.tree import CategoryRow
from tradewind.services.product.use_cases.create_category import answered, check_name, refused


async def update_category(
    deps: Deps, category_id: UUID, command: UpdateCategory, expected: int | None, once: Once
) -> Category:
    """Raises NotFound, Conflict when `expected` is no longer its version, Invalid for a place below itself,
    and what create_category raises."""
    async with deps.db.begin() as tx:
        await tree.lock_tree(tx)
        was = await tree.category(tx, category_id)
        if was is None:
            raise NotFound("category_not_found", "there is no such category")
        if expected is not None and expected != was.version:
            raise version_conflict(was.version)
        to = await _changed(tx, was, command)
        try:
            await tree.replace_category(tx, was, to)
        except (UniqueViolation, CheckViolation) as violation:
            raise refused(violation) from violation
        if (to.path, to.slug, to.lineage) != (was.path, was.slug, was.lineage):
            below = await tree.lock_products_below(tx, category_id)
            await deps.outbox.append(tx, *await products.touch(tx, below, deps.clock.now()))
        return await once.answer(tx, answered(replace(to, version=was.version + 1)))


async def _changed(tx: Transaction, was: CategoryRow, command: UpdateCategory) -> CategoryRow:
    """The row as it is to be, with its path and lineage."""
    to = was
    if command.name is not UNSET:
        check_name(command.name)
        to = replace(to, name=command.name)
    if command.slug is not UNSET:
        to = replace(to, slug=command.slug)
    if command.parent_id is not UNSET:
        to = replace(to, parent_id=command.parent_id)
    if command.position is not UNSET:
        to = replace(to, position=command.position)
    elif to.parent_id != was.parent_id:
        to = replace(to, position=await tree.next_position(tx, to.parent_id))
    if to.parent_id is None:
        return replace(to, path=to.name, lineage=[to.category_id])
    parent = await tree.category(tx, to.parent_id)
    if parent is None:
        raise Invalid("parent_not_found", "there is no such category", field="parent_id")
    if was.category_id in parent.lineage:
        raise Invalid("category_below_itself", "a category cannot be moved below itself", field="parent_id")
    return replace(to, path=parent.path + SEPARATOR + to.name, lineage=[*parent.lineage, to.category_id])
