"""OpenAPI 3.1 of all services, out of what their routes declare. Nothing in it is written by hand twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib import metadata
from typing import Any

import msgspec

from tradewind.kernel.http import DEFAULT_MAX_BODY_BYTES, STATUS, Route
from tradewind.kernel.openapi_schemas import REF, Json, Schemas
from tradewind.kernel.operations import operations_routes
from tradewind.kernel.service import Service

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
_SESSION, _API_KEY = "session", "api_key"
_ABOUT = """\
Amounts are integer minor units with their currency. Lists come in pages: `items`, and `next`, the cursor of
the following page. Errors are problem documents (RFC 9457) whose `code` is stable. Every change takes an
`Idempotency-Key`: a repeat with the same key is answered as the first was."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused (RFC 9457). Programs match on `code`; `field` names the part of the input."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    details: dict[str, Any] | None = None
    request_id: str | None = None


def openapi(
    services: Iterable[Service], *, title: str = "Tradewind", version: str | None = None, url: str = "/"
) -> Json:
    """`url` is where the API is reached. Routes for the platform's own use are left out."""
    named = list(services)
    routes = [(service.name, route) for service in named for route in documented_routes(service)]
    schemas = Schemas((route for _, route in routes), others=(Problem,))
    paths: dict[str, Json] = {}
    taken: set[str] = set()
    for service, route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = {
            "operationId": _operation_id(service, route, taken),
            **_operation(service, route, schemas),
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version or metadata.version("tradewind"),
            "summary": "A commerce platform: catalogue, stock, carts, orders and payments.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url}],
        "tags": [{"name": service.name} for service in named],
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "responses": _shared_responses(),
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def documented_routes(service: Service) -> tuple[Route, ...]:
    """Every route of a service that is for others than the platform itself."""
    return tuple(
        route for route in service.routes + operations_routes(service.name) if not route.policy.internal
    )


def answered_status(route: Route) -> int:
    """An answer of nothing is a 204."""
    return 204 if route.answer is None and route.status == 200 and _is_json(route) else route.status


def _operation_id(service: str, route: Route, taken: set[str]) -> str:
    name = f"{service}_{route.handler.__name__}"
    if name in taken:
        name += "_" + "_".join((route.method.lower(), *re.findall(r"\w+", route.path)))
    taken.add(name)
    return name


def _operation(service: str, route: Route, schemas: Schemas) -> Json:
    policy = route.policy
    operation: Json = {
        "tags": [service],
        "summary": route.summary,
        "security": _security(route),
        "x-tradewind-policy": {
            "name": policy.name,
            "permission": policy.permission,
            "signed_in": policy.signed_in or policy.permission is not None,
            "owner": policy.owner,
        },
    }
    parameters = _parameters(route, schemas)
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = _request_body(route, schemas)
    answered = answered_status(route)
    operation["responses"] = {str(answered): _success(route, schemas, answered), **_refusals(route)}
    if route.pending:
        operation["responses"]["202"] = _success(route, schemas, 202)
    return operation


def _security(route: Route) -> list[Json]:
    both: list[Json] = [{_SESSION: []}, {_API_KEY: []}]
    if route.policy.signed_in or route.policy.permission is not None:
        return both
    return [{}, *both] if route.policy.owner else []


def _parameters(route: Route, schemas: Schemas) -> list[Json]:
    found: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"} if name.endswith("_id") else {"type": "string"},
        }
        for name in route.parameter_names
    ]
    found += schemas.query_parameters(route)
    if route.mutates and route.keyed:
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if not route.mutates and _is_json(route):
        found.append({"$ref": "#/components/parameters/IfNoneMatch"})
    return found


def _request_body(route: Route, schemas: Schemas) -> Json:
    if route.body is bytes:
        media, content = (
            "application/octet-stream",
            {"schema": {"contentMediaType": "application/octet-stream"}},
        )
    else:
        media, content = JSON_TYPE, {"schema": schemas.of(route.body)}
    if route.example is not None:
        content["example"] = route.example
    body: Json = {"required": route.body is not bytes, "content": {media: content}}
    if route.max_body_bytes != DEFAULT_MAX_BODY_BYTES:
        body["description"] = f"At most {route.max_body_bytes} bytes."
    return body


def _success(route: Route, schemas: Schemas, status: int) -> Json:
    headers = _headers("RateLimit", "RateLimit-Policy", "X-Request-Id")
    if not route.mutates and _is_json(route):
        headers |= _headers("ETag")
    if route.mutates and route.keyed:
        headers |= _headers("Idempotency-Replayed")
    answer: Json = {"description": HTTPStatus(status).phrase, "headers": headers}
    if not _is_json(route):
        kinds = (route.media_type, *route.also)
        answer["content"] = {media: {"schema": {"contentMediaType": media}} for media in kinds}
    elif route.answer is not None:
        answer["content"] = {JSON_TYPE: {"schema": schemas.of(route.answer)}}
        answer["content"] |= {media: {"schema": {"contentMediaType": media}} for media in route.also}
    return answer


