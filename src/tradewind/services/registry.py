"""Which services there are. A service is found by its name: tradewind.services.<name>.service.SERVICE."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from tradewind.kernel.service import Service

NAMES = ("user", "product", "inventory", "order", "payment", "notification", "analytics", "search")


def load(names: Sequence[str] = NAMES) -> list[Service]:
    """The declarations of these services. Raises KeyError for a name that is no service."""
    services = []
    for name in names:
        if name not in NAMES:
            raise KeyError(f"there is no service {name}: there are {', '.join(NAMES)}")
        service = import_module(f"tradewind.services.{name}.service").SERVICE
        assert isinstance(service, Service)
        services.append(service)
    return services
