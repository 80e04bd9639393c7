"""Makes the demo shop's product pictures: `python -m tools.pictures [NAME...]`."""

import argparse
import sys
import time
from pathlib import Path

from PIL import Image

from tools.pictures.render import photograph
from tools.pictures.scenes import PICTURES

MEDIA = Path(__file__).parents[2] / "src" / "tradewind" / "demo" / "media"
WIDTH, HEIGHT = 480, 600
MOST_BYTES = 11_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", help="pictures to make, or how their names begin; none: all")
    parser.add_argument("--out", type=Path, default=MEDIA, help="folder to write to (default: the demo's)")
    parser.add_argument("--supersampling", type=int, default=2, help="samples a pixel, squared (default: 2)")
    parser.add_argument("--quality", type=int, default=74, help="of the WebP (default: 74)")
    parser.add_argument("--scale", type=float, default=1.0, help="of 480 x 600, for a quick look")
    parser.add_argument("--sheet", type=Path, help="also write all of them on one sheet, a PNG")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    options = parser.parse_args()
    chosen = [n for n in PICTURES if not options.names or any(n.startswith(given) for given in options.names)]
    if options.list:
        print("\n".join(chosen))
        return 0
    if not chosen:
        print(f"no picture begins with {', '.join(options.names)}; --list names them", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    made = []
    for name in chosen:
        started = time.monotonic()
        size = round(WIDTH * options.scale), round(HEIGHT * options.scale)
        picture = photograph(PICTURES[name](), *size, supersampling=options.supersampling)
        target = options.out / f"{name}.webp"
        save(picture, target, options.quality)
        made.append(target)
        print(
            f"{name}  {target.stat().st_size / 1000:.1f} kB  {time.monotonic() - started:.1f} s", flush=True
        )
    if options.sheet:
        contact_sheet(made).save(options.sheet)
    return 0


def save(picture: Image.Image, target: Path, quality: int) -> None:
    """As WebP; a picture of fine cloth gives up some quality to stay below `MOST_BYTES`."""
    for lower in range(0, quality, 4):
        picture.save(target, quality=quality - lower, method=6)
        if target.stat().st_size <= MOST_BYTES:
            return
    raise ValueError(f"{target.name} does not fit in {MOST_BYTES} bytes")


def contact_sheet(paths: list[Path], columns: int = 8, width: int = 240) -> Image.Image:
    """The pictures side by side, in order."""
    height = width * HEIGHT // WIDTH
    sheet = Image.new("RGB", (columns * width, -(-len(paths) // columns) * height), "white")
    for number, path in enumerate(paths):
        with Image.open(path) as picture:
            small = picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(small, (number % columns * width, number // columns * height))
    return sheet


if __name__ == "__main__":
    raise SystemExit(main())
