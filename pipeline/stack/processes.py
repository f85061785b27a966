"""Processes that outlive the command that starts them, known again by pid and command line."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOOK = 0.02  # seconds between two looks at something that is waited for
_KILL_WAIT = 10.0
# Below what Linux and macOS give to outgoing connections: nobody takes the port of a server that
# is down for a moment, not even a client that tries to reach it.
_PORTS = range(15_000, 32_000)
_PROC = Path("/proc/self")
_children: dict[int, subprocess.Popen[bytes]] = {}  # started here: waited for, so that none lingers


def launch(command: Sequence[str], *, log: Path, cwd: Path) -> int:
    """Start a process that Ctrl-C in this terminal does not reach; its pid."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _children[child.pid] = child
    return child.pid


def runs(pid: int, command: Sequence[str]) -> bool:
    """Whether the process is there and is the one started with ``command``."""
    if (child := _children.get(pid)) is not None:
        return child.poll() is None
    return _arguments(pid).endswith(" ".join(command))  # a program before it only hands over


def end(pid: int, command: Sequence[str], how: signal.Signals, patience: float) -> None:
    """Ask a process to stop, kill it after ``patience`` seconds, and wait until it is gone."""
    for asked, seconds in ((how, patience), (signal.SIGKILL, _KILL_WAIT)):
        if not runs(pid, command):
            return
        os.kill(pid, asked)
        until = time.monotonic() + seconds
        while _is_there(pid) and time.monotonic() < until:
            time.sleep(LOOK)


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    candidates = random.sample(_PORTS, 100)
    return next((port for port in candidates if is_free(port)), 0) or _any_port()


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether something accepts connections on this port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def _is_there(pid: int) -> bool:
    """Whether the process still holds its ports; its command line is gone a little earlier."""
    if (child := _children.get(pid)) is not None:
        return child.poll() is None
    if not _PROC.exists():
        return bool(_arguments(pid))
    try:
        state = (_PROC.parent / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"  # ended, and not yet waited for by whoever started it


def _arguments(pid: int) -> str:
    """Command line of a process; '' when it has ended."""
    if _PROC.exists():
        try:
            text = (_PROC.parent / str(pid) / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return " ".join(text.decode(errors="replace").rstrip("\0").split("\0"))
    listed = ("ps", "-ww", "-o", "command=", "-p", str(pid))
    return subprocess.run(listed, capture_output=True, text=True, check=False).stdout.strip()
