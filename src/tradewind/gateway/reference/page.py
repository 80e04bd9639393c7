"""The reference: an index of every operation, what holds for all, each operation, and each named shape."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from tradewind.gateway.reference.operation import operation_section
from tradewind.gateway.reference.parts import command_block, frame, inline, json_block, method_badge, prose
from tradewind.gateway.reference.schema import Json, Shapes

_SIGN_IN = """\
curl -X POST {url}/v1/sessions \\
  -H 'Content-Type: application/json' \\
  -d '{{"email": "ada@example.com", "password": "..."}}'"""
_PROBLEM = """\
{
  "type": "urn:tradewind:problem:out_of_stock",
  "title": "Out of stock",
  "status": 409,
  "detail": "what is left does not cover the order",
  "code": "out_of_stock",
  "request_id": "5f1c0e0a4b7d4c9c8a51f0f3b7f1a2d4"
}"""
_COMMON = (
    (
        "Who is calling",
        "Send `Authorization: Bearer` with a session's token (`tws_...`) or an API key (`twk_...`). A "
        "credential that is not valid is a 401, never a silent guest. What belongs to others is a 404.",
    ),
    (
        "Repeats",
        "Send an `Idempotency-Key` with every change. A repeat is answered as the first was, with "
        "`Idempotency-Replayed: true`; the same key with another body is a 422. Keys are kept 30 days.",
    ),
    (
        "Pages",
        "Lists answer `items` and `next`. Send `next` as `cursor` for the following page; it is null on the "
        "last. A cursor stays right while rows come and go.",
    ),
    (
        "Limits",
        "Every answer carries `RateLimit`: how much is left, and for how many seconds. Over the limit is a "
        "429 with `Retry-After`; a busy or failing service is a 503 with the same.",
    ),
    (
        "Copies",
        "Reads carry an `ETag`. Send it back as `If-None-Match`, and an answer that has not changed is an "
        "empty 304.",
    ),
    (
        "Amounts",
        "Money is `amount_minor`, an integer of the currency's smallest unit, with its `currency`: 6800 EUR "
        "is 68 euros, 6800 JPY is 6,800 yen.",
    ),
)


def reference_page(document: Json) -> str:
    info = document["info"]
    shapes = Shapes(document["components"]["schemas"])
    groups = _by_tag(document)
    sections = "".join(_service(tag, found, document, shapes) for tag, found in groups.items())
    bar = (
        f'<span class="quiet">API reference {escape(info["version"])}</span>'
        '<nav class="links" aria-label="Documents"><a href="/openapi.json">OpenAPI</a>'
        '<a href="/health/ready">Health</a></nav>'
    )
    content = (
        f'<div class="frame">{_index(groups)}<main id="content">{_introduction(document)}'
        f"{sections}{_shapes(shapes)}</main></div>"
    )
    return frame(f"{info['title']} API reference", bar, content)


def _by_tag(document: Json) -> dict[str, list[tuple[str, str, Json]]]:
    groups: dict[str, list[tuple[str, str, Json]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups[operation["tags"][0]].append((path, method, operation))
    return {tag: found for tag, found in groups.items() if found}


def _index(groups: dict[str, list[tuple[str, str, Json]]]) -> str:
    return '<nav class="index" aria-label="Operations">' + "".join(_index_group(groups)) + "</nav>"


def _index_group(groups: dict[str, list[tuple[str, str, Json]]]) -> Iterator[str]:
    for tag, found in groups.items():
        links = "".join(
            f'<li><a href="#{escape(operation["operationId"])}">{method_badge(method)}'
            f"<span>{escape(operation['summary'])}</span></a></li>"
            for _, method, operation in found
        )
        yield (
            f"<details open><summary>{escape(tag.capitalize())} "
            f'<span class="count">{len(found)}</span></summary><ul>{links}</ul></details>'
        )
    yield '<a class="plain" href="#shapes">Shapes</a>'


def _introduction(document: Json) -> str:
    info, url = document["info"], document["servers"][0]["url"].rstrip("/")
    cards = "".join(f"<section><h2>{title}</h2><p>{inline(text)}</p></section>" for title, text in _COMMON)
    samples = command_block("Sign in", _SIGN_IN.format(url=url))
    samples += json_block("A refusal", _PROBLEM)
    return (
        f'<section class="introduction"><h1>Build on <em>{escape(info["title"])}</em></h1>'
        f'<div class="columns"><div class="facts">{prose(info["summary"] + " " + info["description"])}'
        f'<p class="base"><span class="quiet">Base address</span> <code>{escape(url) or "/"}</code></p></div>'
        f'<div class="samples">{samples}</div></div>'
        f'<div class="cards">{cards}</div></section>'
    )


def _service(tag: str, found: list[tuple[str, str, Json]], document: Json, shapes: Shapes) -> str:
    operations = "".join(
        operation_section(path, method, operation, document, shapes) for path, method, operation in found
    )
    name = escape(tag)
    return (
        f'<section class="service" aria-labelledby="{name}">'
        f'<h2 id="{name}">{escape(tag.capitalize())}</h2>{operations}</section>'
    )


def _shapes(shapes: Shapes) -> str:
    listed = "".join(_shape(name, schema, shapes) for name, schema in shapes.named.items())
    return f'<section class="service" aria-labelledby="shapes"><h2 id="shapes">Shapes</h2>{listed}</section>'


def _shape(name: str, schema: dict[str, Any], shapes: Shapes) -> str:
    about = prose(schema["description"]) if "description" in schema else ""
    title = escape(shapes.title(name))
    fields = shapes.fields(schema, f"Fields of {shapes.title(name)}")
    return f'<article class="shape" id="shape-{escape(name)}"><h3>{title}</h3>{about}{fields}</article>'
