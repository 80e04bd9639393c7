"""Every picture by name: the name of its file without the ending."""

from tools.pictures.scene import Build
from tools.pictures.scenes import (
    audio,
    candles,
    furniture,
    garden,
    kitchen,
    lighting,
    tableware,
    textiles,
    vases,
)

SHELVES = (tableware, vases, kitchen, lighting, furniture, textiles, candles, audio, garden)
PICTURES: dict[str, Build] = {name: build for shelf in SHELVES for name, build in shelf.PICTURES.items()}
