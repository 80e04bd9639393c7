"""Change what is said of a product: only what is given, the lists of it as a whole."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import UNSET

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.product.deps import Deps
from tradewind.services.product.saving import checked, save_product, version_conflict
from tradewind.services.product.shapes import SavedProduct, UpdateProduct
from tradewind.services.product.store import products, tree
from tradewind.services.product.store.products import Draft


async def update_product(
    deps: Deps, product_id: UUID, command: UpdateProduct, expected: int | None, once: Once
) -> SavedProduct:
    """`expected` is the version that the caller has read: raises Conflict if it is no longer the present one.

    Raises NotFound, and what create_product raises.
    """
    given = {
        name: value
        for name, value in msgspec.structs.asdict(command).items()
        if value is not UNSET and name != "version"
    }
    async with deps.db.begin() as tx:
        if command.categories is not UNSET:  # before the product's row: see store
            await tree.share_categories(tx, command.categories)
        was = await products.lock_one(tx, product_id)
        if was is None:
            raise NotFound("product_not_found", "there is no such product")
        if expected is not None and expected != was.version:
            raise version_conflict(was.version)
        content = checked(msgspec.structs.replace(await products.content_of(tx, product_id), **given))
        draft = Draft(product_id, content, was, keeps_categories=command.categories is UNSET)
        return await once.answer(tx, await save_product(deps, tx, draft))
