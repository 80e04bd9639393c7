"""One operation of the reference: who may call it, what it takes, what it answers, and how to try it."""

from __future__ import annotations

import json
from html import escape
from http import HTTPStatus
from typing import Any

from tradewind.gateway.reference.parts import (
    command_block,
    inline,
    json_block,
    method_badge,
    path_code,
    table,
)
from tradewind.gateway.reference.schema import Json, Shapes, described, field_name, name_of

_LONGEST_EXAMPLE_LINES = 60


def operation_section(path: str, method: str, operation: Json, document: Json, shapes: Shapes) -> str:
    name = operation["operationId"]
    parts = [
        _parameters(operation, document, shapes),
        _body(operation, shapes),
        _answer(operation, shapes),
        _errors(operation, document),
    ]
    return (
        f'<article class="operation" id="{escape(name)}" aria-labelledby="{escape(name)}-title">'
        f'<h3 id="{escape(name)}-title"><a href="#{escape(name)}">{escape(operation["summary"])}</a></h3>'
        f'<p class="route">{method_badge(method)}{path_code(path)}{_policy_badge(operation)}</p>'
        f'<div class="columns"><div class="facts">{"".join(parts)}</div>'
        f'<div class="samples">{_samples(path, method, operation, document, shapes)}</div></div></article>'
    )


def _policy_badge(operation: Json) -> str:
    policy = operation["x-tradewind-policy"]
    if policy["permission"]:
        return f'<span class="badge staff">needs {escape(policy["permission"])}</span>'
    if policy["signed_in"]:
        return '<span class="badge account">signed in</span>'
    if policy["owner"]:
        return '<span class="badge owner">its owner, or a guest who holds its token</span>'
    return '<span class="badge open">open to all</span>'


def _parameters(operation: Json, document: Json, shapes: Shapes) -> str:
    rows = []
    for given in operation.get("parameters", ()):
        found = given
        if "$ref" in given:
            found = document["components"]["parameters"][name_of(given)]
        schema = found["schema"]
        notes = [inline(found["description"])] if "description" in found else []
        notes += [text for text in (described(schema),) if text]
        where = f'{shapes.type_in_words(schema)} <span class="quiet">in {escape(found["in"])}</span>'
        rows.append((field_name(found["name"], required=found["required"]), where, "<br>".join(notes)))
    if not rows:
        return ""
    return "<h4>Parameters</h4>" + table(("Name", "Type", "Notes"), rows, "Parameters")


def _body(operation: Json, shapes: Shapes) -> str:
    body = operation.get("requestBody")
    if body is None:
        return ""
    media, content = next(iter(body["content"].items()))
    limit = f" {inline(body['description'])}" if "description" in body else ""
    words = shapes.type_in_words(content["schema"])
    about = f'<h4>Body</h4><p class="type">{words} <span class="quiet">{escape(media)}.{limit}</span></p>'
    return about + shapes.fields(content["schema"], "Fields of the body", sent=True)


def _answer(operation: Json, shapes: Shapes) -> str:
    status, answer = _success(operation)
    head = f'<h4>Answer</h4><p class="type"><span class="status">{status}</span> '
    if "content" not in answer:
        return head + "nothing</p>"
    media, content = next(iter(answer["content"].items()))
    words = shapes.type_in_words(content["schema"])
    fields = shapes.fields(content["schema"], "Fields of the answer")
    folded = f"<details><summary>Its fields</summary>{fields}</details>" if fields else ""
    return f'{head}{words} <span class="quiet">{escape(media)}</span></p>{folded}'


def _errors(operation: Json, document: Json) -> str:
    rows = []
    for status, given in operation["responses"].items():
        found = document["components"]["responses"][name_of(given)] if "$ref" in given else given
        codes = found.get("x-tradewind-codes")
        if codes:
            listed = " ".join(f"<code>{escape(code)}</code>" for code in codes)
            phrase = escape(HTTPStatus(int(status)).phrase)
            rows.append((f'<span class="status">{status}</span>', phrase, listed))
    return (
        "<details class='errors'><summary>Errors</summary>"
        + table(("Status", "Meaning", "Codes"), rows, "Errors")
        + "</details>"
    )


def _success(operation: Json) -> tuple[str, Json]:
    """The first answer of the 2xx kind: routes declare one."""
    return next((status, answer) for status, answer in operation["responses"].items() if status[0] == "2")


def _samples(path: str, method: str, operation: Json, document: Json, shapes: Shapes) -> str:
    request = command_block("Request", _curl(path, method, operation, document, shapes))
    status, answer = _success(operation)
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return request
    return request + json_block(f"Answer {status}", _pretty(shapes.example(schema)))


def _curl(path: str, method: str, operation: Json, document: Json, shapes: Shapes) -> str:
    url = document["servers"][0]["url"].rstrip("/") + _filled(path, operation, shapes)
    lines = [f"curl {url}" if method == "get" else f"curl -X {method.upper()} {url}"]
    policy = operation["x-tradewind-policy"]
    if policy["signed_in"]:
        lines.append("-H 'Authorization: Bearer $TOKEN'".replace("'", '"'))
    references = [name_of(one) for one in operation.get("parameters", ())]
    if "IdempotencyKey" in references:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    body = operation.get("requestBody")
    if body is not None:
        media, content = next(iter(body["content"].items()))
        lines.append(f"-H 'Content-Type: {media}'")
        if media == "application/json":
            value = content.get("example", shapes.example(content["schema"]))
            lines.append("-d '" + _pretty(value).replace("'", "'\\''") + "'")
        else:
            lines.append("--data-binary @file")
    return " \\\n  ".join(lines)


def _filled(path: str, operation: Json, shapes: Shapes) -> str:
    for given in operation.get("parameters", ()):
        if given.get("in") == "path":
            name = given["name"]
            value = str(shapes.example(given["schema"], name)).replace(" ", "-")
            path = path.replace("{" + name + "}", value)
    return path


def _pretty(value: Any) -> str:
    lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
    if len(lines) > _LONGEST_EXAMPLE_LINES:
        lines = [*lines[:_LONGEST_EXAMPLE_LINES], "  ..."]
    return "\n".join(lines)
