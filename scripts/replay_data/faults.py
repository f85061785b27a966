"""Rows that must be refused: what is broken in each, and under which reason it must come back."""

from dataclasses import dataclass

from scripts.replay_data.sessions import DAY_US, OPEN_US

VENUE = "SYN-NSE"
FIELDS = ("symbol", "ts_event", "price", "size", "trade_id", "venue")
FIRST_FAULT_ID = 900_001  # trade ids of broken rows: no real trade has them
FIRST_MINUTE, MINUTES_APART = 6, 16


@dataclass(frozen=True)
class Fault:
    """One way to break a row.

    Attributes:
        field: column whose value becomes ``text``; ``too_many`` appends ``text`` to the row and
            ``too_few`` cuts the row after two columns.
        text: the bytes put there.
        reason: code under which the row must be refused.
    """

    field: str
    text: bytes
    reason: str


FAULTS = (
    Fault("price", b"abc", "not_a_number"),
    Fault("price", b"-125.50", "not_positive"),
    Fault("price", b"NaN", "not_finite"),
    Fault("price", b"", "missing_field"),
    Fault("ts_event", b"4070908800000000", "timestamp_in_future"),  # 2099-01-01
    Fault("ts_event", b"%d" % (OPEN_US // 10**6), "timestamp_too_old"),  # seconds: 1970
    Fault("symbol", b"TC\xff\xfe", "not_utf8"),
    Fault("too_many", b",extra,columns", "wrong_column_count"),
    Fault("price", b"0", "not_positive"),
    Fault("size", b"ten", "not_a_number"),
    Fault("size", b"-10", "not_positive"),
    Fault("symbol", b"", "missing_field"),
    Fault("ts_event", b"noon", "bad_timestamp"),
    Fault("ts_event", b"0", "timestamp_too_old"),
    Fault("ts_event", b"%d" % (OPEN_US + 30 * DAY_US), "timestamp_in_future"),
    Fault("price", b"inf", "not_finite"),
    Fault("size", b"", "missing_field"),
    Fault("too_few", b"", "wrong_column_count"),
    Fault("venue", b"SYN-NS\xe9", "not_utf8"),
    Fault("price", b"12.34.5", "not_a_number"),
    Fault("ts_event", b"", "missing_field"),
    Fault("size", b"nan", "not_finite"),
)


def broken(fault: Fault, row: bytes, trade_id: int) -> bytes:
    """A copy of a good ``row`` under its own ``trade_id``, broken by ``fault``."""
    values = row.split(b",")
    values[FIELDS.index("trade_id")] = b"%d" % trade_id
    if fault.field == "too_many":
        return b",".join(values) + fault.text
    if fault.field == "too_few":
        return b",".join(values[:2])
    values[FIELDS.index(fault.field)] = fault.text
    return b",".join(values)
