"""Messages of one live feed -> typed rows, and what is wrong with a message by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import orjson
import polars as pl

from connectors.sources.columns import FIELDS, Mapped
from connectors.sources.errors import SourceError
from connectors.sources.formats import RawChunk
from connectors.sources.judge import Refusal, Screen, judge
from connectors.sources.layout import Column, Layout, layout, layout_of_messages
from connectors.sources.lines import RAW_LIMIT, keyed, readable
from connectors.sources.lines import Lines as TextLines
from connectors.sources.live_feed import Lines, LiveKind, Rows
from connectors.sources.parse import TextParser
from connectors.sources.rejects import Reject

_MICROSECOND: Final = timedelta(microseconds=1)
Wall = Callable[[], int]


@dataclass(frozen=True)
class FeedRules:
    """How the messages of one feed are read.

    Attributes:
        mapping: which column holds which field, where names differ from ours.
        interval: length of a bar of a feed of bars or snapshots.
        venue: of trades that name none: trade ids are unique within a venue.
        past: they are from before what the other feeds tell, so they move no clock.
    """

    kind: LiveKind
    name: str
    mapping: Mapping[str, Mapped]
    interval: timedelta | None = None
    venue: str = ""
    past: bool = False


class MessageParser:
    """Types the messages of one feed; what is wrong with a message by itself is told here."""

    def __init__(self, rules: FeedRules) -> None:
        self._rules = rules
        self._text: TextParser | None = None
        self._screens: dict[tuple[tuple[str, pl.DataType], ...], Layout] = {}

    def parse(self, messages: Lines | Rows) -> tuple[pl.DataFrame, list[Refusal], "Told", int]:
        """Rows with ``line`` and ``at`` (their place), refusals by place, who they are, skipped."""
        return self._lines(messages) if isinstance(messages, Lines) else self._rows(messages)

    def _lines(self, given: Lines) -> tuple[pl.DataFrame, list[Refusal], "Told", int]:
        values = [value.replace(b"\n", b" ") if b"\n" in value else value for value in given.values]
        told = Told(given.names, given.sources, given.positions, lambda at: _shown(given, at))
        empty = [
            Refusal(at, "empty_message", "") for at, one in enumerate(values) if not one.strip()
        ]
        parser = self._parser(values)
        data = b"\n".join(values) + b"\n"
        parsed = parser.parse(RawChunk(TextLines(data, 0, len(values)), 0))
        rows = parsed.rows.with_columns(at=pl.col("line"))
        places = np.asarray(given.positions, np.int64)
        rows = rows.with_columns(line=pl.Series(places[rows["at"].to_numpy()], dtype=pl.Int64))
        return rows, [*empty, *parsed.refusals], told, parsed.skipped

    def _parser(self, values: Sequence[bytes]) -> TextParser:
        if self._text is not None:
            return self._text
        rules = self._rules
        try:
            found = layout_of_messages(
                values,
                rules.kind,
                name=rules.name,
                mapping=rules.mapping,
                interval=rules.interval,
                venue=rules.venue,
            )
        except SourceError:  # these messages are no sample; each of them is refused by itself
            blank = orjson.dumps({field.name: None for field in FIELDS[rules.kind]})
            found = layout_of_messages([blank], rules.kind, name=rules.name, mapping={})
            return TextParser(found)
        self._text = TextParser(found)
        return self._text

    def _rows(self, given: Rows) -> tuple[pl.DataFrame, list[Refusal], "Told", int]:
        frame = given.frame
        raw = frame.with_columns(line=pl.int_range(pl.len(), dtype=pl.Int64))
        known = self._layout(raw)
        sure, doubtful = Screen(known).sort_out(raw)
        told = Told([given.name], None, frame["line"].to_list(), lambda at: _row_text(frame, at))
        rows, refusals = sure.rows, list(sure.refusals)
        if doubtful:
            careful = judge(raw.filter(pl.col("line").is_in(doubtful)), known, told.text_of)
            rows = pl.concat([rows, careful.rows], how="vertical_relaxed").sort("line")
            refusals += careful.refusals
        rows = rows.with_columns(at=pl.col("line"))
        return rows.with_columns(line=frame["line"].gather(rows["at"])), refusals, told, 0

    def _layout(self, raw: pl.DataFrame) -> Layout:
        schema = tuple((name, kind) for name, kind in raw.schema.items() if name != "line")
        if schema not in self._screens:
            fields = {name: Column(name, kind, "us") for name, kind in schema}
            rules = self._rules
            self._screens[schema] = layout(
                rules.kind, rules.name, fields, tuple(fields), interval=rules.interval
            )
        return self._screens[schema]


@dataclass(frozen=True)
class Told:
    """What ``Rejected`` says of a message, by its place among those that came with it."""

    names: Sequence[str]
    sources: Sequence[int] | None
    positions: Sequence[int]
    text_of: Callable[[int], str]

    def reject(self, refusal: Refusal, now: int) -> Reject:
        """A refused message."""
        at = refusal.position
        name = self.names[0 if self.sources is None else self.sources[at]]
        return Reject(name, int(self.positions[at]), refusal.reason, self.text_of(at), now)


def _shown(given: Lines, at: int) -> str:
    """A refused message as text; with its key where the feed has keys."""
    return keyed(None if given.keys is None else given.keys[at], readable(given.values[at]))


def _row_text(frame: pl.DataFrame, at: int) -> str:
    return orjson.dumps(frame.row(at, named=True), default=str).decode()[:RAW_LIMIT]
