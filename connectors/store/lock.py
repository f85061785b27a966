"""One ledger, one writer: an advisory lock on a file beside the database.

The operating system drops the lock with the process, however that ends, so no stale lock needs
clearing. Two writers would be correct but slow (SQLite lets them starve each other for seconds),
and would not see each other's running idempotency keys.
"""

import contextlib
import fcntl
import os
from pathlib import Path


class LedgerLocked(RuntimeError):
    """Another process writes this ledger; the message names it."""


class WriterLock:
    """Holds ``path`` locked from construction to :meth:`release`.

    Raises:
        LedgerLocked: another process, or this one, holds the lock.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise LedgerLocked(
                f"the ledger in {path.parent} is written by process {holder}: "
                "stop it, or set YIELDFLOW_HOME to another folder"
            ) from None
        # The number is for people; a full disk must not keep the ledger from opening for reading.
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock up; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
