"""Which answers the ledger has already, so that what is served again is not written again."""

from serving.meter import Receipt

MOST = 65_536


class KeptHashes:
    """Hashes of what was committed, each until it is due to be written again.

    What goes on being served must not expire in the ledger: it is written again, which moves its
    end, when an eighth of its time is over. Memory is bounded: beyond ``MOST`` hashes it starts
    anew, which costs a write each and loses nothing.
    """

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self._due: dict[tuple[str, bool], int] = {}

    def has(self, receipt: Receipt, now: int) -> bool:
        """Whether there is nothing to write at ``now`` (microseconds UTC)."""
        due = self._due.get(_key(receipt))
        return due is not None and due - self.keep <= now < due

    def add(self, receipt: Receipt, now: int) -> None:
        """Note that it has been committed."""
        if len(self._due) >= MOST:
            self._due.clear()
        self._due[_key(receipt)] = now + self.keep // 8


def _key(receipt: Receipt) -> tuple[str, bool]:
    """The hash, with its content and without: a request may bring the holdings of a portfolio."""
    return receipt.served_hash, receipt.content is None
