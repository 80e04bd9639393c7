"""Pictures as people send them: refused with what is wrong, or taken in without what they tell of their makers."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid, UnsupportedMedia
from tradewind.kernel.picture_formats import (
    LONGEST_SIDE_PIXELS,
    Broken,
    NotAPicture,
    Picture,
    picture_of,
)
from tradewind.kernel.picture_metadata import without_metadata

LARGEST_PICTURE_BYTES = 5_000_000
# What `taken_in` raises, for the routes that take pictures.
PICTURE_ERRORS = (
    (Invalid, "image_broken"),
    (Invalid, "image_too_large"),
    (UnsupportedMedia, "image_type_unknown"),
)
EXTENSIONS = {"image/webp": "webp", "image/png": "png", "image/jpeg": "jpg"}


def taken_in(content: bytes) -> tuple[Picture, bytes]:
    """What somebody sent as a picture, and its bytes as they are kept: without place, time and camera. To be called
    on a thread: of 5 MB that mean no good it takes a quarter of a second. Raises UnsupportedMedia for another kind,
    Invalid for what is no whole picture or too large a one."""
    try:
        picture = picture_of(content)
        if not picture.fits:
            message = f"a picture has at most {LONGEST_SIDE_PIXELS} pixels a side and 60 million in all"
            raise Invalid("image_too_large", message, field="body")
        return picture, without_metadata(content, picture.media_type)
    except NotAPicture as error:
        raise UnsupportedMedia("image_type_unknown", str(error), field="body") from error
    except Broken as error:
        raise Invalid("image_broken", f"the picture cannot be shown: {error}", field="body") from error
