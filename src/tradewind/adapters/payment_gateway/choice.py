"""The processors that a shop has, by name, as its settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from tradewind.kernel.settings import SettingsError
from tradewind.ports.payment_gateway import PaymentGateway

# Each is a module with an `open_gateway`, loaded where it is chosen: Stripe's library alone is 30 MiB.
ADAPTERS = ("sandbox", "stripe", "paypal")


class ChosenGateways:
    """Implements the port `Gateways`. The first is asked where nothing says otherwise."""

    def __init__(self, gateways: Mapping[str, PaymentGateway]) -> None:
        self._gateways = dict(gateways)
        self.names = tuple(gateways)

    def named(self, name: str) -> PaymentGateway:
        return self._gateways[name]

    def around(self, wrap: Callable[[PaymentGateway], PaymentGateway]) -> ChosenGateways:
        """The same processors, each inside what `wrap` makes of it."""
        return ChosenGateways({name: wrap(gateway) for name, gateway in self._gateways.items()})

    async def close(self) -> None:
        for gateway in self._gateways.values():
            await gateway.close()


def open_gateways(settings: Any) -> ChosenGateways:
    """Each connects when it is first used. Raises SettingsError for a name or a key that is none."""
    names: tuple[str, ...] = settings.processors
    unknown = [name for name in names if name not in ADAPTERS]
    if unknown or not names or len(set(names)) < len(names):
        raise SettingsError(
            f"TRADEWIND_PAYMENT_PROCESSORS={','.join(names)!r}: one or more of {', '.join(ADAPTERS)}, each once"
        )
    return ChosenGateways({name: _opened(name, settings) for name in names})


def _opened(name: str, settings: Any) -> PaymentGateway:
    gateway: PaymentGateway = import_module(f"{__package__}.{name}").open_gateway(settings)
    return gateway
