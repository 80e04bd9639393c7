"""`python -m tools.reference`: write every generated document into docs/."""

from pathlib import Path

from tools.reference.documents import documents

ROOT = Path(__file__).parents[2]

for name, text in documents().items():
    path = ROOT / "docs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"docs/{name}")
