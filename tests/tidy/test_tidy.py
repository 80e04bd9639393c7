"""The rules of STYLE.md that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tradewind"
SERVICES = sorted(p for p in (SOURCE / "services").iterdir() if p.is_dir() and p.name != "__pycache__")
LONGEST_FILE, LONGEST_TEST_FILE, LONGEST_FUNCTION = 400, 600, 70


@cache
def tracked(pattern: str) -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_and_functions_keep_to_their_room() -> None:
    too_long = []
    for path in tracked("*.py"):
        is_test = path.is_relative_to(ROOT / "tests")
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > (LONGEST_TEST_FILE if is_test else LONGEST_FILE):
            too_long.append(f"{shown(path)}: {lines} lines")
        for node in functions(path):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION and not is_test:
                too_long.append(f"{shown(path)}:{node.lineno} {node.name}: {length} lines")
    assert not too_long, "\n".join(too_long)


def test_no_dumping_grounds() -> None:
    named = [
        shown(path)
        for path in tracked("src/*.py")
        if path.stem in ("utils", "util", "helpers", "helper", "misc", "common")
        and path != SOURCE / "contracts" / "common.py"
    ]
    assert not named


def test_nothing_is_swallowed_in_silence() -> None:
    silent = [
        f"{shown(path)}:{node.lineno}"
        for path in tracked("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
    ]
    assert not silent


def test_nothing_is_left_to_do() -> None:
    words = re.compile(r"\b(TODO|FIXME)\b|# XXX|NotImplementedError")
    left = [
        f"{shown(path)}:{number}"
        for path in tracked("*.py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert not left


@pytest.mark.parametrize("service", SERVICES, ids=lambda p: p.name)
def test_every_service_has_the_same_parts(service: Path) -> None:
    parts = ["service", "deps", "settings", "routes", "use_cases", "queries", "store", "events", "invariants"]
    missing = [p for p in parts if not (service / f"{p}.py").exists() and not (service / p).is_dir()]
    assert not missing
    assert (service / "migrations" / f"0001_{service.name}.sql").exists()


@pytest.mark.parametrize("service", SERVICES, ids=lambda p: p.name)
def test_a_use_case_is_the_first_function_of_the_file_named_after_it(service: Path) -> None:
    wrong = []
    for path in sorted((service / "use_cases").glob("*.py")):
        if path.stem in ("__init__", "set_terms"):
            continue
        public = [n for n in parsed(path).body if isinstance(n, ast.AsyncFunctionDef) and n.name[0] != "_"]
        if not public or public[0].name != path.stem:
            wrong.append(f"{shown(path)}: begins with {public[0].name if public else 'no function'}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("service", SERVICES, ids=lambda p: p.name)
def test_time_and_identifiers_are_injected(service: Path) -> None:
    """A simulator chooses both; only invariants, which nothing decides on, read the database's clock."""
    forbidden = re.compile(
        r"\bnow\(\)|clock_timestamp|gen_random_uuid|uuidv7\(|uuid4\(|datetime\.now|time\.time\(|CURRENT_TIMESTAMP"
    )
    wrong = [
        f"{shown(path)}:{number}: {line.strip()}"
        for path in sorted(service.rglob("*.py"))
        if path.name != "invariants.py" and "invariants" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line) and "clock.now()" not in line
    ]
    assert not wrong, "\n".join(wrong)


def test_no_sql_names_a_schema() -> None:
    names = "|".join(f'"?{service.name}"?' for service in SERVICES)
    qualified = re.compile(rf"\b(FROM|JOIN|INTO|UPDATE|TABLE)\s+({names})\.\w+")
    wrong = [
        f"{shown(path)}:{number}"
        for path in (*tracked("src/tradewind/services/*.py"), *tracked("src/tradewind/services/*.sql"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if qualified.search(line)
    ]
    assert not wrong


def test_lock_files_hold_hashes_and_no_address() -> None:
    locks = tracked("*.lock")
    assert len(locks) == 3
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://", text), lock.name


def test_tests_are_never_skipped() -> None:
    skips = [
        f"{shown(path)}:{number}"
        for path in tracked("tests/*.py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"pytest\.(mark\.)?(skip|xfail)|importorskip", line)
    ]
    assert not skips


def test_the_list_of_decisions_is_complete() -> None:
    folder = ROOT / "docs" / "adr"
    listed = set(
        re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    )
    assert listed == {path.name for path in folder.glob("0*.md")}


def test_documents_link_to_what_exists() -> None:
    broken = []
    for document in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                broken.append(f"{shown(document)}: {target}")
    assert not broken, "\n".join(broken)


def test_the_readmes_commands_are_the_makefiles() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    used = set(
        re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {"run", "test"} <= used <= targets
