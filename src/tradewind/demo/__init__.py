"""The demo shop's catalogue and its pictures, as `make run` seeds them. Both are our own work."""

from pathlib import Path

PRODUCTS = Path(__file__).parent / "products.jsonl"
"""One product a line, in the form that `tradewind import products` reads."""

MEDIA = Path(__file__).parent / "media"
"""The pictures, WebP of 480 x 600; the catalogue refers to them as `/media/demo/NAME.webp`."""
