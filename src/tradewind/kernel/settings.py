"""Settings: one frozen dataclass a service, filled from environment variables, refused with the reason.

A field `processor_url` of service `payment` is read from TRADEWIND_PAYMENT_PROCESSOR_URL, else from
TRADEWIND_PROCESSOR_URL. A secret has no default outside development.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar, get_type_hints

import msgspec

S = TypeVar("S")


class SettingsError(Exception):
    """A setting is missing or cannot be read; the message names the variable."""


def setting(default: Any = MISSING, *, help: str, development: Any = MISSING, secret: bool = False) -> Any:
    """A field. `development` is its default where TRADEWIND_ENVIRONMENT is `development` only."""
    return dataclasses.field(
        default=default, kw_only=True, metadata={"help": help, "development": development, "secret": secret}
    )


@dataclass(frozen=True)
class Variable:
    """How one setting is documented."""

    service: str
    names: tuple[str, str]
    type: str
    default: str
    help: str
    secret: bool


def load(settings: type[S], service: str, environ: Mapping[str, str]) -> S:
    """Raises SettingsError naming every variable that is missing or malformed."""
    development = environ.get("TRADEWIND_ENVIRONMENT", "development") == "development"
    hints, values, wrong = get_type_hints(settings, include_extras=True), {}, []
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        names = variable_names(service, field.name)
        text = next((environ[name] for name in names if name in environ), None)
        if text is not None:
            try:
                values[field.name] = _parsed(text, hints[field.name])
            except msgspec.ValidationError as error:
                shown = "" if field.metadata["secret"] else f"={text!r}"
                wrong.append(f"{names[0]}{shown}: {error}")
        elif development and field.metadata["development"] is not MISSING:
            values[field.name] = field.metadata["development"]
        elif field.default is MISSING:
            wrong.append(f"{names[0]} (or {names[1]}) is not set: {field.metadata['help']}")
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings(**values)


def _parsed(text: str, hint: Any) -> Any:
    if hint == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return msgspec.convert(text, hint, strict=False)


def variable_names(service: str, field: str) -> tuple[str, str]:
    return f"TRADEWIND_{service.upper()}_{field.upper()}", f"TRADEWIND_{field.upper()}"


def describe(settings: type, service: str) -> list[Variable]:
    """Every variable of a settings class, for the generated page."""
    hints = get_type_hints(settings)
    described = []
    for field in dataclasses.fields(settings):
        shown = field.metadata["development"] if field.default is MISSING else field.default
        default = "required" if shown is MISSING else repr(shown)
        if field.default is MISSING and shown is not MISSING:
            default = "required outside development"
        hint = hints[field.name]
        described.append(
            Variable(
                service,
                variable_names(service, field.name),
                getattr(hint, "__name__", str(hint)),
                default,
                field.metadata["help"],
                field.metadata["secret"],
            )
        )
    return described
