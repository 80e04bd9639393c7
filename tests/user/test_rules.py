"""The pure rules: addresses, passwords, roles, pauses."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.contracts.common import Address
from tradewind.contracts.countries import COUNTRIES
from tradewind.contracts.user import PERMISSIONS, ROLES
from tradewind.kernel.errors import Forbidden, Invalid
from tradewind.services.user import shapes
from tradewind.services.user.domain.accounts import (
    checked_scopes,
    may_change_roles,
    normalised_email,
    permissions_of,
    permissions_of_key,
)
from tradewind.services.user.domain.addresses import checked_address
from tradewind.services.user.domain.common_passwords import COMMON_PASSWORDS
from tradewind.services.user.domain.countries import POSTAL_FORMS
from tradewind.services.user.domain.passwords import checked_password, normalised_password
from tradewind.services.user.domain.throttling import (
    FREE_FAILURES,
    MOST_PAUSE_SECONDS,
    client_network,
    pause_seconds,
)

ROLE_LISTS = st.lists(st.sampled_from(sorted(ROLES)), unique=True)


def test_the_shapes_name_every_role_and_permission_of_the_contract() -> None:
    assert set(get_args(shapes.RoleName)) == set(ROLES)
    assert set(get_args(shapes.PermissionName)) == set(PERMISSIONS)


@given(st.emails())
def test_an_email_address_is_the_same_however_it_is_capitalised(email: str) -> None:
    once = normalised_email(email)
    assert normalised_email(once) == once == normalised_email(f" {email}\n")
    if email.isascii():
        assert normalised_email(email.upper()) == once


@given(st.text(max_size=200))
def test_a_password_that_is_taken_has_8_to_128_normalised_characters(password: str) -> None:
    try:
        taken = checked_password(password, "ada@example.com")
    except Invalid as refusal:
        assert refusal.field == "password"
        assert refusal.code.startswith("password_")
    else:
        assert taken == normalised_password(password)
        assert 8 <= len(taken) <= 128


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("\ufb01" * 3, "password_too_short"),  # three ligatures are six letters
        ("a1" * 65, "password_too_long"),
        ("\ufdfa" * 8, "password_too_long"),  # each is 18 letters when normalised
        ("PassWord123", "password_too_common"),
        ("\uff50assword123", "password_too_common"),  # a full-width p
        ("zzzzzzzzzzzz", "password_too_common"),
        ("Ada.Lovelace@Example.com", "password_is_email"),
        ("ada.lovelace", "password_is_email"),
    ],
)
def test_a_password_that_is_refused_says_why(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_password(password, "ada.lovelace@example.com")
    assert refused.value.code == code


def test_the_list_of_common_passwords_holds_none_that_is_too_short_anyway() -> None:
    assert all(len(word) >= 8 and word == word.casefold() for word in COMMON_PASSWORDS)
    assert len(COMMON_PASSWORDS) > 200


@given(st.integers(0, 10_000))
def test_pauses_grow_and_end(failures: int) -> None:
    assert pause_seconds(failures) <= pause_seconds(failures + 1) <= MOST_PAUSE_SECONDS
    assert (pause_seconds(failures) == 0) == (failures < FREE_FAILURES)


def test_an_ipv6_client_is_known_by_the_half_that_stays() -> None:
    assert client_network("2001:db8:1:2:aaaa::1") == client_network("2001:db8:1:2:bbbb::2")
    assert client_network("2001:db8:1:2::1") != client_network("2001:db8:1:3::1")
    assert client_network("::ffff:203.0.113.7") == client_network("203.0.113.7") == "203.0.113.7"
    assert client_network("") == client_network("nonsense") == ""


@given(ROLE_LISTS, st.lists(st.sampled_from(sorted(PERMISSIONS))))
def test_a_key_never_does_more_than_its_scopes_nor_more_than_its_owner(
    roles: list[str], scopes: list[str]
) -> None:
    allowed = set(permissions_of_key(scopes, tuple(roles)))
    assert allowed <= set(scopes)
    assert allowed <= permissions_of(tuple(roles))


@given(ROLE_LISTS, ROLE_LISTS, ROLE_LISTS)
def test_nobody_gives_or_takes_what_they_do_not_hold(
    own: list[str], before: list[str], after: list[str]
) -> None:
    permissions = permissions_of(tuple(own))
    changed = permissions_of(tuple(sorted(set(before) ^ set(after))))
    if changed <= permissions:
        may_change_roles(permissions, before, after)
    else:
        with pytest.raises(Forbidden):
            may_change_roles(permissions, before, after)


def test_scopes_above_the_creators_are_refused() -> None:
    with pytest.raises(Forbidden):
        checked_scopes(["orders:read", "payments:write"], {"orders:read"})
    assert checked_scopes(["orders:read", "orders:read"], {"orders:read"}) == ["orders:read"]


def address(country: str, **parts: str) -> Address:
    given_parts = {"name": "Ada", "line1": "1 Main St", "city": "Town", "country": country, **parts}
    return msgspec.convert(given_parts, Address)


@pytest.mark.parametrize("country", sorted(POSTAL_FORMS))
def test_each_country_takes_its_own_example(country: str) -> None:
    form = POSTAL_FORMS[country]
    code = form.example.lower()
    taken = checked_address(address(country, postal_code=code, region="Region"))
    assert taken.postal_code == form.example.upper()


@pytest.mark.parametrize(
    ("given_address", "code", "part"),
    [
        (address("DE"), "postal_code_required", "postal_code"),
        (address("DE", postal_code="1011"), "postal_code_invalid", "postal_code"),
        (address("DE", postal_code="1011٤"), "postal_code_invalid", "postal_code"),
        (address("GB", postal_code="12345"), "postal_code_invalid", "postal_code"),
        (address("US", postal_code="95014"), "region_required", "region"),
        (address("AE"), "region_required", "region"),
        (address("ZZ"), "country_unknown", "country"),
        (address("DE", name=" \t "), "field_blank", "name"),
        (address("DE", city="Ber\x07lin"), "control_character", "city"),
    ],
)
def test_a_refused_address_names_its_part(given_address: Address, code: str, part: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_address(given_address)
    assert (refused.value.code, refused.value.field) == (code, f"address.{part}")


def test_a_country_that_is_not_in_the_table_needs_no_more_than_a_street() -> None:
    assert checked_address(address("KE")).postal_code == ""
    assert checked_address(address("IE", postal_code="D02 X285")).postal_code == "D02 X285"


@given(
    st.sampled_from(sorted(COUNTRIES)),
    st.text(max_size=120),
    st.text(max_size=20),
    st.text(max_size=80),
)
def test_a_tidied_address_is_tidy(country: str, line1: str, postal_code: str, region: str) -> None:
    try:
        tidied = checked_address(address(country, line1=line1 or "x", postal_code=postal_code, region=region))
    except Invalid as refusal:
        assert refusal.field is not None
        assert refusal.field.startswith("address.")
    else:
        assert checked_address(tidied) == tidied
