"""What search engines read: which pages there are, and which are nobody's business."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import frame
from tradewind.kernel.http import Response

MOST_PRODUCTS = 5000  # far below the 50,000 addresses that a sitemap may hold
SITEMAP_SECONDS = 600.0
PRIVATE = ("/account", "/admin", "/cart", "/checkout", "/orders", "/sign-in", "/search", "/reset", "/v1")


async def show_robots(visit: Visit) -> Response:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        f"Sitemap: {visit.origin}/sitemap.xml",
    ]
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"public, max-age=3600")]
    return Response(200, "\n".join([*lines, ""]).encode(), headers)


async def show_sitemap(visit: Visit) -> Response:
    paths = await visit.kept.get("sitemap", SITEMAP_SECONDS, lambda: _paths(visit))
    urls = "".join(f"<url><loc>{escape(visit.origin + path)}</loc></url>" for path in paths)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    )
    headers = [(b"content-type", b"application/xml"), (b"cache-control", b"public, max-age=600")]
    return Response(200, f"{text}{urls}</urlset>\n".encode(), headers)


async def _paths(visit: Visit) -> list[str]:
    paths = ["/"]
    _add_categories(await frame.roots(visit), paths)
    cursor, found = None, 0
    while found < MOST_PRODUCTS:
        listed = await visit.api.get("/v1/products", limit=100, sort="newest", cursor=cursor)
        paths += [f"/p/{product['slug']}" for product in listed["items"]]
        found += len(listed["items"])
        cursor = listed["next"]
        if cursor is None:
            break
    return paths


def _add_categories(nodes: list[dict[str, Any]], paths: list[str]) -> None:
    for node in nodes:
        paths.append(f"/c/{node['slug']}")
        _add_categories(node["children"], paths)
