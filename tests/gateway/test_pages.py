from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from tests.gateway.edge import ROBOT, open_edge
from tests.gateway.tiny_services import THINGS
from tradewind.gateway.reference.parts import (
    command_block,
    frame,
    inline,
    json_block,
    method_badge,
    path_code,
    prose,
)
from tradewind.kernel.http import Page, Request, Response
from tradewind.kernel.openapi import documented_routes

VOID = {"meta", "link", "br", "rect", "path"}


class Outline(HTMLParser):
    """Reads a page: its ids, the links within it, and whether every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("id"):
            self.ids[str(known["id"])] += 1
        if tag == "a":
            self.links.append(known.get("href") or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


async def test_the_reference_lists_every_route_with_its_method_path_and_policy() -> None:
    async with open_edge() as client:
        page = (await client.get("/docs")).text
        for route in documented_routes(THINGS):
            assert f"things_{route.handler.__name__}" in page
            assert re.sub(r"\{(\w+)\}", r"<var>{\1}</var>", route.path) in page
        assert "/v1/internal" not in page
        assert "needs inventory:read" in page
        assert "signed in" in page
        for code in ("thing_not_found", "body_too_large", "too_many_requests", "idempotency_key_reused"):
            assert f"<code>{code}</code>" in page
        assert "curl -X POST http://127.0.0.1:8000/v1/things" in page
        assert "at most 80 characters" in page


async def test_the_reference_is_well_formed_and_its_links_lead_somewhere() -> None:
    async with open_edge() as client:
        outline = Outline((await client.get("/docs")).text)
        assert outline.open == []
        assert {name: times for name, times in outline.ids.items() if times > 1} == {}
        for link in outline.links:
            if link.startswith("#"):
                assert link[1:] in outline.ids, link
            elif link != "/health/ready":  # these services have no database to be ready
                assert (await client.get(link)).status_code == 200, link
        assert outline.headings[0] == 1
        steps = zip(outline.headings, outline.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps)


async def test_the_reference_runs_no_script_and_asks_for_nothing_else() -> None:
    async with open_edge() as client:
        answer = await client.get("/docs")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert len(answer.headers.get_list("content-security-policy")) == 1
        assert "<script" not in answer.text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
        assert "permissions-policy" in answer.headers


def test_what_services_say_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    assert "<script" not in prose(evil) + inline(f"`{evil}`") + path_code(f"/{{{evil}}}")
    assert "<script" not in json_block(evil, f'{{"a": "{evil}"}}') + command_block(evil, evil)
    assert "<script" not in method_badge(evil) + frame(evil, "", "")


async def test_pages_are_confirmed_by_their_etag_and_leave_compressed() -> None:
    async with open_edge() as client:
        for path in ("/docs", "/openapi.json", "/"):
            first = await client.get(path)
            again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert first.headers["cache-control"] == "no-cache"
        packed = await client.get("/docs", headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"


async def test_the_root_welcomes_programs_in_json_and_people_with_a_page() -> None:
    async with open_edge() as client:
        links = (await client.get("/")).json()["links"]
        assert links["reference"] == "/docs"
        for path in ("reference", "openapi", "live"):
            assert (await client.get(links[path])).status_code == 200
        page = await client.get("/", headers={"accept": "text/html,*/*"})
        assert page.headers["content-type"].startswith("text/html")
        assert 'href="/docs"' in page.text
        assert "accept" in page.headers["vary"]
        assert Outline(page.text).open == []


async def test_a_page_handed_in_takes_the_place_of_the_gateways_own() -> None:
    async def storefront(request: Request) -> Response:
        return Response(200, b"<h1>Shop</h1>", [(b"content-type", b"text/html")])

    async with open_edge(pages=[Page("/", storefront), Page("/shop/{category}", storefront)]) as client:
        assert (await client.get("/")).text == "<h1>Shop</h1>"
        assert (await client.get("/shop/vases")).text == "<h1>Shop</h1>"
        assert (await client.get("/docs")).status_code == 200


async def test_metrics_are_for_this_machine_or_for_who_has_the_token() -> None:
    async with open_edge(metrics_token="a token") as client:
        await client.get("/v1/things/7")
        answer = await client.get("/metrics")
        assert answer.status_code == 200
        assert re.search(
            r'tradewind_http_requests_total\{method="GET",route="/v1/things/\{thing_id\}",status="200"\} \d',
            answer.text,
        )
        assert 'tradewind_http_request_seconds_bucket{le="+Inf",method="GET"' in answer.text
        forwarded = {"x-forwarded-for": "6.6.6.6"}
        assert (await client.get("/metrics", headers=forwarded)).status_code == 404
    async with open_edge(peer="6.6.6.6", metrics_token="a token") as client:
        assert (await client.get("/metrics")).status_code == 404
        assert (await client.get("/metrics", headers={"authorization": "Bearer nope"})).status_code == 404
        assert (await client.get("/metrics", headers={"authorization": "Bearer a token"})).status_code == 200
    async with open_edge(peer="6.6.6.6") as client:
        assert (await client.get("/metrics", headers={"authorization": "Bearer "})).status_code == 404


async def test_the_gateway_is_live_whoever_asks() -> None:
    async with open_edge(peer="6.6.6.6") as client:
        for headers in ({}, ROBOT, {"authorization": "Basic x"}):
            assert (await client.get("/health/live", headers=headers)).json() == {"status": "live"}
