"""What creating and updating a product have in common: checking it, finding its places, writing it."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid, Refusal
from tradewind.ports.database import Transaction, UniqueViolation
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import Content, inspect
from tradewind.services.product.shapes import SavedProduct
from tradewind.services.product.store import products, tree
from tradewind.services.product.store.products import Draft


def checked(content: Content) -> Content:
    """Raises Invalid for the first thing that is wrong with it."""
    _, problems = inspect(content)
    for problem in problems:
        raise Invalid(problem.code, problem.message, field=problem.field)
    return content


async def save_product(deps: Deps, tx: Transaction, draft: Draft) -> SavedProduct:
    """Write it and tell the others. The categories that are new to it must be held (store/tree.py).

    Raises Invalid for a brand or category that does not exist, Conflict for what another product has.
    """
    content = draft.content
    owners = await products.owners_of(tx, [variant.sku for variant in content.variants])
    own_id = None if draft.was is None else draft.was.external_id
    for index, variant in enumerate(content.variants):
        if owners.get(variant.sku, own_id) != own_id:
            message = f"{variant.sku} belongs to the product {owners[variant.sku]}"
            raise Conflict("sku_taken", message, field=f"variants[{index}].sku")
    brands = await tree.brand_ids(tx, [] if content.brand is None else [content.brand])
    if content.brand is not None and content.brand not in brands:
        raise Invalid("brand_not_found", f"create the brand {content.brand} first", field="brand")
    categories: dict[str, UUID] = {}
    if not draft.keeps_categories:
        categories = await tree.category_ids(tx, content.categories)
        for index, path in enumerate(content.categories):
            if path not in categories:
                message = f"create the category {path} first"
                raise Invalid("category_not_found", message, field=f"categories[{index}]")
    try:
        await products.write(tx, [draft], brands, categories, deps.clock.now())
    except UniqueViolation as violation:
        raise taken(violation) from violation
    await deps.outbox.append(tx, draft.event())
    assert content.external_id is not None and content.slug is not None, "settled by the use case"
    return SavedProduct(draft.product_id, content.external_id, content.slug, content.status, draft.version)


_TAKEN = {
    "products_external_id_key": ("external_id_taken", "external_id"),
    "products_slug_key": ("slug_taken", "slug"),
    "variants_pkey": ("sku_taken", "variants"),
}


def taken(violation: UniqueViolation) -> Refusal:
    """A unique index of products or variants, as a refusal that names the field."""
    code, field = _TAKEN[violation.constraint]
    return Conflict(code, f"another product has it: {violation}", field=field)


def version_conflict(version: int) -> Conflict:
    return Conflict(
        "version_conflict",
        f"it was changed meanwhile and is version {version} now: read it again, then change that",
        field="version",
        details={"version": version},
    )
