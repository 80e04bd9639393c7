"""The page at / while no storefront is there: where to go from here."""

from __future__ import annotations

from html import escape

from tradewind.gateway.reference.parts import command_block, frame
from tradewind.gateway.reference.schema import Json

_WAYS = (
    ("/docs", "API reference", "Every route, with its fields, errors and an example to try."),
    ("/openapi.json", "OpenAPI document", "The same for programs: generate a client from it."),
    ("/health/ready", "Health", "Whether each service and its database are ready."),
)


def welcome_page(document: Json) -> str:
    info, url = document["info"], document["servers"][0]["url"].rstrip("/")
    ways = "".join(
        f'<li><a href="{path}"><strong>{name}</strong><span>{about}</span></a></li>'
        for path, name, about in _WAYS
    )
    content = (
        '<main id="content" class="welcome"><h1>Your shop is <em>open</em></h1>'
        f"<p>{escape(info['summary'])}</p><ul class='ways'>{ways}</ul>"
        f"{command_block('Ask it something', f'curl {url}/')}</main>"
    )
    return frame(str(info["title"]), f'<span class="quiet">{escape(info["version"])}</span>', content)
