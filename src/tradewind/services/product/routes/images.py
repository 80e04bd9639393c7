"""Pictures: taken in from staff, shown to everybody."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, NotFound, Unavailable
from tradewind.kernel.http import PUBLIC, Answer, Call, Route
from tradewind.kernel.pictures import EXTENSIONS, LARGEST_PICTURE_BYTES, PICTURE_ERRORS
from tradewind.ports.blob import BlobsUnavailable
from tradewind.services.product.deps import Deps
from tradewind.services.product.routes.products import WRITE
from tradewind.services.product.shapes import AddedImage, ImageQuery
from tradewind.services.product.use_cases.add_image import add_image

_MEDIA_TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}
_FOR_GOOD = ((b"cache-control", b"public, max-age=31536000, immutable"),)


async def post_image(deps: Deps, call: Call[bytes, ImageQuery]) -> AddedImage:
    return await add_image(deps, call.uuid("product_id"), call.body, call.query.alt, call.once)


async def get_media(deps: Deps, call: Call[None, None]) -> Answer:
    name = call.parameters["name"]
    try:
        content = await deps.blobs.get(name)
    except BlobsUnavailable as error:
        raise Unavailable("pictures_unavailable", "the picture cannot be read now") from error
    media_type = _MEDIA_TYPES.get(name.rpartition(".")[2])
    if content is None or media_type is None:
        raise NotFound("picture_not_found", "there is no such picture")
    other = None if media_type == "image/webp" else media_type
    return Answer(content, headers=_FOR_GOOD, media_type=other)


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/products/{product_id}/images",
        post_image,
        WRITE,
        "Add a picture to a product: the body is a WebP, PNG or JPEG of up to 5 MB",
        answer=AddedImage,
        body=bytes,
        query=ImageQuery,
        status=201,
        errors=(
            (NotFound, "product_not_found"),
            *PICTURE_ERRORS,
            (Conflict, "too_many_images"),
            (Unavailable, "pictures_unavailable"),
        ),
        max_body_bytes=LARGEST_PICTURE_BYTES,
        cost=5,
    ),
    Route(
        "GET",
        "/media/{name}",
        get_media,
        PUBLIC,
        "A picture that was added; what a name stands for never changes",
        media_type="image/webp",
        also=("image/png", "image/jpeg"),
        errors=((NotFound, "picture_not_found"), (Unavailable, "pictures_unavailable")),
        cache_seconds=31_536_000,
        cost=0,  # a page shows dozens
    ),
)
