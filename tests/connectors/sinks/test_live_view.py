from collections.abc import Callable, Sequence

import pathway as pw
import pytest

from connectors.sinks.live_view import ViewSet
from connectors.sinks.view_feed import Change


class Price(pw.Schema):
    symbol: str = pw.column_definition(primary_key=True)
    price: float | None
    note: pw.Json


class Bar(pw.Schema):
    symbol: str = pw.column_definition(primary_key=True)
    bar_start: int = pw.column_definition(primary_key=True)
    close: float


class Commits:
    """Records what was published; ``seen`` is called where a reader would look."""

    def __init__(self, seen: Callable[[], object] = lambda: None) -> None:
        self.changes: list[list[Change]] = []
        self.seen: list[object] = []
        self._look = seen

    def __call__(self, changes: Sequence[Change]) -> None:
        self.changes.append(list(changes))
        self.seen.append(self._look())


def inline(action: Callable[[], None]) -> None:
    action()


def run() -> None:
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


def prices(rows: Sequence[tuple[str, float | None, int, int]]) -> pw.Table[Price]:
    cells = [(name, price, pw.Json({"p": price}), time, diff) for name, price, time, diff in rows]
    table: pw.Table[Price] = pw.debug.table_from_rows(Price, cells, is_stream=True)
    return table


def bars(rows: list[tuple[str, int, float, int, int]]) -> pw.Table[Bar]:
    table: pw.Table[Bar] = pw.debug.table_from_rows(Bar, rows, is_stream=True)
    return table


def test_a_view_follows_inserts_updates_and_deletes() -> None:
    commits = Commits()
    views = ViewSet(inline, commits)
    first = [("A", 1.0, 2, 1), ("B", 5.0, 2, 1)]
    later = [("A", 1.0, 4, -1), ("A", 2.0, 4, 1), ("B", 5.0, 6, -1)]
    view = views.view("quotes", prices([*first, *later]), key=["symbol"])
    views.subscribe()
    run()

    assert view.get("A") == {"symbol": "A", "price": 2.0, "note": {"p": 2.0}}
    assert view.get("B") is None
    told = [[(name, op, row["symbol"]) for name, op, row in sorted(changes, key=str)]
            for changes in commits.changes]  # fmt: skip
    assert told == [
        [("quotes", "upsert", "A"), ("quotes", "upsert", "B")],
        [("quotes", "upsert", "A")],
        [("quotes", "delete", "B")],
    ]
    assert views.version == 3


def test_json_columns_become_plain_python_and_null_stays_none() -> None:
    views = ViewSet(inline)
    view = views.view("quotes", prices([("A", None, 2, 1)]), key=["symbol"])
    views.subscribe()
    run()
    assert view.rows() == ({"symbol": "A", "price": None, "note": {"p": None}},)


def test_all_tables_of_a_commit_are_swapped_together() -> None:
    quoted = [(0, 1.0, 2, 1), (1, 1.0, 4, -1), (2, 2.0, 4, 1), (3, 2.0, 6, -1), (4, 3.0, 6, 1)]
    table = prices([("A", price, time, diff) for _, price, time, diff in quoted])
    derived = table.groupby(pw.this.symbol).reduce(
        pw.this.symbol, highest=pw.reducers.max(pw.coalesce(pw.this.price, 0.0))
    )
    joined = table.join(derived, pw.left.symbol == pw.right.symbol).select(
        pw.left.symbol, both=pw.coalesce(pw.left.price, 0.0) + pw.right.highest
    )
    views: ViewSet

    def look() -> tuple[object, object, object]:
        columns = (("quotes", "price"), ("derived", "highest"), ("joined", "both"))
        first, second, third = (views[name].rows()[0][column] for name, column in columns)
        return first, second, third

    commits = Commits(look)
    views = ViewSet(inline, commits)
    views.view("joined", joined, key=["symbol"])
    views.view("quotes", table, key=["symbol"])
    views.view("derived", derived, key=["symbol"])
    views.subscribe()
    run()
    assert commits.seen == [(1.0, 1.0, 2.0), (2.0, 2.0, 4.0), (3.0, 3.0, 6.0)]


