"""Every operation of the platform, out of its OpenAPI document: a new route is in it by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tradewind.kernel.http import Route
from tradewind.kernel.openapi import documented_routes, openapi
from tradewind.services import registry

SERVICES = registry.load()
DOCUMENT: dict[str, Any] = openapi(SERVICES)


@dataclass(frozen=True)
class Operation:
    """One method on one path. `described` is its part of the document, `route` what answers it."""

    id: str
    service: str
    route: Route
    described: dict[str, Any]

    @property
    def policy(self) -> dict[str, Any]:
        policy: dict[str, Any] = self.described["x-tradewind-policy"]
        return policy

    @property
    def mutates(self) -> bool:
        return self.route.mutates

    @property
    def path_names(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.route.path))

    @property
    def query_schemas(self) -> dict[str, dict[str, Any]]:
        return {
            p["name"]: p["schema"] for p in self.described.get("parameters", ()) if p.get("in") == "query"
        }

    @property
    def required_query(self) -> list[str]:
        parameters = self.described.get("parameters", ())
        return [p["name"] for p in parameters if p.get("in") == "query" and p.get("required")]

    @property
    def body_schema(self) -> dict[str, Any] | None:
        """Of a JSON body; None for no body, and for one of bytes."""
        content = self.described.get("requestBody", {}).get("content", {})
        return resolved(content["application/json"]["schema"]) if "application/json" in content else None

    @property
    def successes(self) -> set[int]:
        return {int(status) for status in self.described["responses"] if status.startswith("2")}

    def codes(self, status: int) -> list[str]:
        """The codes that are documented for a refusal of this status."""
        response = self.described["responses"].get(str(status), {})
        if "$ref" in response:
            response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
        found: list[str] = response.get("x-tradewind-codes", [])
        return found

    def url(self, values: dict[str, str]) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], self.route.path)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _operations() -> Iterator[Operation]:
    routes = {
        (route.path, route.method.lower()): (service.name, route)
        for service in SERVICES
        for route in documented_routes(service)
    }
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            service, route = routes.pop((path, method))
            yield Operation(described["operationId"], service, route, described)
    assert not routes, f"the document leaves out {list(routes)}"


OPERATIONS = tuple(_operations())
BY_ID = {operation.id: operation for operation in OPERATIONS}
