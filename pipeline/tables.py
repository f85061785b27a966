"""Which tables of the graph are kept where: their keys, their indexes, what of them is served."""

from collections.abc import Mapping, Sequence

from connectors.sinks.postgres_tables import SinkTable
from transforms.book import TABLES as BOOK_TABLES
from transforms.schemas import (
    Adjustment,
    Bar,
    FeedGap,
    LatestPrice,
    Rejected,
    SessionClose,
    Signal,
    TrackRecord,
)
from transforms.series import indicator_schema
from transforms.track_record import KEY as RECORD_KEY

BAR_KEY = ("symbol", "interval", "bar_start")
INDEXES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "advice": (("portfolio_id", "state"),),
    "advice_changes": (("portfolio_id", "as_of"),),
    "advice_versions": (("portfolio_id", "valid_from"),),
    "rejected": (("reason",),),
}
LOGGED: Mapping[str, str] = {"advice": "as_of", "portfolio_risk": "ts_event"}
INDICATOR_TEXT = "Indicators of a bar; a value that is not known yet is null."


def sink_tables(columns: Sequence[str]) -> dict[str, SinkTable]:
    """Every table that leaves the engine, by name.

    Args:
        columns: of indicators.
    """
    made = {
        "prices": SinkTable.of("prices", LatestPrice, ("symbol",)),
        "bars": SinkTable.of("bars", Bar, BAR_KEY),
        "indicators": SinkTable.of(
            "indicators", indicator_schema(columns), BAR_KEY, comment=INDICATOR_TEXT
        ),
        "signals": SinkTable.of("signals", Signal, (*BAR_KEY, "signal")),
        "sessions": SinkTable.of("sessions", SessionClose, ("symbol", "session_end")),
        "adjustments": SinkTable.of(
            "adjustments", Adjustment, ("symbol", "interval", "ex", "kind")
        ),
        "gaps": SinkTable.of("gaps", FeedGap, ("source", "symbol", "ts_from")),
        "rejected": SinkTable.of(
            "rejected", Rejected, ("source", "position"), indexes=INDEXES["rejected"]
        ),
        "track_record": SinkTable.of("track_record", TrackRecord, RECORD_KEY),
    }
    for name, (schema, key) in BOOK_TABLES.items():
        if name not in made:
            made[name] = SinkTable.of(name, schema, key, indexes=INDEXES.get(name, ()))
    return made
