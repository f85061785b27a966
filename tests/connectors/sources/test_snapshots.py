from math import sqrt

import pytest

from connectors.sources.errors import SourceError
from connectors.sources.snapshots import SnapshotFacts, parse_snapshot_facts

HEADER = "symbol,name,sector,price,change_1d_pct,change_7d_pct,volatility,market_cap_cr"


@pytest.mark.parametrize(
    ("unit", "annual"),
    [
        ("pct_annual", 0.24),
        ("fraction_annual", 24.0),
        ("pct_daily", 0.24 * sqrt(252)),
        ("fraction_daily", 24.0 * sqrt(252)),
    ],
)
def test_volatility_becomes_an_annual_fraction(write, inspect, unit, annual):
    path = write("s.csv", [HEADER, "TCS,Tata,IT,3500,1.2,-3.4,24,1266000"])
    source = inspect(path, "snapshots", as_of=1, volatility_unit=unit)
    facts = parse_snapshot_facts(source)["TCS"]
    assert facts == SnapshotFacts(1.2, -3.4, pytest.approx(annual))


def test_what_a_snapshot_does_not_say_is_none(write, inspect):
    source = inspect(write("s.csv", ["symbol,price", "TCS,3500"]), "snapshots", as_of=1)
    assert parse_snapshot_facts(source) == {"TCS": SnapshotFacts(None, None, None)}


def test_prices_without_a_time_are_one_clear_error(write, inspect):
    path = write("s.csv", [HEADER, "TCS,Tata,IT,3500,1.2,-3.4,24,1266000"])
    with pytest.raises(SourceError, match=r"s\.csv has no column for `ts_event` \(columns: symbol"):
        inspect(path, "snapshots")
