"""What is on sale in the stall that tests read: a few things of each kind, so that each can be told from the others."""

from __future__ import annotations

from typing import Any

from tests.search.stall import Stall, draft

TABLE, LIGHT, OFFICE = "Tableware > Mugs and cups", "Lighting > Table lamps", "Office > Computer mice"
GOODS: list[tuple[str, dict[str, Any]]] = [
    (
        "Dipped mugs",
        {
            "brand": "Kiln Row",
            "categories": [TABLE],
            "attributes": {"material": "Stoneware", "dishwasher_safe": True},
            "description": "Two mugs, dipped by hand. Each holds a generous cup of coffee.",
            "sku": "MUG-DIPPED",
            "price_minor": 3800,
        },
    ),
    (
        "Espresso cups",
        {
            "brand": "Kiln Row",
            "categories": [TABLE],
            "attributes": {"material": "Porcelain", "dishwasher_safe": True},
            "sku": "CUP-ESPRESSO",
            "price_minor": 2400,
        },
    ),
    (
        "Enamel mug",
        {
            "brand": "Skov & Son",
            "categories": [TABLE],
            "attributes": {"material": "Enamel", "dishwasher_safe": False},
            "sku": "MUG-ENAMEL",
            "price_minor": 1900,
        },
    ),
    (
        "Linen lamp",
        {
            "brand": "Lumo",
            "categories": [LIGHT],
            "attributes": {"material": "Linen"},
            "sku": "LAMP-LINEN",
            "price_minor": 12900,
        },
    ),
    (
        "Brass desk lamp",
        {
            "brand": "Lumo",
            "categories": [LIGHT, "Office"],
            "attributes": {"material": "Brass"},
            "sku": "LAMP-BRASS",
            "price_minor": 18900,
            "gtin": "4006381333931",
        },
    ),
    (
        "Projector lamp 200 W",
        {"brand": "Lumo", "categories": ["Office"], "sku": "LAMP-PROJ", "price_minor": 9900},
    ),
    (
        "Portable projector Black",
        {
            "brand": "Beamer",
            "categories": ["Office"],
            "attributes": {"colour": "Black"},
            "sku": "PROJ-1",
            "price_minor": 39900,
        },
    ),
    (
        "Wireless mouse",
        {
            "brand": "Nagetier",
            "categories": [OFFICE],
            "attributes": {"connection": "Radio"},
            "sku": "NAG-100/X",
            "price_minor": 2900,
        },
    ),
    (
        "Optical mouse",
        {
            "brand": "Nagetier",
            "categories": [OFFICE],
            "attributes": {"connection": "USB"},
            "sku": "NAG-200",
            "price_minor": 1900,
        },
    ),
    (
        "Mouse pad Black",
        {
            "brand": "Nagetier",
            "categories": ["Office"],
            "attributes": {"colour": "Black"},
            "sku": "NAG-PAD",
            "price_minor": 900,
        },
    ),
    (
        "Kopfhörer kabellos",
        {
            "brand": "Schall",
            "categories": ["Office"],
            "description": "Hört sich gut an, mit allen Geräten.",
            "sku": "KOPF-1",
            "price_minor": 7900,
        },
    ),
    (
        "Gartenstühle aus Holz",
        {
            "brand": "Schall",
            "categories": ["Garden"],
            "description": "Zwei Stühle für den Balkon.",
            "sku": "STUHL-2",
            "price_minor": 14900,
        },
    ),
    (
        "Headset with microphone",
        {"brand": "Schall", "categories": ["Office"], "sku": "HEAD-1", "price_minor": 5900},
    ),
    (
        "Conference headset",
        {"brand": "Schall", "categories": ["Office"], "sku": "HEAD-2", "price_minor": 6900},
    ),
    (
        "Power bank 20000",
        {"brand": "Nagetier", "categories": ["Office"], "sku": "PB-20", "price_minor": 4900},
    ),
    ("Small power bank", {"brand": "Nagetier", "categories": ["Office"], "sku": "PB-5", "price_minor": 1900}),
]
NUMBERED = 40  # things of one kind, to page through


async def furnish(stall: Stall) -> None:
    numbered = [
        draft(f"Jigsaw puzzle {number:02}", sku=f"PUZZLE-{number:02}", price_minor=1000 + number // 4)
        for number in range(NUMBERED)
    ]
    await stall.take_in([*(draft(title, **changes) for title, changes in GOODS), *numbered])
    for sku in ("MUG-DIPPED", "LAMP-LINEN", "NAG-200", "HEAD-1"):
        await stall.receive(sku, 5)
    await stall.settle()
