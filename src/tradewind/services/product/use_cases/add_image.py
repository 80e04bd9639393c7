"""Staff give a product a picture: its bytes are kept under a name made of them, and it is shown last."""

from __future__ import annotations

import asyncio
import hashlib
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict, NotFound, Unavailable
from tradewind.kernel.idempotency import Once
from tradewind.kernel.picture_formats import Picture
from tradewind.kernel.pictures import EXTENSIONS, taken_in
from tradewind.ports.blob import BlobsUnavailable
from tradewind.services.product.deps import Deps
from tradewind.services.product.domain import Image
from tradewind.services.product.saving import save_product
from tradewind.services.product.shapes import AddedImage
from tradewind.services.product.store import products
from tradewind.services.product.store.products import Draft

MOST_IMAGES = 50


async def add_image(deps: Deps, product_id: UUID, content: bytes, alt: str, once: Once) -> AddedImage:
    """A picture that the product has already stays where it is, with the new `alt`. The bytes are kept before
    the product names them: no page ever shows a picture that is not there.

    Raises NotFound, Invalid for what is no whole picture or too large a one, UnsupportedMedia for another kind,
    Conflict for one too many, Unavailable where the picture cannot be kept now.
    """
    picture, kept, digest = await asyncio.to_thread(_looked_through, content)
    if not await products.exists(deps.db, product_id):
        raise _no_product()
    name = f"{digest[:40]}.{EXTENSIONS[picture.media_type]}"
    try:
        await deps.blobs.put(name, kept)
    except BlobsUnavailable as error:
        raise Unavailable("pictures_unavailable", "the picture could not be kept: try again") from error
    url = f"/media/{name}"
    async with deps.db.begin() as tx:
        was = await products.lock_one(tx, product_id)
        if was is None:
            raise _no_product()
        has = await products.content_of(tx, product_id)
        images = [Image(url, alt) if image.url == url else image for image in has.images]
        if all(image.url != url for image in images):
            images.append(Image(url, alt))
        if len(images) > MOST_IMAGES:
            raise Conflict("too_many_images", f"a product has at most {MOST_IMAGES} pictures")
        changed = msgspec.structs.replace(has, images=images)
        saved = await save_product(deps, tx, Draft(product_id, changed, was, keeps_categories=True))
        position = [image.url for image in images].index(url)
        return await once.answer(
            tx, AddedImage(url, alt, position, picture.width, picture.height, saved.version)
        )


def _looked_through(content: bytes) -> tuple[Picture, bytes, str]:
    """As `taken_in`, with the digest of what is kept."""
    picture, kept = taken_in(content)
    return picture, kept, hashlib.sha256(kept).hexdigest()


def _no_product() -> NotFound:
    return NotFound("product_not_found", "there is no such product")
