import pytest

from connectors.sources.columns import (
    Mapped,
    check_mapping_used,
    parse_mapping,
    resolve_columns,
)
from connectors.sources.errors import SourceError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size=qty", ("size", Mapped("qty"))),
        ("ts_event=trade_ms:ms", ("ts_event", Mapped("trade_ms", "ms"))),
        (" ts_event = when:date ", ("ts_event", Mapped("when", "date"))),
        ("price=last:price", ("price", Mapped("last:price"))),
        ("price=a=b", ("price", Mapped("a=b"))),
    ],
)
def test_a_mapping_names_field_column_and_unit(text, expected):
    assert parse_mapping(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size", "is not FIELD=COLUMN"),
        ("=qty", "is not FIELD=COLUMN"),
        ("size=", "is not FIELD=COLUMN"),
        ("sise=qty", "no field `sise`"),
        ("price=last:ms", "`price` is not a time"),
    ],
)
def test_a_mapping_of_another_shape_is_one_clear_error(text, message):
    with pytest.raises(SourceError, match=message) as error:
        parse_mapping(text)
    assert "\n" not in str(error.value)


def test_a_field_is_found_by_its_own_name_before_any_other():
    found = resolve_columns(
        "t.csv", "trades", ["qty", "size", "ts", "ts_event", "symbol", "price"], {}
    )
    assert {field: at.column for field, at in found.items()} == {
        "symbol": "symbol",
        "ts_event": "ts_event",
        "price": "price",
        "size": "size",
    }


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("date", "date"),
        ("ts_utc", "iso"),
        ("event_time", "us"),
        ("timestamp", None),
        ("Time", None),
    ],
)
def test_well_known_names_of_times_are_recognised(column, unit):
    found = resolve_columns("t.csv", "trades", ["Symbol", column, "LTP", "Quantity"], {})
    assert found["ts_event"] == Mapped(column, unit)
    assert found["size"] == Mapped("Quantity")
    assert found["price"] == Mapped("LTP")


def test_the_mapping_comes_before_any_name():
    columns = ["symbol", "ts_event", "price", "size", "vwap"]
    found = resolve_columns("t.csv", "trades", columns, {"price": Mapped("vwap")})
    assert found["price"] == Mapped("vwap")


def test_a_mapping_meant_for_another_file_is_ignored():
    columns = ["portfolio_id", "symbol", "quantity"]
    mapping = {"price": Mapped("last"), "symbol": Mapped("ticker"), "currency": Mapped("ccy")}
    found = resolve_columns("h.csv", "holdings", columns, mapping)
    assert set(found) == {"portfolio_id", "symbol", "quantity"}


def test_a_mapping_that_no_file_used_is_an_error():
    used = [{"size": Mapped("qty")}, {}]
    check_mapping_used([("size", Mapped("qty"))], used)
    with pytest.raises(SourceError, match="--map size=amount: no file has a column `amount`"):
        check_mapping_used([("size", Mapped("amount"))], used)


def test_the_time_of_a_change_is_read_only_beside_its_diff():
    columns = ["symbol", "time", "open", "high", "low", "close", "volume"]
    assert "diff_time" not in resolve_columns("b.csv", "bars", columns, {})
    log = ["symbol", "bar_start", "open", "high", "low", "close", "volume", "diff", "time"]
    assert resolve_columns("b.csv", "bars", log, {})["diff_time"] == Mapped("time")


def test_two_columns_of_a_name_are_an_error_only_where_they_are_used():
    columns = ["symbol", "ts_event", "price", "size", "", ""]
    assert "price" in resolve_columns("t.csv", "trades", columns, {})
    with pytest.raises(SourceError, match="several columns called `price`"):
        resolve_columns("t.csv", "trades", [*columns, "price"], {})
