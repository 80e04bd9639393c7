"""Which address a request comes from, behind proxies that are trusted to say so, and how it is counted."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from tradewind.kernel.http import Request
from tradewind.kernel.settings import SettingsError

_KNOWN = 10_000  # addresses whose reading is remembered


class ClientAddresses:
    """With no trusted proxies, X-Forwarded-For is not read: anybody can write it."""

    def __init__(self, trusted_proxies: tuple[str, ...]) -> None:
        """Raises SettingsError for what is no network."""
        try:
            self._trusted = tuple(ip_network(network) for network in trusted_proxies)
        except ValueError as error:
            raise SettingsError(f"TRADEWIND_GATEWAY_TRUSTED_PROXIES: {error}") from error
        self._is_trusted = lru_cache(_KNOWN)(self._in_trusted)

    def of(self, request: Request) -> str:
        """The nearest address that is no trusted proxy of ours."""
        peer = request.client_address
        if not self._trusted or not self._is_trusted(peer):
            return peer
        for part in reversed(request.headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
            address = _plain(part.strip())
            if address is None:
                return peer
            peer = address
            if not self._is_trusted(peer):
                return peer
        return peer

    def _in_trusted(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(
            parsed in network for network in self._trusted if network.version == parsed.version
        )


def from_this_machine(request: Request) -> bool:
    """Not by way of a proxy that runs here, either: what it forwards comes from elsewhere."""
    parsed = _parsed(request.client_address)
    return parsed is not None and parsed.is_loopback and b"x-forwarded-for" not in request.headers


def counted_as(address: str) -> str:
    """Whom a limit counts: an IPv4 address, or the /64 that one IPv6 customer has to himself."""
    return address if ":" not in address else _network_of(address)


@lru_cache(_KNOWN)
def _network_of(address: str) -> str:
    parsed = _parsed(address)
    if not isinstance(parsed, IPv6Address):
        return address if parsed is None else str(parsed)
    return str(ip_network((int(parsed) >> 64 << 64, 64)))


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def _plain(text: str) -> str | None:
    """An address without brackets and port; None for what is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return text if _parsed(text) is not None else None
