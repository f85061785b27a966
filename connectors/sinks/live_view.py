"""Current rows by key for serving, swapped whole at each engine commit.

Pathway closes a time table by table, in no fixed order, and only for tables that changed. To swap
all tables of one commit together they are therefore read through ONE subscription: its
``on_time_end`` comes when every table has closed that time.

Callbacks run in the engine's thread, and an exception in one would end the run: they unpack rows,
collect them and hand over, nothing else. Views change where ``publish`` runs what it is given.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import pathway as pw

from connectors.sinks.keyed_rows import KeyedRows, Row
from connectors.sinks.view_feed import Change, Feed, LiveView, Warm, ungrouped

Publish = Callable[[Callable[[], None]], object]


class ViewSet:
    """The views of one run. Declare them with :meth:`view`, then call :meth:`subscribe` once.

    When commits come faster than they are published, they are published together: what waits is
    never more than one row per key.

    Args:
        publish: runs a function where the views are read, e.g. ``loop.call_soon_threadsafe``, or
            at once. A RuntimeError from it (the loop is closed) is taken as: nobody reads any more.
        on_commit: told the changes of each published commit, in order, where views are read.
        cold: views that may be asked for before they are declared: empty, and not ready.
    """

    def __init__(
        self,
        publish: Publish,
        on_commit: Callable[[Sequence[Change]], None] | None = None,
        *,
        cold: Iterable[str] = (),
    ) -> None:
        self.version = 0
        self._cold = {name: LiveView(name, KeyedRows(), "mark") for name in cold}
        self._publish = publish
        self._on_commit = on_commit
        self._views: dict[str, LiveView] = {}
        self._feeds: list[Feed] = []
        self._declared: set[str] = set()
        self._open: dict[tuple[int, Hashable], Row | None] = {}
        self._closed: dict[tuple[int, Hashable], Row | None] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> LiveView:
        """The view of that name."""
        return self._views[name] if name in self._views else self._cold[name]

    def view(
        self,
        name: str,
        table: pw.Table[Any],
        *,
        key: Sequence[str],
        group: Sequence[str] | None = None,
        keep: int | None = None,
        warm: Warm = "rows",
        rows: KeyedRows | None = None,
        ops: bool = False,
    ) -> LiveView:
        """Keep the current rows of ``table`` under ``name``.

        Args:
            name: of the view and of its changes.
            table: has one row per key; or the changes of such a table, see ``ops``.
            key: columns of the key; one column is used as it is, several make a tuple.
            group: columns to group by, likewise.
            keep: rows per group; the ones with the lowest keys are forgotten.
            warm: when the view counts as filled: with its first rows, with the first commit of any
                table, or only by :meth:`mark_ready`.
            rows: what keeps them, instead of ``keep``.
            ops: the table's rows are changes: with a column ``up``, false for a row that goes.

        Raises:
            ValueError: the name is taken, or the table lacks a column of ``key`` or ``group``.
        """
        kinds = table.typehints()
        missing = [column for column in (*key, *(group or ())) if column not in kinds]
        taken = name in self._declared
        if missing or not key or taken:
            raise ValueError(f"view {name!r}: the name is taken, or no column {missing or key!r}")
        self._declared.add(name)
        if name not in self._views:  # after a restart of the engine it is there already
            self._views[name] = LiveView(name, KeyedRows(keep) if rows is None else rows, warm)
        columns = [column for column in kinds if not (ops and column == "up")]
        json = [column for column in columns if "Json" in str(kinds[column])]
        grouping: Callable[[Row], Hashable] = itemgetter(*group) if group else ungrouped
        self._feeds.append(
            Feed(self._views[name], table, columns, json, itemgetter(*key), grouping, ops)
        )
        return self._views[name]

    def restart(self) -> None:
        """Forget the tables of an engine that has ended; what they gave stays to be read."""
        with self._lock:
            self._feeds, self._open, self._closed = [], {}, {}
            self._declared.clear()

    def empty_all(self) -> None:
        """Forget all rows, for an engine that begins anew."""
        self.replace({feed.view.name: () for feed in self._feeds})

    def has_feed(self, name: str) -> bool:
        """Whether the view has a table, and is not merely declared empty."""
        return any(feed.view.name == name for feed in self._feeds)

    def replace(self, contents: Mapping[str, Sequence[Row]]) -> None:
        """Put other rows into views that are declared, all at once where they are read.

        Whoever has read a view before is told how it differs from what was there.

        Args:
            contents: name of the view -> its rows, in the order of their keys.
        """
        feeds = {feed.view.name: feed for feed in self._feeds}

        def put() -> None:
            changes = [one for name, rows in contents.items() for one in feeds[name].refill(rows)]
            self.version += 1
            if self._on_commit is not None and changes:
                self._on_commit(changes)

        self._hand_over(put)

    def empty(self, name: str) -> LiveView:
        """A view without a table: ready with the first commit, and always empty."""
        self._declared.add(name)
        return self._views.setdefault(name, LiveView(name, KeyedRows(), "commit"))

    def subscribe(self, *, name: str = "live_view") -> None:
        """Add the sink to the graph, after all views are declared and before it runs."""
        packed = [
            feed.table.select(
                view=number,
                cells=pw.make_tuple(
                    *(feed.table[column] for column in feed.columns),
                    *([feed.table.up] if feed.ops else []),
                ),
            ).update_types(cells=tuple)
            for number, feed in enumerate(self._feeds)
        ]
        pw.io.subscribe(
            pw.Table.concat_reindex(*packed),
            on_change=self._changed,
            on_time_end=self._time_ended,
            on_end=self._ended,
            name=name,
        )

    def mark_ready(self, *names: str) -> None:
        """Declare views filled, all of them when none is named. From any thread."""
        chosen = names or tuple(self._views)

        def mark() -> None:
            for name in chosen:
                self._views[name].ready = True

        self._hand_over(mark)

    def _changed(self, key: object, row: dict[str, Any], time: int, is_addition: bool) -> None:
        feed = self._feeds[row["view"]]
        unpacked = feed.unpack(row["cells"])
        place = (row["view"], feed.key(unpacked))
        # An update comes as a removal and an addition in any order: the addition counts.
        if feed.comes(row["cells"], is_addition):
            self._open[place] = unpacked
        else:
            self._open.setdefault(place, None)

    def _time_ended(self, time: int) -> None:
        with self._lock:
            waiting = bool(self._closed)
            self._closed.update(self._open)
        self._open = {}
        if not waiting:
            self._hand_over(self._swap)

    def _ended(self) -> None:
        self.mark_ready()

    def _hand_over(self, action: Callable[[], None]) -> None:
        try:
            self._publish(action)
        except RuntimeError:
            self._publish = _nowhere

    def _swap(self) -> None:
        with self._lock:
            commit, self._closed = self._closed, {}
        changes: list[Change] = []
        for (number, key), row in commit.items():
            change = self._feeds[number].apply(key, row)
            if change is not None:
                changes.append(change)
        self.version += 1
        for view in self._views.values():
            view.warm_up()
        if self._on_commit is not None:
            self._on_commit(changes)


def _nowhere(action: Callable[[], None]) -> None:
    """Where commits go when nobody reads the views any more."""
