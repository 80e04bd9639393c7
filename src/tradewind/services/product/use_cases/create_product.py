"""A new product, as a draft or for sale at once."""

from __future__ import annotations

import msgspec

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import Content, slugs_for
from tradewind.services.product.saving import checked, save_product
from tradewind.services.product.shapes import CreateProduct, SavedProduct
from tradewind.services.product.store import products, tree
from tradewind.services.product.store.products import Draft


async def create_product(deps: Deps, command: CreateProduct, once: Once) -> SavedProduct:
    """Raises Invalid for what does not hold together, and for a brand or category that does not exist;
    Conflict for an external_id, slug or SKU that another product has."""
    content = checked(Content(**msgspec.structs.asdict(command)))
    async with deps.db.begin() as tx:
        await tree.share_categories(tx, content.categories)
        product_id = deps.clock.new_id()
        external_id = content.external_id or str(product_id)
        slug = content.slug
        if slug is None:
            choices = (*slugs_for(content.title, external_id), str(product_id))
            taken = await products.taken_slugs(tx, choices)
            slug = next(choice for choice in choices if choice not in taken)
        if external_id in await products.lock(tx, [external_id]):
            raise Conflict("external_id_taken", "another product has this external_id", field="external_id")
        content = msgspec.structs.replace(content, external_id=external_id, slug=slug)
        return await once.answer(tx, await save_product(deps, tx, Draft(product_id, content)))
