"""Reads a table behind a cursor, without ever passing over a row that commits late.

Cursor values are given out before rows are committed: row 8 may be visible while row 7 is not yet,
and a reader that goes on behind 8 never sees it. So a value counts as settled only when every
transaction has ended that was writing the table when the value was seen: whoever took a smaller one
took it before that, and held its lock on the table or on the sequence by then. What is settled is
complete for good, and is read in the order of the cursor.

That is exact for serial and identity columns (of CACHE 1, the default) and for values that are
fetched in the transaction that inserts them. A time is given out without a lock, often at the start
of a transaction (``now()``): there, and in views, every open transaction of the database is waited
for, and a time ahead of the server's clock waits until it has come.
"""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from connectors.sources.postgres_shape import Shape

BATCH: Final = 5_000
_LAST: Final = """
SELECT last::text, last > {after}, last < {after}, to_regclass({regclass})::oid
FROM (SELECT max({cursor}) AS last FROM {table} WHERE {has_come}) AS found
"""
_ROWS: Final = """
SELECT {cursor}::text, {cells} FROM {table} AS one WHERE {behind} AND {cursor} <= {upto}
ORDER BY one.{cursor} FETCH FIRST {batch} ROWS WITH TIES
"""
_NO_ROWS: Final = "SELECT {cells} FROM {table} LIMIT 0"
_SEQUENCES: Final = """
SELECT d.refobjid FROM pg_depend d
  JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
  JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
  JOIN pg_class s ON d.refclassid = 'pg_class'::regclass AND s.oid = d.refobjid AND s.relkind = 'S'
WHERE f.adrelid = %(table)s AND a.attname = %(column)s
UNION
SELECT s.oid FROM pg_class s
WHERE s.oid = pg_get_serial_sequence(%(table)s::regclass::text, %(column)s)::regclass
"""
_PARTS: Final = "SELECT relid::oid FROM pg_partition_tree(%s)"
_WRITERS: Final = """
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND relation = ANY(%s)
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_ANYBODY: Final = """
SELECT DISTINCT l.virtualtransaction FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
WHERE l.granted AND (l.locktype = 'virtualxid' OR l.locktype = 'transactionid' AND l.pid IS NULL)
  AND l.mode = 'ExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND coalesce(a.datname, current_database()) = current_database()
  AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
"""
_SEQUENCES_AT: Final = """
SELECT max(
  CASE WHEN has_sequence_privilege(one, 'SELECT, USAGE') THEN pg_sequence_last_value(one) END
) FROM unnest(%s::oid[]) AS one
"""


class TableChanged(Exception):
    """The table has been dropped and made again since its shape was looked at."""


class TableTail:
    """One reader of one table, on a session that commits each statement.

    Args:
        session: to ask with.
        shape: of the table.
        after: value of the cursor, as text, behind which to read; None: from the first row on.
        remade: whether ``after`` is of an earlier table of that name.

    Raises:
        psycopg.Error: the server does not answer, or the table may not be read.
    """

    def __init__(
        self,
        session: psycopg.Connection[Any],
        shape: Shape,
        after: str | None,
        *,
        remade: bool = False,
    ) -> None:
        self.after = after
        self.hole = "the table was dropped and made again" if remade else ""
        self._session, self._shape, self._remade = session, shape, remade
        self._upto: str | None = None
        self._seen: str | None = None
        self._open: set[str] = set()
        self._query(_NO_ROWS)
        named = {"table": shape.oid, "column": shape.cursor_column}
        self._sequences = self._list(_SEQUENCES, named)
        self._relations: list[int] = []
        if self._sequences and shape.is_table:
            self._relations = [shape.oid, *self._sequences, *self._list(_PARTS, [shape.oid])]

    @property
    def more(self) -> bool:
        """Whether there are rows to read at once."""
        return self._upto is not None

    @property
    def waits_for(self) -> int:
        """Open transactions that keep rows from being settled."""
        return len(self._open)

    def next(self) -> Sequence[Sequence[Any]]:
        """Cells of the next settled rows, in the order of the cursor; none: there are none now.

        Raises:
            TableChanged: look at the table again.
            psycopg.Error: the server does not answer, or refuses.
        """
        self._upto = self._upto or self._settled()
        if self._upto is None:
            return []
        rows = self._query(_ROWS, upto=self._value(self._upto), batch=sql.Literal(BATCH))
        if len(rows) < BATCH:
            self.after, self._upto = self._upto, None
        else:
            self.after = rows[-1][0]
        return [row[1:] for row in rows]

    def _settled(self) -> str | None:
        """The value up to which all rows are there, if it has grown."""
        if self._seen is None:
            self._seen = self._last()
            self._open = self._writers() if self._seen is not None else set()
        else:
            self._open &= self._writers()
        if self._open:
            return None
        settled, self._seen = self._seen, None
        return settled

    def _last(self) -> str | None:
        """The last value that is visible, if it is a new one."""
        [(last, ahead, behind, oid)] = self._query(_LAST)
        if oid != self._shape.oid:
            raise TableChanged
        if behind and (self._remade or self._sequence_restarted()):
            self.after, self.hole = None, self.hole or "the table was emptied and begun anew"
        self._remade = False
        found: str | None = last if self.after is None or ahead else None
        return found

    def _sequence_restarted(self) -> bool:
        if self.after is None or not self._sequences:
            return False
        [at] = self._list(_SEQUENCES_AT, [self._sequences])
        return at is not None and at < int(self.after)

    def _writers(self) -> set[str]:
        """Who may have taken a value of the cursor and not committed it; asked after seeing one."""
        if self._relations:
            return set(self._list(_WRITERS, [self._relations]))
        return set(self._list(_ANYBODY, []))

    def _query(self, text: LiteralString, **more: sql.Composable) -> list[tuple[Any, ...]]:
        shape = self._shape
        after = sql.SQL("NULL") if self.after is None else self._value(self.after)
        behind = sql.SQL("{} > {}").format(shape.cursor, after)
        query = sql.SQL(text).format(
            table=shape.name,
            regclass=sql.Literal(shape.name.as_string(self._session)),
            cursor=shape.cursor,
            cells=sql.SQL(", ").join(one.asked for one in shape.cells.values()),
            after=after,
            behind=sql.SQL("true") if self.after is None else behind,
            has_come=sql.SQL("{} < now()" if shape.timed else "true").format(shape.cursor),
            **more,
        )
        return self._session.execute(query).fetchall()

    def _list(self, text: LiteralString, values: Any) -> list[Any]:
        return [row[0] for row in self._session.execute(text, values)]

    def _value(self, text: str) -> sql.Composable:
        return sql.SQL("{}::" + self._shape.cursor_type).format(sql.Literal(text))
