"""JSON Schema of every body, answer and query, by msgspec, with what OpenAPI wants said differently."""

from __future__ import annotations

import atexit
import ctypes
from collections.abc import Iterable
from typing import Any

import msgspec

from tradewind.kernel.http import Route

Json = dict[str, Any]
REF = "#/components/schemas/{name}"


def _keep_structs(of: type[msgspec.Struct] = msgspec.Struct) -> None:
    """No struct type is taken apart at the end: after msgspec 0.22 described some hundred of them, the
    interpreter's last collection now and then fails in it (TypeNode_Free, a segmentation fault at exit)."""
    for kind in of.__subclasses__():
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(kind))
        _keep_structs(kind)


atexit.register(_keep_structs)


class Schemas:
    """JSON schemas of every body, answer and query, each struct once, under its name."""

    def __init__(self, routes: Iterable[Route], others: Iterable[Any]) -> None:
        types: list[Any] = list(others)
        queries: list[Any] = []
        for route in routes:
            types += [kind for kind in (route.body, route.answer) if kind is not None and kind is not bytes]
            if route.query is not None:
                queries.append(route.query)
        unique = list({repr(kind): kind for kind in (*types, *queries)}.values())
        structs = _structs(unique)
        found, components = msgspec.json.schema_components([*unique, *structs], ref_template=REF)
        self._of = {repr(kind): schema for kind, schema in zip(unique, found, strict=False)}
        self._components = dict(components)
        for (kind, names), schema in zip(structs.items(), found[len(unique) :], strict=True):
            assert "$ref" in schema, f"{kind} has no schema of its own"
            _mark_times(self._components[_name(schema)], names)
        _end_patterns(self._components)
        self._queries = {repr(kind): _name(self._of[repr(kind)]) for kind in queries}

    def of(self, kind: Any) -> Json:
        return dict(self._of[repr(kind)])

    def query_parameters(self, route: Route) -> list[Json]:
        if route.query is None:
            return []
        schema = self._components[self._queries[repr(route.query)]]
        return [
            _query_parameter(name, described, required=name in schema["required"])
            for name, described in schema["properties"].items()
        ]

    def components(self) -> Json:
        """Queries are described by their parameters, not here."""
        queries = set(self._queries.values())
        return {name: schema for name, schema in sorted(self._components.items()) if name not in queries}


def _name(reference: Json) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _query_parameter(name: str, described: Json, *, required: bool) -> Json:
    """Absent is how a query says null."""
    schema = {key: value for key, value in described.items() if key != "description"}
    if "anyOf" in schema and {"type": "null"} in schema["anyOf"]:
        others = [one for one in schema.pop("anyOf") if one != {"type": "null"}]
        schema = {**schema, **(others[0] if len(others) == 1 else {"anyOf": others})}
        schema.pop("default", None)
    parameter: Json = {"name": name, "in": "query", "required": required, "schema": schema}
    if "description" in described:
        parameter["description"] = described["description"]
    if schema.get("type") == "object":  # lists by name: kernel/endpoint.query
        parameter |= {"style": "deepObject", "explode": True}
        told = f"`{name}[NAME]=value`, or `{name}.NAME=value`; repeated for several values."
        parameter["description"] = f"{parameter.get('description', '')} {told}".strip()
    return parameter


def _structs(types: Iterable[Any]) -> dict[Any, list[str]]:
    """Every struct in these types, with its fields that hold times: their schemas do not say so themselves."""
    found: dict[Any, list[str]] = {}

    def walk(node: Any) -> bool:
        """Whether the node is, or may be, a time."""
        if isinstance(node, msgspec.inspect.StructType):
            if node.cls not in found:
                found[node.cls] = []
                found[node.cls] += [field.encode_name for field in node.fields if walk(field.type)]
            return False
        one = [getattr(node, part, None) for part in ("item_type", "key_type", "value_type", "type")]
        several = (*one, *getattr(node, "types", ()), *getattr(node, "item_types", ()))
        times = [walk(inner) for inner in several if inner is not None]
        if isinstance(node, msgspec.inspect.UnionType | msgspec.inspect.Metadata):
            return any(times)
        return isinstance(node, msgspec.inspect.DateTimeType)

    for kind in types:
        walk(msgspec.inspect.type_info(kind))
    return found


def _mark_times(schema: Json, names: Iterable[str]) -> None:
    for name in names:
        described = schema["properties"][name]
        for option in described.get("anyOf", [described]):
            if option.get("type") == "string":
                option["format"] = "date-time"


def _end_patterns(node: Any) -> None:
    r"""Python says \Z for the very end; ECMA-262, which JSON Schema speaks, says $ and means the same."""
    if isinstance(node, list):
        for one in node:
            _end_patterns(one)
    elif isinstance(node, dict):
        pattern = node.get("pattern")
        if isinstance(pattern, str) and pattern.endswith(r"\Z"):
            node["pattern"] = pattern.removesuffix(r"\Z") + "$"
        for one in node.values():
            _end_patterns(one)
