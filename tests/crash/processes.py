"""Processes to be killed. They are forked from a server that has the shop's code loaded, so that one costs little."""

from __future__ import annotations

import multiprocessing
import signal
from dataclasses import dataclass, field
from typing import Any

from tests.crash.lives import Birth, be

_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["pytest", "tests.crash.warm"])
LONGEST_SECONDS = 60.0


@dataclass
class Biography:
    """What a process told. `killed_at` None: it lived to its end, past the points in `seen`."""

    killed_at: str | None = None
    seen: list[str] = field(default_factory=list)


def live_in_a_process(birth: Birth) -> Biography:
    """Until it is done or killed. What its clients were answered is added to the life."""
    ours, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=be, args=(birth, theirs), daemon=True)
    process.start()
    theirs.close()
    told: list[tuple[str, Any]] = []
    try:
        while True:
            assert ours.poll(LONGEST_SECONDS), "the process hangs"
            told.append(ours.recv())
    except EOFError:
        process.join()  # the pipe closes with its last writer
    finally:
        process.kill()
        ours.close()
    biography = Biography()
    for kind, what in told:
        match kind:
            case "answered":
                step, answer = what
                birth.life.answers[step] = answer
            case "killed":
                biography.killed_at = what
            case "lived":
                biography.seen = what
    expected = 0 if biography.killed_at is None else -signal.SIGKILL
    assert process.exitcode == expected, f"the process ended with {process.exitcode}, not {expected}"
    return biography
