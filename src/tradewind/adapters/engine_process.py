"""What the launchers of the embedded engines share: a child process that never outlives its launcher.

An engine runs in a session of its own, so that Ctrl-C in the terminal reaches the application first and
the engine only when the application has drained. On Linux the kernel also signals the engine when its
launcher dies, even by SIGKILL. Processes are plain `Popen` objects and tied to no event loop: a launcher may
be started in one `asyncio.run` and stopped in another.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.005
LOCK = "lock"
LOG_LIMIT_BYTES = 16 * 1024 * 1024
# Below the range from which Linux and macOS take the ports of outgoing connections, so that a port that is
# kept for later starts is seldom taken meanwhile.
PORT_RANGE = range(20_000, 32_000)
PR_SET_PDEATHSIG = 1

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class EmbeddedEngineError(RuntimeError):
    """An embedded engine cannot run; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The ordinary user as whom a launcher that is root runs an engine."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Finished:
    """How a short command ended: `output` is what it wrote to stdout and stderr together."""

    exit_code: int
    output: str


def spawn(
    command: Sequence[str | Path],
    *,
    output: int | IO[bytes],
    death_signal: signal.Signals,
    identity: Identity | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a process apart from the terminal; it gets `death_signal` when its launcher dies (Linux only).

    Linux sends that signal when the *thread* that forked ends: call this from a thread that lives as long as
    the process should. The setting is lost on a change of user, hence made after it, last before exec.
    """
    launcher_pid = os.getpid()

    def die_with_launcher() -> None:
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != launcher_pid:
                os._exit(1)

    return subprocess.Popen(
        [str(word) for word in command],
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        start_new_session=True,
        preexec_fn=die_with_launcher,
        user=identity.uid if identity else None,
        group=identity.gid if identity else None,
        extra_groups=[] if identity else None,
    )


def spawn_logged(
    command: Sequence[str | Path],
    *,
    log: Path,
    death_signal: signal.Signals,
    identity: Identity | None = None,
) -> subprocess.Popen[bytes]:
    """`spawn` an engine that appends to `log`; a log past its limit is set aside first, once, as `.1`."""
    if size_bytes(log) > LOG_LIMIT_BYTES:
        log.replace(log.with_name(log.name + ".1"))
    descriptor = open_owned(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return spawn(command, output=descriptor, death_signal=death_signal, identity=identity)
    finally:
        os.close(descriptor)


async def run_to_end(
    command: Sequence[str | Path],
    *,
    identity: Identity | None = None,
    stdin: bytes = b"",
    timeout_seconds: float = 120.0,
) -> Finished:
    """Run a short command without blocking the event loop; it is killed on time-out and on cancellation.

    Raises OSError where it cannot be executed, EmbeddedEngineError where it takes too long.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        process = spawn(command, output=output, death_signal=signal.SIGKILL, identity=identity, stdin=given)
        try:
            ended = await wait_until(lambda: process.poll() is not None, timeout_seconds)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
    if not ended:
        raise EmbeddedEngineError(f"{command[0]} did not end within {timeout_seconds:g} s:\n{text}")
    return Finished(process.returncode, text)


async def wait_until(condition: Callable[[], bool], timeout_seconds: float) -> bool:
    """Poll a cheap condition; False when it did not come true in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def end_process(
    pid: int, is_alive: Callable[[], bool], steps: Sequence[tuple[signal.Signals, float]]
) -> bool:
    """Send each signal in turn, giving it its seconds to work; True once the process is gone."""
    for signal_number, patience_seconds in steps:
        if not is_alive():
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        if await wait_until(lambda: not is_alive(), patience_seconds):
            return True
    return not is_alive()


def command_line(pid: int) -> list[str]:
    """The words with which a process was started; empty when there is none, or only its zombie."""
    if sys.platform == "linux":
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [word.decode(errors="replace") for word in raw.split(b"\0") if word]
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
    return listed.stdout.decode(errors="replace").split()


def working_folder(pid: int) -> Path | None:
    """The current folder of a process, None where the system does not tell it."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


class FolderLock:
    """Lets one launcher at a time use a data folder; the kernel frees it when its holder dies.

    Refusals are raised as `error`, the launcher's own kind.
    """

    def __init__(self, data_dir: Path, error: type[EmbeddedEngineError]) -> None:
        self._data_dir = data_dir
        self._error = error
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Make the folder if need be and hold it; refused with the pid of the launcher that holds it."""
        try:
            make_folder(self._data_dir)
            descriptor = open_owned(self._data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except PermissionError as error:
            path = next(folder for folder in (self._data_dir, *self._data_dir.parents) if folder.exists())
            raise self._error(
                f"{self._data_dir} cannot be used: {path} belongs to {owner_name(path.stat().st_uid)}. Start "
                "as that user, or choose another data folder."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode().strip()
            os.close(descriptor)
            raise self._error(
                f"The data folder {self._data_dir} is in use by the process {holder}: stop that process, or "
                "choose another data folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def make_folder(path: Path) -> None:
    """Make a launcher's folder: private, but for root's, which the engine's user has to pass through."""
    if not path.exists():
        path.mkdir(parents=True)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def owner_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def open_owned(path: Path, flags: int, mode: int) -> int:
    """Open a launcher's own file; it belongs to the folder's owner even when root writes it.

    Otherwise one start as root would leave files that the owner's next start cannot open.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


def write_owned(path: Path, text: str, mode: int) -> None:
    """Replace a launcher's own file at once and for good: a reader sees the old text or the new.

    A file that says so already is left, which spares the event loop a wait for the disk.
    """
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = open_owned(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def size_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def last_lines(path: Path, since_bytes: int, count: int = 15) -> str:
    """The end of what was logged after `since_bytes`."""
    with path.open("rb") as log:
        log.seek(max(since_bytes, size_bytes(path) - 16_384))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])


def port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(wanted: int, note: Path, error: type[EmbeddedEngineError]) -> int:
    """`wanted`, refused as `error` when another program has it; for 0 the port in `note`, or a new one."""
    if wanted:
        if not port_is_free(wanted):
            raise port_in_use(wanted, error)
        return wanted
    if note.exists():
        written = note.read_text().strip()
        if written.isdigit() and port_is_free(int(written)):
            return int(written)
    for _ in range(200):
        port = secrets.choice(PORT_RANGE)
        if port_is_free(port):
            write_owned(note, f"{port}\n", 0o644)
            return port
    raise error(f"No free port was found on 127.0.0.1 between {PORT_RANGE.start} and {PORT_RANGE.stop}.")


def port_in_use(port: int, error: type[EmbeddedEngineError]) -> EmbeddedEngineError:
    return error(
        f"Port {port} on 127.0.0.1 is in use by another program: stop it, or choose another port (0 finds a "
        "free one)."
    )
