from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.definitions import OPENAPI_31

from tests.gateway.edge import open_edge
from tests.gateway.tiny_services import THINGS, USERS
from tradewind.kernel.http import PUBLIC, Route
from tradewind.kernel.openapi import documented_routes, openapi
from tradewind.kernel.service import Service
from tradewind.services import registry

TINY = openapi((USERS, THINGS))


def present_services() -> list[Service]:
    names = [name for name in registry.NAMES if find_spec(f"tradewind.services.{name}.service") is not None]
    return registry.load(names)


@pytest.mark.parametrize("services", [[USERS, THINGS], present_services()], ids=["tiny", "platform"])
def test_the_document_is_valid_openapi_3_1_and_can_be_tested_from(services: list[Service]) -> None:
    document = msgspec.to_builtins(openapi(services))
    errors = [
        f"{list(error.instance_path)}: {error.message[:200]}"
        for error in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(document)
    ]
    assert errors == []
    found = list(schemathesis.openapi.from_dict(document).get_all_operations())
    assert all(isinstance(result, Ok) for result in found)
    assert len(found) == sum(len(documented_routes(service)) for service in services)


@pytest.mark.parametrize("services", [[USERS, THINGS], present_services()], ids=["tiny", "platform"])
def test_every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own(
    services: list[Service],
) -> None:
    document = openapi(services)
    for reference in _references(document):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for one in node for found in _references(one)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [found for one in node.values() for found in _references(one)]


@pytest.mark.parametrize("services", [[USERS, THINGS], present_services()], ids=["tiny", "platform"])
def test_examples_are_what_their_schemas_allow(services: list[Service]) -> None:
    document = openapi(services)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" not in content:
                continue
            schema = {**content["schema"], "components": document["components"]}
            errors = jsonschema_rs.validator_for(schema).iter_errors(msgspec.to_builtins(content["example"]))
            assert [error.message for error in errors] == [], f"{method} {path}"


def test_parameters_come_from_path_query_and_kernel() -> None:
    listed = {one.get("name"): one for one in TINY["paths"]["/v1/things"]["get"]["parameters"]}
    assert listed["limit"] == {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 24},
    }
    assert listed["colour"]["schema"] == {"type": "array", "items": {"type": "string"}, "default": []}
    assert listed["since"]["schema"] == {"type": "string", "format": "date-time"}
    assert listed["sort"]["schema"]["enum"] == ["made_at", "title"]
    one = TINY["paths"]["/v1/things/{thing_id}"]
    assert one["get"]["parameters"][0]["schema"] == {"type": "string", "format": "uuid"}
    assert {"$ref": "#/components/parameters/IfNoneMatch"} in one["get"]["parameters"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in one["delete"]["parameters"]
    assert "parameters" not in TINY["paths"]["/v1/things"]["post"]  # this one honours no key


def test_times_are_marked_as_such() -> None:
    made_at = TINY["components"]["schemas"]["Thing"]["properties"]["made_at"]
    assert made_at["anyOf"][0] == {"type": "string", "format": "date-time"}


def test_policies_and_security_are_told() -> None:
    def of(method: str, path: str) -> Any:
        return TINY["paths"][path][method]

    assert of("get", "/v1/things")["security"] == []
    assert of("get", "/v1/mine")["security"] == [{"session": []}, {"api_key": []}]
    assert of("delete", "/v1/things/{thing_id}")["security"] == [{}, {"session": []}, {"api_key": []}]
    assert of("get", "/v1/stock")["x-tradewind-policy"] == {
        "name": "permission",
        "permission": "inventory:read",
        "signed_in": True,
        "owner": False,
    }
    assert "/v1/internal" not in TINY["paths"]


def test_errors_are_grouped_by_status_with_their_codes() -> None:
    answers = TINY["paths"]["/v1/things/{thing_id}"]["delete"]["responses"]
    assert answers["409"]["x-tradewind-codes"] == ["thing_in_use", "request_in_flight"]
    assert answers["404"]["x-tradewind-codes"] == ["thing_not_found", "route_not_found"]
    example = answers["409"]["content"]["application/problem+json"]["examples"]["thing_in_use"]["value"]
    assert example["code"] == "thing_in_use"
    assert example["status"] == 409
    assert answers["429"] == {"$ref": "#/components/responses/TooManyRequests"}
    assert "204" in answers
    assert "304" in TINY["paths"]["/v1/things"]["get"]["responses"]
    assert {"400", "413", "415", "422"} <= set(TINY["paths"]["/v1/things"]["post"]["responses"])


def test_bytes_and_streams_have_their_media_type() -> None:
    export = TINY["paths"]["/v1/export"]["get"]["responses"]["200"]["content"]
    assert export == {"text/csv": {"schema": {"contentMediaType": "text/csv"}}}
    ticks = TINY["paths"]["/v1/ticks"]["get"]["responses"]["200"]["content"]
    assert list(ticks) == ["text/event-stream"]
    upload = TINY["paths"]["/v1/uploads"]["post"]["requestBody"]
    assert upload["description"] == "At most 3000000 bytes."
    assert list(upload["content"]) == ["application/octet-stream"]


def test_a_handler_of_two_routes_gives_two_names() -> None:
    async def get_it(deps: Any, call: Any) -> None: ...

    routes = (
        Route("GET", "/v1/a", get_it, PUBLIC, "a"),
        Route("GET", "/v1/b", get_it, PUBLIC, "b"),
    )
    document = openapi([Service("tiny", USERS.settings, USERS.deps, "none", routes=routes)])
    names = [path["get"]["operationId"] for path in document["paths"].values() if "get" in path]
    assert names[:2] == ["tiny_get_it", "tiny_get_it_get_v1_b"]


async def test_the_gateway_serves_the_document_of_all_services() -> None:
    async with open_edge(public_url="https://shop.example") as client:
        document = (await client.get("/openapi.json")).json()
        assert document["servers"] == [{"url": "https://shop.example"}]
        assert [tag["name"] for tag in document["tags"]] == ["user", "things"]
        assert document["paths"].keys() == TINY["paths"].keys()


async def test_answers_are_as_documented() -> None:
    """Every GET of the tiny services, against its own schema."""
    async with open_edge() as client:
        for path in ("/v1/things?limit=3", "/v1/things/7", "/v1/seen"):
            template = "/v1/things/{thing_id}" if path.endswith("7") else path.partition("?")[0]
            answer = await client.get(path)
            described = TINY["paths"][template]["get"]["responses"]["200"]
            schema = {**described["content"]["application/json"]["schema"], "components": TINY["components"]}
            jsonschema_rs.validate(schema, answer.json())
            for name in described["headers"]:
                assert name in answer.headers
        refused = await client.get("/v1/things/none")
        problem = {"$ref": "#/components/schemas/Problem", "components": TINY["components"]}
        jsonschema_rs.validate(problem, refused.json())
