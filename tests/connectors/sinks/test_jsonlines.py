import json
from pathlib import Path

import pathway as pw
import pytest

from connectors.sinks.jsonlines import run_folder, write_jsonlines


class Price(pw.Schema):
    symbol: str
    price: float | None


def test_each_change_is_a_line_with_its_diff(tmp_path: Path) -> None:
    rows = [("A", 1.0, 2, 1), ("A", 1.0, 4, -1), ("A", None, 4, 1)]
    table = pw.debug.table_from_rows(Price, rows, is_stream=True)
    write_jsonlines(table, tmp_path / "out/prices.jsonl", name="prices")
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)

    lines = [json.loads(line) for line in (tmp_path / "out/prices.jsonl").read_text().splitlines()]
    assert sorted((line["symbol"], line["price"] or 0.0, line["diff"]) for line in lines) == [
        ("A", 0.0, 1),
        ("A", 1.0, -1),
        ("A", 1.0, 1),
    ]
    assert {"time", "diff"} <= lines[0].keys()


def test_an_empty_table_still_leaves_its_file(tmp_path: Path) -> None:
    empty = pw.Table.empty(symbol=str, price=float)
    write_jsonlines(empty, tmp_path / "prices.jsonl", name="prices")
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    assert (tmp_path / "prices.jsonl").read_text() == ""


def test_latest_points_at_the_newest_run(tmp_path: Path) -> None:
    first = run_folder(tmp_path, "20261120-1")
    (first / "bars.jsonl").write_text("first")
    assert (tmp_path / "latest/bars.jsonl").read_text() == "first"

    second = run_folder(tmp_path, "20261120-2")
    assert (tmp_path / "latest").resolve() == second.resolve()
    assert (first / "bars.jsonl").read_text() == "first"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "20261120-1",
        "20261120-2",
        "latest",
    ]


def test_the_link_survives_moving_the_runs(tmp_path: Path) -> None:
    run_folder(tmp_path / "old", "r1")
    (tmp_path / "old").rename(tmp_path / "new")
    assert (tmp_path / "new/latest").resolve() == (tmp_path / "new/r1").resolve()


def test_a_run_id_is_never_used_twice(tmp_path: Path) -> None:
    run_folder(tmp_path, "r1")
    with pytest.raises(FileExistsError):
        run_folder(tmp_path, "r1")


@pytest.mark.parametrize("name", ["", "..", "a/b", "latest"])
def test_a_run_id_is_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="run_id"):
        run_folder(tmp_path, name)
