"""Rename a brand. Its products show the new name at once."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import UniqueViolation
from tradewind.services.product.deps import Deps
from tradewind.services.product.shapes import Brand, UpdateBrand
from tradewind.services.product.store import products, tree
from tradewind.services.product.use_cases.create_brand import taken_brand


async def update_brand(deps: Deps, brand_id: UUID, command: UpdateBrand, once: Once) -> Brand:
    """Raises NotFound, and Conflict for a name or slug that another brand has."""
    async with deps.db.begin() as tx:
        was = await tree.lock_brand(tx, brand_id)
        if was is None:
            raise NotFound("brand_not_found", "there is no such brand")
        brand = Brand(
            brand_id,
            was.name if command.name is UNSET else command.name,
            was.slug if command.slug is UNSET else command.slug,
        )
        if brand != was:
            try:
                await tree.rename_brand(tx, brand)
            except UniqueViolation as violation:
                raise taken_brand(violation) from violation
            shown = await tree.lock_products_of_brand(tx, brand_id)
            await deps.outbox.append(tx, *await products.touch(tx, shown, deps.clock.now()))
        return await once.answer(tx, brand)