def test_bars_are_grouped_ordered_and_bounded() -> None:
    views = ViewSet(inline)
    view = views.view(
        "bars",
        bars([("A", start, float(start), 2 + 2 * (start % 3), 1) for start in range(9)]
             + [("B", 1, 7.0, 2, 1)]),
        key=["symbol", "bar_start"],
        group=["symbol"],
        keep=4,
    )  # fmt: skip
    views.subscribe()
    run()
    assert [row["bar_start"] for row in view.rows("A")] == [5, 6, 7, 8]
    assert view.get(("B", 1)) == {"symbol": "B", "bar_start": 1, "close": 7.0}
    assert len(view) == 5


def test_commits_that_wait_are_published_together_and_whole() -> None:
    waiting: list[Callable[[], None]] = []
    commits = Commits()
    views = ViewSet(waiting.append, commits)
    table = prices([("A", 1.0, 2, 1), ("A", 1.0, 4, -1), ("A", 2.0, 4, 1), ("B", 1.0, 4, 1)])
    view = views.view("quotes", table, key=["symbol"])
    views.subscribe()
    run()

    assert len(view) == 0
    assert not view.ready
    for action in waiting:
        action()
    assert [len(changes) for changes in commits.changes] == [2]
    quote = view.get("A")
    assert quote is not None
    assert quote["price"] == 2.0


def test_views_are_ready_as_they_were_declared() -> None:
    seen: list[tuple[bool, ...]] = []
    views: ViewSet

    def look() -> None:
        seen.append(tuple(views[name].ready for name in ("rows", "commit", "mark", "none")))

    views = ViewSet(inline, Commits(look))
    table = prices([("A", 1.0, 2, 1), ("B", 1.0, 4, 1)])
    views.view("rows", table.filter(pw.this.symbol == "B"), key=["symbol"])
    views.view("commit", table, key=["symbol"], warm="commit")
    views.view("mark", table, key=["symbol"], warm="mark")
    views.empty("none")
    views.subscribe()
    assert not views["none"].ready
    run()
    assert seen == [(False, True, False, True), (True, True, False, True)]
    assert views["mark"].ready  # the feed has ended: there is nothing to wait for


def test_a_reader_that_has_gone_does_not_end_the_run() -> None:
    def closed(action: Callable[[], None]) -> None:
        raise RuntimeError("Event loop is closed")

    views = ViewSet(closed)
    view = views.view("quotes", prices([("A", 1.0, 2, 1), ("B", 1.0, 4, 1)]), key=["symbol"])
    views.subscribe()
    run()
    assert len(view) == 0


@pytest.mark.parametrize(("key", "group"), [(["nope"], None), (["symbol"], ["nope"]), ([], None)])
def test_a_key_names_columns_of_the_table(key: list[str], group: list[str] | None) -> None:
    with pytest.raises(ValueError, match="quotes"):
        ViewSet(inline).view("quotes", prices([("A", 1.0, 2, 1)]), key=key, group=group)


def test_a_name_is_used_once() -> None:
    views = ViewSet(inline)
    views.empty("usage")
    with pytest.raises(ValueError, match="usage"):
        views.view("usage", prices([("A", 1.0, 2, 1)]), key=["symbol"])


def quote(symbol: str, price: float) -> dict[str, object]:
    return {"symbol": symbol, "price": price, "note": {"p": price}}


def test_who_has_read_a_view_is_told_how_other_rows_differ() -> None:
    commits = Commits()
    views = ViewSet(inline, commits)
    views.view("quotes", prices([("A", 1.0, 2, 1)]), key=["symbol"])
    views.replace({"quotes": [quote("A", 1.0), quote("B", 2.0), quote("C", 3.0)]})
    assert commits.changes == []  # nobody can have read it before
    views.replace({"quotes": [quote("A", 1.0), quote("B", 2.5), quote("D", 4.0)]})
    assert commits.changes == [
        [
            ("quotes", "delete", quote("C", 3.0)),
            ("quotes", "upsert", quote("B", 2.5)),
            ("quotes", "upsert", quote("D", 4.0)),
        ]
    ]
    assert [row["symbol"] for row in views["quotes"].rows()] == ["A", "B", "D"]


def test_a_view_may_be_asked_for_before_it_is_declared() -> None:
    views = ViewSet(inline, cold=["quotes"])
    assert (views["quotes"].ready, len(views["quotes"])) == (False, 0)
    view = views.view("quotes", prices([("A", 1.0, 2, 1)]), key=["symbol"])
    assert views["quotes"] is view
    with pytest.raises(KeyError):
        views["typo"]
