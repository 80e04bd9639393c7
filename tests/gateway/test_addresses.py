from __future__ import annotations

import pytest

from tests.gateway.edge import open_edge
from tradewind.gateway.addresses import ClientAddresses, counted_as
from tradewind.kernel.http import Request
from tradewind.kernel.settings import SettingsError

PROXIES = ("10.0.0.0/8", "fd00::/8")


def asked(peer: str, forwarded: str | None = None) -> Request:
    request = Request(
        "GET", "/", headers={} if forwarded is None else {b"x-forwarded-for": forwarded.encode()}
    )
    request.client_address = peer
    return request


def test_without_trusted_proxies_nobody_may_say_who_they_are() -> None:
    assert ClientAddresses(()).of(asked("10.0.0.1", "6.6.6.6")) == "10.0.0.1"


def test_only_a_trusted_proxy_is_believed() -> None:
    assert ClientAddresses(PROXIES).of(asked("9.9.9.9", "6.6.6.6")) == "9.9.9.9"
    assert ClientAddresses(PROXIES).of(asked("10.0.0.1", "6.6.6.6")) == "6.6.6.6"
    assert ClientAddresses(PROXIES).of(asked("10.0.0.1")) == "10.0.0.1"


def test_the_nearest_address_that_is_not_ours_counts_whatever_the_client_put_before_it() -> None:
    addresses = ClientAddresses(PROXIES)
    assert addresses.of(asked("10.0.0.1", "1.1.1.1, 6.6.6.6, 10.0.0.9")) == "6.6.6.6"
    assert addresses.of(asked("10.0.0.1", "10.0.0.3, 10.0.0.2")) == "10.0.0.3"
    assert addresses.of(asked("10.0.0.1", "1.1.1.1, nonsense")) == "10.0.0.1"
    assert addresses.of(asked("10.0.0.1", "")) == "10.0.0.1"


def test_addresses_are_read_with_ports_and_brackets() -> None:
    addresses = ClientAddresses(PROXIES)
    assert addresses.of(asked("10.0.0.1", "6.6.6.6:4711")) == "6.6.6.6"
    assert addresses.of(asked("fd00::1", "[2001:db8::7]:443")) == "2001:db8::7"
    assert addresses.of(asked("::ffff:10.0.0.1", "6.6.6.6")) == "6.6.6.6"


def test_what_is_no_network_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="TRADEWIND_GATEWAY_TRUSTED_PROXIES"):
        ClientAddresses(("10.0.0.1/8",))


def test_one_customers_ipv6_network_is_one_client() -> None:
    assert counted_as("2001:db8:1:2:3::1") == counted_as("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert counted_as("2001:db8:1:3::1") != counted_as("2001:db8:1:2::1")
    assert counted_as("::ffff:6.6.6.6") == counted_as("6.6.6.6") == "6.6.6.6"
    assert counted_as("fe80::1%eth0") == "fe80::/64"
    assert counted_as("") == ""


async def test_services_are_told_the_clients_address() -> None:
    async with open_edge(peer="10.1.1.1", trusted_proxies=PROXIES) as client:
        seen = (await client.get("/v1/seen", headers={"x-forwarded-for": "6.6.6.6"})).json()
        assert seen["client_address"] == "6.6.6.6"
