"""Whether an address can be delivered to, as far as its form tells."""

from __future__ import annotations

import msgspec

from tradewind.contracts.common import Address
from tradewind.contracts.countries import COUNTRIES
from tradewind.kernel.errors import Invalid
from tradewind.services.user.domain.countries import POSTAL_FORMS, PostalForm

MOST_ADDRESSES = 50
_UNKNOWN_FORM = PostalForm(None)
_NEVER_BLANK = ("name", "line1", "city")


def checked_address(address: Address, field: str = "address") -> Address:
    """The address, tidied: single spaces, the postal code in capitals. Raises Invalid naming the part."""
    tidied = {name: _tidied(getattr(address, name), f"{field}.{name}") for name in address.__struct_fields__}
    for name in _NEVER_BLANK:
        if not tidied[name]:
            raise Invalid("field_blank", f"{name} must not be blank", field=f"{field}.{name}")
    if tidied["country"] not in COUNTRIES:
        raise Invalid("country_unknown", "use an ISO 3166-1 code, such as DE", field=f"{field}.country")
    tidied["postal_code"] = tidied["postal_code"].upper()
    form = POSTAL_FORMS.get(tidied["country"], _UNKNOWN_FORM)
    _check_postal_code(tidied["postal_code"], tidied["country"], form, f"{field}.postal_code")
    if form.region and not tidied["region"]:
        raise Invalid(
            "region_required", f"an address in {tidied['country']} needs its region", field=f"{field}.region"
        )
    return msgspec.structs.replace(address, **tidied)


def _check_postal_code(code: str, country: str, form: PostalForm, field: str) -> None:
    if form.pattern is None:
        return
    if not code:
        raise Invalid(
            "postal_code_required",
            f"an address in {country} needs a postal code, such as {form.example}",
            field=field,
        )
    if not form.pattern.fullmatch(code):
        raise Invalid(
            "postal_code_invalid", f"a postal code of {country} looks like {form.example}", field=field
        )


def _tidied(text: str, field: str) -> str:
    tidied = " ".join(text.split())
    if any(ord(character) < 32 or ord(character) == 127 for character in tidied):
        raise Invalid("control_character", "text must not contain control characters", field=field)
    return tidied
