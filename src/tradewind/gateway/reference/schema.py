"""JSON Schema for people: a type in words, a table of fields, and an example made up from it."""

from __future__ import annotations

from html import escape
from typing import Any

from tradewind.gateway.reference.parts import inline, table

Json = dict[str, Any]
_DEEPEST_EXAMPLE = 5
_FORMATS = {
    "uuid": "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3d",
    "date-time": "2026-11-22T10:30:00Z",
    "date": "2026-11-22",
}
_NAMED = {
    "currency": "EUR",
    "country": "DE",
    "email": "ada@example.com",
    "sku": "ALDEA-CLAY",
    "title": "Aldea vase",
    "name": "Ada Lovelace",
    "number": "TW-100001",
    "language": "en",
    "amount_minor": 6800,
    "price_minor": 6800,
    "quantity": 1,
    "next": None,
}


class Shapes:
    """The document's named schemas."""

    def __init__(self, components: Json) -> None:
        self.named: Json = components

    def resolved(self, schema: Json) -> Json:
        name = name_of(schema)
        found: Json = self.named[name] if name else schema
        return found

    def type_in_words(self, schema: Json) -> str:
        """HTML: `list of Order`, `string (uuid)`, each named shape a link to its fields."""
        name = name_of(schema)
        if name:
            return f'<a href="#shape-{escape(name)}">{escape(self.title(name))}</a>'
        if "anyOf" in schema:
            return " or ".join(self.type_in_words(one) for one in schema["anyOf"])
        if "enum" in schema:
            return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
        kind = schema.get("type")
        if kind == "array":
            return "list of " + self.type_in_words(schema.get("items", {}))
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return "map of text to " + self.type_in_words(schema["additionalProperties"])
        if kind is None:
            return "any JSON" if "contentMediaType" not in schema else escape(schema["contentMediaType"])
        form = schema.get("format") or schema.get("contentEncoding")
        return escape(f"{kind} ({form})" if form else str(kind))

    def title(self, name: str) -> str:
        return str(self.named[name].get("title", name))

    def fields(self, schema: Json, label: str, *, sent: bool = False) -> str:
        """A table of an object's fields, or of each of the shapes that it may have; empty for what has none.

        `sent` marks those that a client must send.
        """
        found = self.resolved(schema)
        if "anyOf" in found:
            return "".join(self.fields(one, label, sent=sent) for one in found["anyOf"])
        properties = found.get("properties")
        if not properties:
            return ""
        required = found.get("required", ()) if sent else ()
        rows = (
            (field_name(name, required=name in required), self.type_in_words(one), described(one))
            for name, one in properties.items()
        )
        return table(("Field", "Type", "Notes"), rows, label)

    def example(self, schema: Json, name: str = "", depth: int = 0) -> Any:
        """A value that the schema allows, as lifelike as its names and formats let it be."""
        found = self.resolved(schema)
        if "examples" in found or "example" in found:
            return found["examples"][0] if "examples" in found else found["example"]
        if "anyOf" in found:
            return self.example(found["anyOf"][0], name, depth)
        if "enum" in found:
            return found["enum"][0]
        if name in _NAMED:
            return _NAMED[name]
        if found.get("default") not in (None, "", [], {}):
            return found["default"]
        kind = found.get("type")
        if kind == "object":
            if depth >= _DEEPEST_EXAMPLE:
                return {}
            return {
                key: self.example(one, key, depth + 1) for key, one in found.get("properties", {}).items()
            }
        if kind == "array":
            return (
                [] if depth >= _DEEPEST_EXAMPLE else [self.example(found.get("items", {}), name, depth + 1)]
            )
        return _scalar(found, kind, name)


def _scalar(schema: Json, kind: str | None, name: str) -> Any:
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), name.replace("_", " ") or "text")
    if kind == "integer":
        return schema.get("minimum", 1)
    return {"number": 1.5, "boolean": True}.get(kind or "", {})


def name_of(schema: Json) -> str:
    """The named shape that this refers to; empty for one without a name."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def field_name(name: str, *, required: bool) -> str:
    mark = ' <span class="required">required</span>' if required else ""
    return f"<code>{escape(name)}</code>{mark}"


def described(schema: Json) -> str:
    """What a schema says beside its type: its description, bounds and default."""
    parts = [inline(schema["description"])] if "description" in schema else []
    options = [schema, *schema.get("anyOf", ())]
    parts += [text for option in options for text in _bounds(option)]
    if schema.get("default") not in (None, "", [], {}):
        parts.append(f"default <code>{escape(str(schema['default']))}</code>")
    return ", ".join(parts)


def _bounds(schema: Json) -> list[str]:
    found = []
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        found.append(f"{'' if low is None else f'{low:,}'} to {'' if high is None else f'{high:,}'}".strip())
    if "maxLength" in schema:
        found.append(f"at most {schema['maxLength']:,} characters")
    if "maxItems" in schema:
        found.append(f"at most {schema['maxItems']:,}")
    if "pattern" in schema:
        found.append(f"matches <code>{escape(schema['pattern'])}</code>")
    return found
