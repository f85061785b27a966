"""AdviceVersion and sessions -> TrackRecord: stream is batch, in any order and with detours."""

import random
from typing import Any

import numpy as np
import pathway as pw
import pytest

from transforms.market_delta import DAILY_FIELDS
from transforms.schemas import AdviceVersion, TrackRecord
from transforms.series import MarketDeltas
from transforms.track_record import KEY, build_track_record

DAY = 86_400_000_000
NAMES = ["A", "B"]
Version = dict[str, Any]
VersionOp = AdviceVersion | pw.schema_from_types(up=bool)
Session = tuple[int, int, int, float]  # code, day, op, close


def version(
    advice_id: str, opened: int, *, at: int | None = None, rule: str = "S02", **changed: object
) -> Version:
    """A row that opened at the end of a day, as it stands from the end of day ``at`` on."""
    row: Version = {name: "" for name in AdviceVersion.column_names()}
    row |= {"advice_id": advice_id, "rule_id": rule, "portfolio_id": "p", "subject": "A"}
    row |= {"valid_from": (at or opened) * DAY, "as_of": opened * DAY, "removed": False}
    row |= {"state": "open", "severity": "warn"}
    row |= {name: pw.Json([]) for name in ("evidence", "suggestion", "clears_if")}
    return row | changed


def cleared(advice_id: str, opened: int, at: int, **changed: object) -> Version:
    return version(advice_id, opened, at=at, state="cleared", **changed)


def record_of(
    versions: list[tuple[Version, int, int]], sessions: list[tuple[Session, int]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Final rows by key, of (version, time, diff) and (session, time)."""
    rows = [(diff > 0, *row.values(), time, 1) for row, time, diff in versions]
    table = pw.debug.table_from_rows(VersionOp, rows, is_stream=bool(rows))
    deltas = []
    for seq, time in enumerate(sorted({time for _, time in sessions})):
        daily = np.array(
            [[c, day * DAY, op, close, 1.0] for (c, day, op, close), at in sessions if at == time]
        ).reshape(-1, len(DAILY_FIELDS))
        deltas.append((0, NAMES, None, daily, [], 0, False, seq, 0, time, 1))
    market = pw.debug.table_from_rows(MarketDeltas, deltas, is_stream=True)
    _, columns = pw.debug.table_to_dicts(build_track_record(table, market, interval=DAY).record)
    found = {}
    for key in columns["fired"]:
        row = {name: columns[name][key] for name in TrackRecord.column_names()}
        place = tuple(row[name] for name in KEY)
        assert place not in found
        found[place] = row
    return found


def walk(days: int) -> list[Session]:
    """Both symbols, falling and rising by turns."""
    chance = random.Random(3)
    return [
        (code, day, 1, 100.0 + chance.randrange(-20, 20))
        for day in range(1, days + 1)
        for code in range(2)
    ]


def advice() -> list[Version]:
    """Two portfolios, four rules, some of it cleared and open again."""
    high = pw.Json([{"name": "rsi_14", "operator": ">"}])
    low = pw.Json([{"name": "rsi_14", "operator": "<"}])
    return [
        version("a", 3),
        cleared("a", 3, 5),
        version("b", 8),
        version("c", 3, portfolio_id="q"),
        version("d", 4, rule="S01", severity="info", evidence=high),
        version("e", 9, rule="S01", severity="info", evidence=low, subject="B"),
        version("f", 6, rule="S05", severity="alert", subject="B"),
        version("f", 6, at=7, rule="S05", severity="alert", subject="B", state="withheld"),
        version("g", 6, rule="P03", subject=""),
        version("h", 6, rule="P03", subject="", state="not_evaluated"),
        version("i", 6, rule="P03", subject="", severity="strength"),
        version("j", 6, rule="P03", subject="", state="withheld"),
        version("j", 6, at=8, rule="P03", subject="", state="withheld", removed=True),
    ]


def clean() -> dict[tuple[Any, ...], dict[str, Any]]:
    return record_of([(row, 2, 1) for row in advice()], [(one, 2) for one in walk(30)])


def test_every_rule_that_fired_has_its_rows() -> None:
    rows = clean()
    assert {key[:3] for key in rows} == {
        ("S02", "warn", -1),
        ("S01", "info", -1),
        ("S01", "info", 1),
        ("S05", "alert", 0),
        ("P03", "warn", 0),
    }
    assert {key[3] for key in rows} == {1, 5, 20}
    trend = rows["S02", "warn", -1, 1]
    assert (trend["fired"], trend["flips"], trend["openings"], trend["n"]) == (3, 1, 2, 2)
    price = {day: close for code, day, _, close in walk(30) if code == 0}
    returns = [round((price[day + 1] / price[day] - 1) * 1e6) for day in (3, 8)]
    assert trend["mean_return_pct"] == sum(returns) / 2 / 1e4
    assert trend["hit_rate"] == sum(found < 0 for found in returns) / 2
    assert rows["P03", "warn", 0, 1]["fired"] == 1
    assert rows["P03", "warn", 0, 1]["mean_return_pct"] is None
    assert rows["S01", "info", 1, 20]["n"] == 1
    assert rows["S05", "alert", 0, 5]["hit_rate"] is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_with_detours_is_clean(seed: int) -> None:
    chance = random.Random(seed)
    versions: list[tuple[Version, int, int]] = []
    for row in advice():
        first, second, third = sorted(chance.sample(range(2, 60, 2), 3))
        if chance.random() < 0.5:
            versions.append((row, first, 1))
            continue
        wrong = row | {"sentence": "as it was known then"}
        if row["state"] == "open" and chance.random() < 0.5:
            wrong["severity"] = "alert"
        versions += [(wrong, first, 1), (wrong, second, -1), (row, third, 1)]
    versions += [(version("x", 5), 4, 1), (version("x", 5), 40, -1)]
    versions += [(cleared("x", 5, 6), 6, 1), (cleared("x", 5, 6), 50, -1)]
    sessions = []
    for code, day, op, close in walk(30):
        first, second, third = sorted(chance.sample(range(2, 60, 2), 3))
        if chance.random() < 0.3:
            sessions += [((code, day, op, 1.0), first), ((code, day, -1, np.nan), second)]
        sessions.append(((code, day, op, close), third))
    assert record_of(versions, sessions) == clean()


def test_advice_that_is_withdrawn_leaves_nothing() -> None:
    row = version("a", 3)
    assert record_of([(row, 2, 1), (row, 4, -1)], [(one, 2) for one in walk(10)]) == {}


def test_without_advice_there_is_no_record() -> None:
    assert record_of([], [(one, 2) for one in walk(3)]) == {}
