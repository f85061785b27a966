"""One writer per ledger."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.store.ledger import Ledger, LedgerLocked
from connectors.store.lock import WriterLock

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from connectors.store.ledger import Ledger
with Ledger(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"open\n"
        with pytest.raises(LedgerLocked, match=rf"by process {first.pid}: stop it, or set YIELD"):
            Ledger(tmp_path)
        first.kill()
    Ledger(tmp_path).close()  # the lock has gone with its process, its file has not
    assert (tmp_path / "ledger.sqlite3.lock").exists()


def test_the_same_process_cannot_open_a_ledger_twice(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(LedgerLocked, match=f"process {os.getpid()}"):
        Ledger(tmp_path)
    Ledger(tmp_path).close()


def test_a_lock_is_released_once_and_then_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("99999999 and more than the number of a process\n")
    lock = WriterLock(path)
    assert path.read_text() == f"{os.getpid()}\n"
    lock.release()
    lock.release()
    WriterLock(path).release()
