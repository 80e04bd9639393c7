"""A customer's address book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import address_forms, frame
from tradewind.faces.storefront.messages import beside_fields, is_ours_to_say
from tradewind.faces.storefront.pages.account import signed_in
from tradewind.kernel.http import Response

PREFIX = "shipping_"  # the address fields are the checkout's


@signed_in
async def show_addresses(visit: Visit) -> Response:
    saved = await visit.api.get("/v1/me/addresses")
    return await frame.page(visit, "addresses.html", saved=saved["items"], written=address_forms.lines)


@signed_in
async def show_new_address(visit: Visit) -> Response:
    return await _form(visit, None, {"country": visit.settings.countries[0]})


@signed_in
async def show_address(visit: Visit) -> Response:
    entry = await visit.api.get(f"/v1/me/addresses/{visit.parameter('address_id')}")
    return await _form(visit, entry["address_id"], entry["address"], default=entry["default_shipping"])


@signed_in
async def save_new_address(visit: Visit) -> Response:
    return await _save(visit, None)


@signed_in
async def save_address(visit: Visit) -> Response:
    return await _save(visit, visit.parameter("address_id"))


@signed_in
async def remove_address(visit: Visit) -> Response:
    try:
        await visit.api.delete(f"/v1/me/addresses/{visit.parameter('address_id')}")
    except ApiProblem as problem:
        if problem.status != 404:  # it is gone already
            raise
    return visit.see_other("/account/addresses")


async def _save(visit: Visit, address_id: str | None) -> Response:
    form = await visit.form()
    address = address_forms.typed(form, PREFIX)
    default = form["default"] == "true"
    if address["country"] not in visit.settings.countries:
        address["country"] = visit.settings.countries[0]
    if form["change"] == "country":
        return await _form(visit, address_id, address, default=default)
    errors = address_forms.wrong(visit, address, PREFIX)
    if not errors:
        body = {"address": address, "default_shipping": default}
        try:
            if address_id is None:
                await visit.api.post("/v1/me/addresses", body, key=form["key"])
            else:
                await visit.api.put(f"/v1/me/addresses/{address_id}", body, key=form["key"])
            return visit.see_other("/account/addresses")
        except ApiProblem as problem:
            if not is_ours_to_say(problem):
                raise
            names = {name: PREFIX + name for name in address_forms.PARTS}
            errors = beside_fields(visit, problem, names)
    return await _form(visit, address_id, address, 422, default=default, errors=errors)


async def _form(
    visit: Visit,
    address_id: str | None,
    address: Mapping[str, str],
    status: int = 200,
    *,
    default: bool = False,
    errors: Mapping[str, str] | None = None,
) -> Response:
    values: dict[str, Any] = {"address_id": address_id, "address": address, "default": default}
    country = address["country"]
    countries = address_forms.countries(visit)
    if country not in visit.settings.countries:  # saved before the shop stopped going there
        countries = [*countries, (country, country)]
    return await frame.page(
        visit,
        "address.html",
        status,
        parts=address_forms.parts(country),
        countries=countries,
        errors=errors or {},
        **values,
    )
