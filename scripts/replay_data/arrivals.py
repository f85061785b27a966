"""The file of trades in order of arrival: some out of order, some late, some twice, some broken."""

from dataclasses import dataclass

import numpy as np

from scripts.replay_data.draws import Draws, Ints
from scripts.replay_data.faults import (
    FAULTS,
    FIELDS,
    FIRST_FAULT_ID,
    FIRST_MINUTE,
    MINUTES_APART,
    VENUE,
    broken,
)
from scripts.replay_data.instruments import INDEX, SYMBOLS
from scripts.replay_data.scenario import FLAT, HALTED
from scripts.replay_data.sessions import MINUTE_MS, MINUTES, OPEN_US
from scripts.replay_data.trades import Trades, rupees

_JITTERED = 0.01  # share of the trades that arrive a little out of order
_LATE, _LATE_OPENS, _TOO_LATE, _REPEATED = 40, 20, 6, 40
_JITTER_MS, _LATE_MS = (500, 8_000), (10_000, 90_000)
_LATE_OPEN_MS = (60_000, 90_000)  # its minute is over: the open must be revised
_TOO_LATE_MS = (200_000, 400_000)  # the allowance is 120 s behind the latest trade of the symbol
_REPEAT_MS = (1_000, 60_000)


@dataclass(frozen=True)
class Feed:
    """The file and what is wrong in it. Line numbers are 1-based, the header is line 1.

    Attributes:
        content: the file, not packed.
        out_of_order: lines that arrive up to 8 s late; any rule accepts them.
        late: lines that arrive 10 to 90 s late; to be accepted.
        late_opens: those of ``late`` that are the first trade of a minute that is over by then.
        rejected: line -> reason under which it must be refused.
        detail: line -> what is broken in it, or which trade it repeats.
    """

    content: bytes
    out_of_order: list[int]
    late: list[int]
    late_opens: list[int]
    rejected: dict[int, str]
    detail: dict[int, str]


@dataclass(frozen=True)
class _Picks:
    """Places in ``Trades``, disjoint: which trades arrive how."""

    late_opens: Ints
    late: Ints
    too_late: Ints
    repeated: Ints
    jittered: Ints


def _pick(trades: Trades, draws: Draws) -> _Picks:
    """Choose among all but the flat and the halted name, before the last ten minutes.

    A late trade is only late against later trades of its symbol, and those need time to come.
    """
    free = ~np.isin(trades.symbol, [INDEX[FLAT], INDEX[HALTED]])
    free &= trades.ms < (MINUTES - 10) * MINUTE_MS
    first = np.zeros(len(free), dtype=bool)
    first[np.unique(trades.symbol * MINUTES + trades.minute, return_index=True)[1]] = True

    def take(count: int, among: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
        chosen = draws.choose(np.flatnonzero(free & among), count)
        free[chosen] = False
        return chosen

    return _Picks(
        late_opens=take(_LATE_OPENS, first),
        late=take(_LATE, ~first),
        too_late=take(_TOO_LATE, ~first),
        repeated=take(_REPEATED, ~first),
        jittered=take(round(_JITTERED * len(free)), ~first),
    )


def _arrivals(trades: Trades, picks: _Picks, draws: Draws) -> Ints:
    """Milliseconds after the open at which each trade reaches the file."""
    arrival = trades.ms.copy()
    arrival[picks.jittered] += draws.integers(*_JITTER_MS, len(picks.jittered))
    arrival[picks.late_opens] += draws.integers(*_LATE_OPEN_MS, len(picks.late_opens))
    arrival[picks.late] += draws.integers(*_LATE_MS, len(picks.late))
    arrival[picks.too_late] += draws.integers(*_TOO_LATE_MS, len(picks.too_late))
    return arrival


def _rows(trades: Trades) -> list[bytes]:
    """Every trade as a line, in the order of ``trades``."""
    columns = (trades.symbol, trades.ms, trades.ticks, trades.size, trades.trade_id)
    return [
        f"{SYMBOLS[place]},{OPEN_US + ms * 1000},{rupees(ticks)},{size},{number},{VENUE}".encode()
        for place, ms, ticks, size, number in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _refused(trades: Trades, picks: _Picks) -> list[tuple[int, str, str]]:
    """Place among the rows, reason and detail of every row that must be refused."""
    copies = len(trades.ms)
    faults = copies + len(picks.repeated)
    repeated = [f"repeats trade_id {trades.trade_id[place]}" for place in picks.repeated.tolist()]
    return [
        *((place, "late", "") for place in picks.too_late.tolist()),
        *((copies + n, "duplicate_trade", text) for n, text in enumerate(repeated)),
        *((faults + n, f.reason, f"{f.field} {f.text!r}") for n, f in enumerate(FAULTS)),
    ]


def make_feed(trades: Trades) -> Feed:
    """Write the trades down in the order in which they arrive, with everything that goes wrong."""
    draws = Draws("arrivals")
    picks = _pick(trades, draws)
    minutes = FIRST_MINUTE + MINUTES_APART * np.arange(len(FAULTS))
    anchors = np.searchsorted(trades.ms, minutes * MINUTE_MS)
    repeats = trades.ms[picks.repeated] + draws.integers(*_REPEAT_MS, _REPEATED)
    arrival = np.concatenate([_arrivals(trades, picks, draws), repeats, trades.ms[anchors]])
    rows = _rows(trades)
    rows += [rows[place] for place in picks.repeated.tolist()]
    for number, (fault, place) in enumerate(zip(FAULTS, anchors.tolist(), strict=True)):
        rows.append(broken(fault, rows[place], FIRST_FAULT_ID + number))
    order = np.argsort(arrival, kind="stable")
    line = np.empty(len(order), dtype=np.int64)
    line[order] = np.arange(len(order)) + 2
    places = _refused(trades, picks)
    refused = sorted((int(line[place]), reason, detail) for place, reason, detail in places)
    return Feed(
        content=b"\n".join([",".join(FIELDS).encode(), *(rows[i] for i in order.tolist()), b""]),
        out_of_order=sorted(line[picks.jittered].tolist()),
        late=sorted(line[np.concatenate([picks.late, picks.late_opens])].tolist()),
        late_opens=sorted(line[picks.late_opens].tolist()),
        rejected={at: reason for at, reason, _ in refused},
        detail={at: detail for at, _, detail in refused},
    )
