"""A brand that products can name."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import UniqueViolation
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import slugs_for
from tradewind.services.product.shapes import Brand, CreateBrand
from tradewind.services.product.store import tree


async def create_brand(deps: Deps, command: CreateBrand, once: Once) -> Brand:
    """Raises Conflict for a name or slug that another brand has."""
    brand_id, (slug, longer) = deps.clock.new_id(), slugs_for(command.name, command.name)
    async with deps.db.begin() as tx:
        if command.slug is not None:
            slug = command.slug
        elif await tree.brand_slug_is_taken(tx, slug):
            slug = longer
        brand = Brand(brand_id, command.name, slug)
        try:
            await tree.insert_brand(tx, brand_id, command.name, slug, deps.clock.now())
        except UniqueViolation as violation:
            raise taken_brand(violation) from violation
        return await once.answer(tx, brand)


def taken_brand(violation: UniqueViolation) -> Conflict:
    """A unique index of brands, as a refusal that names the field."""
    if violation.constraint == "brands_name_key":
        return Conflict("brand_exists", "there is a brand of this name", field="name")
    return Conflict("slug_taken", "another brand has this slug", field="slug")