def _refusals(route: Route) -> dict[str, Json]:
    """What every such route may say, and what this one declares: by status, with the codes of each."""
    general = _general_codes(route)
    declared: dict[int, list[str]] = {}
    for kind, code in route.errors:
        codes = declared.setdefault(STATUS[kind], [])
        if code not in codes and code not in general.get(STATUS[kind], ()):
            codes.append(code)
    found: dict[str, Json] = {}
    if not route.mutates and _is_json(route):
        found["304"] = {"$ref": "#/components/responses/NotModified"}
    for status in sorted({*general, *declared}):
        extra = declared.get(status, [])
        if not extra and status in _SHARED:
            found[str(status)] = {"$ref": f"#/components/responses/{_SHARED[status][0]}"}
        else:
            found[str(status)] = _problem_response(status, [*extra, *general.get(status, ())])
    return found


def _general_codes(route: Route) -> dict[int, tuple[str, ...]]:
    codes = {status: known for status, (_, known) in _SHARED.items() if status in (401, 429, 503)}
    invalid = [
        "parameter_not_expected" if route.query is None else "invalid_parameter",
        *(() if not route.mutates else ("body_not_expected",) if route.body is None else ("invalid_field",)),
    ]
    if route.policy.permission is not None:
        codes[403] = _SHARED[403][1]
    if route.parameter_names:
        codes[404] = ("route_not_found",)
    if route.mutates:
        codes[413] = _SHARED[413][1]
        codes[400] = ("body_incomplete", "malformed_gzip") if route.body in (None, bytes) else _SHARED[400][1]
        if route.keyed:
            codes[409] = ("request_in_flight",)
            invalid += ("idempotency_key_invalid", "idempotency_key_reused")
    if route.body is not None and route.body is not bytes:
        codes[415] = _SHARED[415][1]
    codes[422] = tuple(invalid)
    return codes


_SHARED: Mapping[int, tuple[str, tuple[str, ...]]] = {
    400: ("Malformed", ("malformed_json", "body_incomplete", "malformed_gzip")),
    401: ("Unauthenticated", ("credential_invalid", "authentication_required")),
    403: ("Forbidden", ("permission_required",)),
    413: ("TooLarge", ("body_too_large",)),
    415: ("UnsupportedMedia", ("unsupported_media_type", "unsupported_encoding")),
    429: ("TooManyRequests", ("too_many_requests",)),
    503: ("Unavailable", ("service_unavailable", "database_unavailable", "too_busy")),
}


def _shared_responses() -> Json:
    shared = {name: _problem_response(status, codes) for status, (name, codes) in _SHARED.items()}
    shared["NotModified"] = {
        "description": "The caller's copy, named by If-None-Match, is still right.",
        "headers": _headers("ETag", "X-Request-Id"),
    }
    return shared


def _problem_response(status: int, codes: Iterable[str]) -> Json:
    listed = list(codes)
    headers = ["X-Request-Id", *(["Retry-After"] if status in (429, 503) else [])]
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(listed)}",
        "headers": _headers(*headers),
        "x-tradewind-codes": listed,
        "content": {
            PROBLEM_TYPE: {
                "schema": {"$ref": REF.format(name="Problem")},
                "examples": {code: {"value": _example_problem(status, code)} for code in listed},
            }
        },
    }


def _example_problem(status: int, code: str) -> Json:
    said = code.replace("_", " ")
    return {
        "type": f"urn:tradewind:problem:{code}",
        "title": said.capitalize(),
        "status": status,
        "detail": said,
        "code": code,
    }


def _is_json(route: Route) -> bool:
    return route.media_type == JSON_TYPE


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


_HEADERS: Json = {
    "RateLimit": {
        "description": "What is left (`r`) of each limit that counted this request, and for how many seconds (`t`).",
        "schema": {"type": "string"},
        "example": '"client";r=599;t=42',
    },
    "RateLimit-Policy": {
        "description": "Those limits: how many requests (`q`) in a window of how many seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"client";q=600;w=60',
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "X-Request-Id": {
        "description": "Names this request in our logs; a caller may choose it.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "Names this very answer.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` where the first answer to this Idempotency-Key is given again.",
        "schema": {"enum": ["true"]},
    },
}
_PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "A new one for each new request, such as a UUID; the same for its repeats. Kept 30 days.",
        "schema": {"type": "string", "minLength": 8, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "6f1b2c9e-5a3d-4c1e-9f5a-0d6f4f6c2a11",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of the caller's copy: if that is still right, the answer is an empty 304.",
        "schema": {"type": "string"},
    },
}
_SECURITY_SCHEMES: Json = {
    _SESSION: {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session (`tws_...`), as signing in answers it.",
    },
    _API_KEY: {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`twk_...`), for programs; its scopes narrow its account's permissions.",
    },
}
