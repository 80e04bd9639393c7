"""What a world begins with: what lies on the shelves, on what terms it is sold, and who comes to buy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from tests.simulation.processor import EPOCH
from tests.simulation.scene import STAFF, Scene, Terms
from tests.simulation.shop import BUNDLE, SKUS
from tests.simulation.shoppers import prepare_cart
from tests.simulation.stowing import put_up_shelves

_RULES = ("nearest", "fewest_parcels", "highest_stock")


def terms_of(seed: int) -> Terms:
    """Drawn apart from all else, so that a world without any of them is what it was before there were any."""
    rng = Random(f"the terms of {seed}")
    if rng.random() < 0.5:
        return Terms()
    drawn = Terms(
        buys=rng.random() < 0.4,
        drafts=rng.random() < 0.4,
        patient=rng.random() < 0.6,
        moves=rng.random() < 0.4,
        collects=rng.random() < 0.3,
        lots=rng.choice(list(SKUS)) if rng.random() < 0.4 else None,
        preorders=rng.choice(list(SKUS)) if rng.random() < 0.2 else None,
        bins=rng.random() < 0.3,
        serials=rng.choice(list(SKUS)) if rng.random() < 0.3 else None,
        files=rng.random() < 0.25,
        rule=rng.choice(_RULES) if rng.random() < 0.4 else "priority",
        splits=rng.random() < 0.8,
    )
    return replace(drawn, serials=None) if drawn.serials == drawn.lots else drawn


async def set_the_scene(scene: Scene, carts: list[str]) -> None:
    rng = scene.rng
    for member in scene.members:
        member.start_with("inventory", allocation_rule=scene.terms.rule, split_shipments=scene.terms.splits)
    await _set_policies(scene)
    if scene.terms.bins:
        await put_up_shelves(scene)
    lines = [{"warehouse": "LEJ", **line} for sku in SKUS for line in scene.delivered(sku, rng.randint(1, 8))]
    lines += [
        {"warehouse": "HAM", **line} for sku in SKUS if rng.random() < 0.3 for line in scene.delivered(sku, 1)
    ]
    await scene.ask(STAFF, "POST", "/v1/stock/receipts", {"reference": "first", "lines": lines}, scene.key())
    code = await _promote(scene) if rng.random() < 0.4 else None
    await _set_special_terms(scene)
    for _ in range(rng.randint(1, 4)):
        carts.append(await prepare_cart(scene, code))


async def _promote(scene: Scene) -> str:
    """A code that is good for one order."""
    new = {"name": "Once", "kind": "percentage", "codes": ["ONCE"], "basis_points": 1000, "most_uses": 1}
    await scene.ask(STAFF, "POST", "/v1/promotions", new, scene.key())
    return "ONCE"


async def _set_special_terms(scene: Scene) -> None:
    """In some worlds: a bank that tells nothing by itself, staff who go to it past the orders, a gift card,
    something that is sold before it is there, a bundle."""
    rng = scene.rng
    scene.bank.dawdles = rng.random() < 0.25
    scene.bank.silent = rng.random() < (0.5 if scene.bank.dawdles else 0.25)
    scene.by_hand = rng.random() < 0.2
    if rng.random() < 0.35:
        card = {"amount_minor": rng.choice((500, 3000, 20_000)), "currency": "EUR"}
        issued = await scene.ask(STAFF, "POST", "/v1/gift-cards", card, scene.key())
        assert issued is not None and issued.status == 201, issued
        scene.gift_code = issued.body["code"]
    if rng.random() < 0.25 and "SPOON" not in _special(scene.terms):
        await _set(scene, "policies", {"sku": "SPOON", "sell_beyond": "backorder", "limit": 3})
    if rng.random() < 0.2:
        parts = [{"sku": "MUG", "quantity": 1}, {"sku": "SPOON", "quantity": 2}]
        await _set(scene, "bundles", {"sku": BUNDLE, "parts": parts})
        scene.sold.append(BUNDLE)


async def _set_policies(scene: Scene) -> None:
    """Before there is any stock: what has lots or numbers, and what is released later."""
    terms = scene.terms
    tracking = {terms.lots: "lot", terms.serials: "serial"}
    for sku in _special(terms):
        policy: dict[str, object] = {"sku": sku, "tracking": tracking.get(sku, "none")}
        if sku == terms.preorders:
            released_at = EPOCH + timedelta(
                milliseconds=scene.schedule.now_ms, seconds=scene.rng.choice((5, 60, 600))
            )
            policy |= {"sell_beyond": "preorder", "limit": 3, "released_at": released_at.isoformat()}
        await _set(scene, "policies", policy)


def _special(terms: Terms) -> list[str]:
    """What has a policy of its own."""
    return sorted(sku for sku in {terms.lots, terms.serials, terms.preorders} if sku)


async def _set(scene: Scene, what: str, body: dict[str, object]) -> None:
    done = await scene.ask(STAFF, "PUT", f"/v1/stock/{what}", body, scene.key())
    assert done is not None and done.status == 200, done
