"""The card's fields where a processor draws them by a script of its own: a page that stands in the checkout's
frame. It alone lets that script in, and gives the token on as any processor's form does."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tradewind.faces.kit.templates import render
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import paying
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Response


async def show_card_fields(visit: Visit) -> Response:
    method = await _method(visit, visit.query["processor"])
    state = visit.query["state"]
    if not re.fullmatch("[0-9a-f]{24}", state):
        raise NotFound("page_not_found", "this form was opened for nothing")
    script = urlsplit(method["script_url"])
    origins = (f"{script.scheme}://{script.netloc}", *method["origins"])
    values = {
        "visit": visit,
        "status": 200,
        "method": method,
        "state": state,
        "back": visit.own_path(visit.query["back"], "/checkout/card"),
    }
    body = render("shop/card_fields.html", visit.language, values)
    return visit.answer(Response(200, body, [*visit.settings.headers_with_script(origins)]))


async def _method(visit: Visit, processor: str) -> dict[str, Any]:
    for method in await paying.methods(visit):
        if method["processor"] == processor and method["script_url"]:
            return method
    raise NotFound("page_not_found", "no such processor draws its fields here")
