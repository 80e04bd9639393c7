"""A category, at the root or below another."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid, Refusal
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation, ConstraintViolation, UniqueViolation
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import DEEPEST_CATEGORY, SEPARATOR
from tradewind.services.product.shapes import Category, CreateCategory
from tradewind.services.product.store import tree
from tradewind.services.product.store.tree import CategoryRow


async def create_category(deps: Deps, command: CreateCategory, once: Once) -> Category:
    """Raises Invalid for a parent that does not exist, and a name with the separator in it; Conflict for a
    name that a sibling has, and a slug that another category has."""
    check_name(command.name)
    async with deps.db.begin() as tx:
        await tree.lock_tree(tx)
        path, lineage = command.name, [category_id := deps.clock.new_id()]
        if command.parent_id is not None:
            parent = await tree.category(tx, command.parent_id)
            if parent is None:
                raise Invalid("parent_not_found", "there is no such category", field="parent_id")
            path, lineage = parent.path + SEPARATOR + path, [*parent.lineage, category_id]
        slug = command.slug or await tree.slug_for_category(tx, path, category_id)
        position = command.position
        if position is None:
            position = await tree.next_position(tx, command.parent_id)
        row = CategoryRow(category_id, command.parent_id, command.name, slug, path, lineage, position, 1)
        try:
            await tree.insert_category(tx, row, deps.clock.now())
        except (UniqueViolation, CheckViolation) as violation:
            raise refused(violation) from violation
        return await once.answer(tx, answered(row))


def check_name(name: str) -> None:
    if SEPARATOR in name:
        raise Invalid("name_invalid", "a category's name must not contain ' > '", field="name")


def refused(violation: ConstraintViolation) -> Refusal:
    """What the database refused about a category, as a refusal that names the field."""
    match violation.constraint:
        case "categories_path_key":
            return Conflict("category_exists", "there is a category of this name beside it", field="name")
        case "categories_slug_key":
            return Conflict("slug_taken", "another category has this slug", field="slug")
        case "categories_depth":
            message = f"a category is at most {DEEPEST_CATEGORY} levels deep"
            return Invalid("category_too_deep", message, field="parent_id")
    raise violation


def answered(row: CategoryRow) -> Category:
    return Category(row.category_id, row.parent_id, row.name, row.slug, row.path, row.position, row.version)
