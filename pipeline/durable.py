"""Tables in Postgres, and the checkpoints that a restart goes on from."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import orjson
import psycopg

from config.settings import Settings
from connectors.sinks.keyed_rows import Row
from connectors.sinks.live_view import ViewSet
from connectors.sinks.postgres import PostgresSink, write_postgres
from connectors.sinks.postgres_link import SinkLost
from connectors.sinks.postgres_rows import Newest, open_reader
from connectors.sinks.postgres_store import PostgresStore
from connectors.sinks.postgres_streams import Stream
from connectors.sinks.postgres_tables import SinkTable
from connectors.sources.stop import StopToken
from pipeline.graph import Graph
from pipeline.inputs import Inputs
from pipeline.tables import BAR_KEY, LOGGED, sink_tables

NOTHING: Mapping[str, bytes] = {}
STATE_VERSION = 3  # raised when the states of folds mean something else
TOLD = {"market", "engine", "advice", "risk", "data_sources"}
NOT_TOLD: Mapping[str, Any] = {  # settings that no row of a table rests on
    "engine": {"flush", "chunk_bytes", "speed", "checkpoint_every", "max_staleness"},
    "advice": {"retention"},
    "data_sources": {"__all__": {"path"}},  # of files: name, size and what is read of them count
}
SEEDED = (
    *("bars", "indicators", "positions", "portfolio_risk", "advice", "advice_versions"),
    *("evaluations", "track_record"),
)


@dataclass
class Durable:
    """Tables of one profile in Postgres, and where they stand.

    Attributes:
        store: brought back to ``number``.
        tables: of it, by name.
        number: of the checkpoint; 0: there is none, and all tables are empty.
        states: of the parts of the engine.
        notes: what was changed about the tables.
    """

    store: PostgresStore
    dsn: str
    schema: str
    tables: Mapping[str, SinkTable]
    number: int
    states: Mapping[str, bytes]
    notes: Sequence[str]

    @classmethod
    def open(
        cls, settings: Settings, columns: Sequence[str], inputs: Inputs, *, anew: bool
    ) -> "Durable | None":
        """The tables of a profile, brought back to the last checkpoint; None without the sink.

        Args:
            settings: of the profile.
            columns: of indicators.
            inputs: of its files.
            anew: begin anew where the tables were made with other settings.

        Raises:
            StoreError: the schema cannot be used, or another engine writes it.
            SinkLost: Postgres is away.
        """
        sink, address = settings.sinks.postgres, settings.links.database
        if sink is None or address is None:
            return None
        tables, dsn = sink_tables(columns), address.get_secret_value()
        store = PostgresStore(dsn, tables=list(tables.values()), schema=sink.schema_name)
        try:
            notes = store.prepare()
            found = store.restore(fingerprint(settings, columns, inputs), anew=anew)
        except BaseException:
            store.close()
            raise
        number, states = (found.number, found.payloads) if found else (0, NOTHING)
        return cls(store, dsn, sink.schema_name, tables, number, states, notes)

    def write(
        self, graph: Graph, *, stop: StopToken, on_checkpoint: Callable[[int], None]
    ) -> PostgresSink:
        """Add the sink of all tables to a graph."""
        streams = [
            Stream(table, self.tables[name], ops=True, logged=LOGGED.get(name, ""))
            for name, table in graph.ops.items()
        ]
        streams += [Stream(graph.latest, self.tables["prices"])]
        return write_postgres(
            streams,
            self.store,
            stop=stop,
            checkpoints=graph.checkpoints,
            expected_parts=graph.parts,
            on_checkpoint=on_checkpoint,
        )

    def seed(self, views: ViewSet, *, bars: int) -> None:
        """Fill the views with what stands in the tables.

        Args:
            views: declared.
            bars: kept per symbol and interval.

        Raises:
            SinkLost: Postgres is away.
        """
        try:
            contents = self._contents(bars)
        except psycopg.OperationalError:
            raise SinkLost("postgres went away before its tables could be read") from None
        views.replace({name: rows for name, rows in contents.items() if views.has_feed(name)})

    def _contents(self, bars: int) -> dict[str, Sequence[Row]]:
        newest = Newest(bars, BAR_KEY[:2], BAR_KEY[2])
        with open_reader(self.dsn, schema=self.schema) as reader:
            return {
                name: reader.rows(
                    self.tables[name], newest=newest if name in ("bars", "indicators") else None
                )
                for name in SEEDED
            }


def fingerprint(settings: Settings, columns: Sequence[str], inputs: Inputs) -> str:
    """Of all that states of the engine rest on beside its feeds: other settings, another start.

    Returns:
        ``name=digest`` of each thing, so that what has changed can be named.
    """
    told: dict[str, object] = {
        "version": [version("yieldflow"), STATE_VERSION],
        "columns": list(columns),
        **settings.model_dump(mode="json", include=TOLD, exclude=NOT_TOLD),
        "files": [(one.path.name, one.size) for one in inputs.market],
        "holdings": [repr(one) for one in inputs.documents or ()],
        "transactions": [repr(one) for one in inputs.accounts],
        "instruments": [repr(one) for one in inputs.facts],
        "rates": [repr(one) for one in inputs.rates],
    }
    return " ".join(f"{name}={_digest(one)}" for name, one in sorted(told.items()))


def _digest(told: object) -> str:
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
