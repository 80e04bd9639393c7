"""Settings: from the environment, with every mistake named at once and no secret told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from msgspec import Meta

from tests.kernel.stand import NOTES, Place
from tests.shop import SECRET_KEY
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.kernel.service import Service
from tradewind.kernel.settings import SettingsError, describe, load, setting
from tradewind.services import registry

PRODUCTION = {"TRADEWIND_ENVIRONMENT": "production"}


@dataclass(frozen=True)
class Settings:
    secret_key: Annotated[str, Meta(min_length=8)] = setting(
        help="seals things", development="only here", secret=True
    )
    limit: int = setting(10, help="how many")
    share: float = setting(0.5, help="what part")
    open: bool = setting(True, help="whether")
    mode: Literal["fast", "safe"] = setting("safe", help="how")
    hosts: tuple[str, ...] = setting((), help="where")
    url: str | None = setting(None, help="an address")


def test_a_secret_has_a_default_in_development_only() -> None:
    assert load(Settings, "shop", {}).secret_key == "only here"
    with pytest.raises(SettingsError) as refused:
        load(Settings, "shop", PRODUCTION)
    assert str(refused.value) == (
        "TRADEWIND_SHOP_SECRET_KEY (or TRADEWIND_SECRET_KEY) is not set: seals things"
    )
    assert load(Settings, "shop", {**PRODUCTION, "TRADEWIND_SECRET_KEY": "12345678"}).secret_key == "12345678"


def test_a_services_own_variable_goes_before_the_general_one() -> None:
    environ = {"TRADEWIND_LIMIT": "1", "TRADEWIND_SHOP_LIMIT": "2"}
    assert load(Settings, "shop", environ).limit == 2
    assert load(Settings, "other", environ).limit == 1


def test_values_are_read_as_their_types() -> None:
    environ = {
        "TRADEWIND_LIMIT": "7",
        "TRADEWIND_SHARE": "0.25",
        "TRADEWIND_OPEN": "false",
        "TRADEWIND_MODE": "fast",
        "TRADEWIND_HOSTS": "a, b ,,c",
        "TRADEWIND_URL": "http://there",
    }
    read = load(Settings, "shop", environ)
    assert (read.limit, read.share, read.open, read.mode, read.hosts, read.url) == (
        7,
        0.25,
        False,
        "fast",
        ("a", "b", "c"),
        "http://there",
    )


@pytest.mark.parametrize(
    ("variable", "text"),
    [("LIMIT", "many"), ("LIMIT", "1.5"), ("SHARE", "half"), ("OPEN", "perhaps"), ("MODE", "slow")],
)
def test_what_cannot_be_read_is_refused_by_its_variable_and_value(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=rf"TRADEWIND_SHOP_{variable}='{text}': "):
        load(Settings, "shop", {f"TRADEWIND_{variable}": text})


def test_every_mistake_is_named_at_once_and_no_secret_is_told() -> None:
    environ = {
        "TRADEWIND_SHOP_LIMIT": "many",
        "TRADEWIND_SHOP_OPEN": "perhaps",
        "TRADEWIND_SECRET_KEY": "hush!",
    }
    with pytest.raises(SettingsError) as refused:
        load(Settings, "shop", environ)
    for name in ("TRADEWIND_SHOP_SECRET_KEY", "TRADEWIND_SHOP_LIMIT", "TRADEWIND_SHOP_OPEN"):
        assert name in str(refused.value)
    assert "hush!" not in str(refused.value)


def test_a_process_with_a_missing_setting_does_not_start(place: Place) -> None:
    service = Service("notes", Settings, NOTES.deps, NOTES.migrations)
    world = World(PRODUCTION, place.database, {}, SECRET_KEY, SystemClock())
    with pytest.raises(SettingsError, match="TRADEWIND_NOTES_SECRET_KEY"):
        Runtime(Graph.of([service]), ("notes",), world)


def test_settings_describe_themselves() -> None:
    described = {variable.names[0]: variable for variable in describe(Settings, "shop")}
    secret = described["TRADEWIND_SHOP_SECRET_KEY"]
    assert (secret.secret, secret.default, secret.help) == (
        True,
        "required outside development",
        "seals things",
    )
    assert described["TRADEWIND_SHOP_LIMIT"].default == "10"


@pytest.mark.parametrize("service", registry.load(), ids=lambda service: service.name)
def test_every_setting_of_every_service_says_what_it_is_for_and_no_secret_has_a_default(
    service: Service,
) -> None:
    for variable in describe(service.settings, service.name):
        assert variable.help, variable.names
        if variable.secret:
            nothing = ("''", "()")  # what it would open is then not used at all
            assert variable.default in ("required", "required outside development", *nothing), variable.names
    load(service.settings, service.name, {})
