"""A file of splits and bonuses: ratios, dates, and what is refused."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from connectors.sources.actions import ACTION_PART, parse_actions

MIDNIGHT = {  # 2024-01-05
    "Asia/Kolkata": 1_704_393_000_000_000,
    "America/New_York": 1_704_430_800_000_000,
    "UTC": 1_704_412_800_000_000,
}


def parsed(write: Any, inspect: Any, *lines: str, header: str, **options: Any) -> list[Any]:
    source = inspect(write("actions.csv", [header, *lines]), "actions", **options)
    found = parse_actions(source)
    assert found.part.schema == dict(ACTION_PART)
    assert found.rejects == []
    return found.part.rows()


@pytest.mark.parametrize(
    ("kind", "ratio", "new", "old"),
    [
        ("split", "2:1", 2, 1),
        ("split", " 10 : 4 ", 5, 2),
        ("split", "3/2", 3, 2),
        ("split", "1:10", 1, 10),
        ("split", "1.5", 3, 2),
        ("split", "1.333333", 4, 3),
        ("split", "0.1", 1, 10),
        ("split", "1.0483", 10483, 10000),
        ("", "4:1", 4, 1),
        ("Bonus", "1:1", 2, 1),
        ("bonus", "1:2", 3, 2),
        ("bonus", "0.5", 3, 2),
    ],
)
def test_a_ratio_says_units_after_for_units_before(
    kind: str, ratio: str, new: int, old: int, write: Any, inspect: Any
) -> None:
    row = f"A,2024-01-05,{ratio},{kind}"
    [(symbol, _, found, *ratio_found, diff)] = parsed(
        write, inspect, row, header="symbol,ts_event,ratio,kind"
    )
    assert (symbol, found, diff) == ("A", kind.lower() or "split", 1)
    assert ratio_found == [new, old]


def test_new_and_old_stand_for_a_ratio(write: Any, inspect: Any) -> None:
    header = "ticker,ex_date,new,old,type"
    rows = parsed(write, inspect, "A,2024-01-05,3,2,split", "B,2024-01-05,1,1,bonus", header=header)
    assert [row[2:5] for row in rows] == [("split", 3, 2), ("bonus", 2, 1)]


@pytest.mark.parametrize("zone", MIDNIGHT)
def test_a_date_means_midnight_of_the_market(zone: str, write: Any, inspect: Any) -> None:
    rows = parsed(write, inspect, "A,2024-01-05,2:1", header="symbol,ts_event,ratio", timezone=zone)
    assert rows[0][1] == MIDNIGHT[zone]


def test_an_instant_stays_what_it_is(write: Any, inspect: Any) -> None:
    for written in ("2024-01-05T09:15:00+05:30", "1704426300000000"):
        [row] = parsed(
            write,
            inspect,
            f"A,{written},2:1",
            header="symbol,ts_event,ratio",
            timezone="America/New_York",
        )
        assert row[1] == 1_704_426_300_000_000


@pytest.mark.parametrize(
    "value",
    [
        date(2024, 1, 5),
        datetime(2024, 1, 5),  # noqa: DTZ001  # as pandas writes a date
        datetime(2024, 1, 4, 18, 30, tzinfo=UTC),
    ],
)
def test_a_typed_file_holds_dates_or_instants(value: Any, tmp_path: Any, inspect: Any) -> None:
    path = tmp_path / "actions.parquet"
    pl.DataFrame({"symbol": ["A"], "ts_event": [value], "ratio": [2.0]}).write_parquet(path)
    found = parse_actions(inspect(path, "actions", timezone="Asia/Kolkata"))
    assert found.part.rows() == [("A", MIDNIGHT["Asia/Kolkata"], "split", 2, 1, 1)]


def test_json_lines_may_hold_numbers_or_text(write: Any, inspect: Any) -> None:
    lines = [
        '{"symbol":"A","ts_event":"2024-01-05","ratio":1.5}',
        '{"symbol":"B","ts_event":"2024-01-05","ratio":"3:2"}',
    ]
    found = parse_actions(inspect(write("actions.jsonl", lines), "actions"))
    assert [Fraction(*row[3:5]) for row in found.part.rows()] == [Fraction(3, 2)] * 2


def test_a_withdrawal_need_not_repeat_the_ratio(write: Any, inspect: Any) -> None:
    header = "symbol,ts_event,ratio,diff"
    rows = parsed(write, inspect, "A,2024-01-05,2:1,-1", "B,2024-01-05,,-1", header=header)
    assert [row[3:] for row in rows] == [(2, 1, -1), (0, 0, -1)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,2024-01-05,0,split,1", "not_positive"),
        ("A,2024-01-05,-2:1,split,1", "not_positive"),
        ("A,2024-01-05,2:0,split,1", "not_positive"),
        ("A,2024-01-05,0:1,bonus,1", "not_positive"),
        ("A,2024-01-05,two,split,1", "bad_ratio"),
        ("A,2024-01-05,2:1:1,split,1", "bad_ratio"),
        ("A,2024-01-05,nan,split,1", "bad_ratio"),
        ("A,2024-01-05,1e99,split,1", "bad_ratio"),
        ("A,2024-01-05,2000001:1,split,1", "out_of_range"),
        ("A,2024-01-05,1:2000001,split,1", "out_of_range"),
        ("A,2024-01-05,,split,1", "missing_field"),
        (",2024-01-05,2:1,split,1", "missing_field"),
        ("A,2024-01-05,2:1,merger,1", "unknown_kind"),
        ("A,2024-01-05,2:1,split,2", "bad_diff"),
        ("A,soon,2:1,split,1", "bad_timestamp"),
        ("A,1890-01-05,2:1,split,1", "timestamp_too_old"),
    ],
)
def test_a_row_that_cannot_count_is_refused_with_its_reason(
    row: str, reason: str, write: Any, inspect: Any
) -> None:
    lines = ["symbol,ts_event,ratio,kind,diff", "A,2024-01-05,2:1,split,1", row]
    found = parse_actions(inspect(write("actions.csv", lines), "actions"))
    assert [(r.source, r.position, r.reason, r.raw) for r in found.rejects] == [
        ("actions.csv", 3, reason, row)
    ]
    assert found.part.height == 1


def test_numbers_that_are_not_positive_are_refused(write: Any, inspect: Any) -> None:
    lines = ["symbol,ts_event,new,old", "A,2024-01-05,0,1", "A,2024-01-05,2,-1", "A,2024-01-05,2,"]
    found = parse_actions(inspect(write("actions.csv", lines), "actions"))
    assert [reject.reason for reject in found.rejects] == [
        "not_positive", "not_positive", "missing_field",
    ]  # fmt: skip


def test_an_empty_file_is_told(write: Any, inspect: Any) -> None:
    found = parse_actions(inspect(write("actions.csv", []), "actions"))
    assert [(r.position, r.reason) for r in found.rejects] == [(0, "empty_file")]
    assert found.part.is_empty()


def test_actions_are_the_first_part_of_a_feed_and_move_no_clock(
    write: Any, inspect: Any, read: Any
) -> None:
    actions = inspect(
        write("a.csv", ["symbol,ts_event,ratio", "A,2030-01-05,2:1", "A,2030-01-05,x"]), "actions"
    )
    trades = inspect(write("t.csv", ["symbol,ts_event,price,size", "A,2024-01-05,10,1"]))
    found = read(actions, trades)
    assert [part.kind for part in found.parts] == ["actions", "trades", "trades"]
    assert found.parts[0].clock == 0
    assert found.parts[1].clock == MIDNIGHT["UTC"]
    assert found.frames[0].rows() == [("A", 1_893_801_600_000_000, "split", 2, 1, 1)]
    assert found.reasons == [(3, "bad_ratio")]
    assert found.counts.rows_in == 3
    assert found.counts.bytes_read == found.counts.bytes_total


def test_a_file_without_actions_still_announces_them(write: Any, inspect: Any, read: Any) -> None:
    found = read(inspect(write("a.csv", ["symbol,ts_event,ratio"]), "actions"))
    assert found.parts[0].kind == "actions"
    assert found.frames[0].is_empty()
