"""Tells whoever follows the ledger that there is something new to read."""

import threading


class CommitSignal:
    """Counts commits; a follower in another thread waits for the count to move."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._commits = 0

    def notify(self) -> None:
        """Count one commit and wake every follower."""
        with self._changed:
            self._commits += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout: float) -> int:
        """Return the count as soon as it is not ``seen``, or after ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._commits != seen, timeout)
            return self._commits
