"""A file that is read as a whole before anything starts: its rows, and what of it is refused."""

from collections.abc import Iterator
from typing import Any, Final

from connectors.sources.parse import Parsed, read_rows
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource

_CHUNK_BYTES: Final = 1 << 22


class SmallFile:
    """Rows one by one; a parser that finds more amiss with the present one refuses it."""

    def __init__(self, source: FileSource) -> None:
        """Open nothing yet."""
        self._source = source
        self._chunk: Parsed | None = None
        self._rejects: list[Reject] = []

    @property
    def rejects(self) -> list[Reject]:
        """What has been refused so far, in the order of the file."""
        return sorted(self._rejects, key=lambda reject: reject.position)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give ``line`` and the fields of each row that is in order by itself.

        Raises:
            SourceError: the file has become unreadable.
        """
        if self._source.empty:
            self.refuse(0, "empty_file")
        for chunk in read_rows(self._source, _CHUNK_BYTES):
            self._chunk = chunk
            for refusal in chunk.refusals:
                self._refuse(refusal.position, refusal.reason, refusal.raw)
            yield from chunk.rows.iter_rows(named=True)

    def refuse(self, line: int, reason: str) -> None:
        """Refuse a row of the present chunk; line 0 is the file as a whole."""
        self._refuse(line, reason, self._chunk.text_of(line) if self._chunk and line else "")

    def _refuse(self, line: int, reason: str, raw: str) -> None:
        self._rejects.append(Reject(self._source.name, line, reason, raw))
