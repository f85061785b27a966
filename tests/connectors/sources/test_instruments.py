from connectors.sources.instruments import InstrumentRow, parse_instruments


def test_every_column_is_read(write, inspect):
    header = "symbol,name,sector,currency,asset_class,market_cap,lot_size,exchange"
    line = "TCS,Tata Consultancy,IT,INR,equity,1.3e13,25,NSE"
    parsed = parse_instruments(inspect(write("i.csv", [header, line]), "instruments"))
    assert parsed.rows == [
        InstrumentRow("TCS", "Tata Consultancy", "IT", "INR", "equity", 1.3e13, 25, "NSE")
    ]


def test_what_is_not_told_has_a_plain_default(write, inspect):
    path = write("i.csv", ["symbol,industry", "TCS,IT", "ABC,"])
    parsed = parse_instruments(inspect(path, "instruments"), currency="INR")
    assert parsed.rows == [
        InstrumentRow("ABC", "ABC", "", "INR", "equity", None, 1, ""),
        InstrumentRow("TCS", "TCS", "IT", "INR", "equity", None, 1, ""),
    ]
    assert parsed.rejects == []


def test_the_last_row_of_a_symbol_counts_and_wrong_rows_are_told(write, inspect):
    path = write("i.csv", ["symbol,sector,market_cap", "TCS,IT,1", "TCS,Tech,2", ",IT,3", "X,Y,z"])
    parsed = parse_instruments(inspect(path, "instruments"))
    assert [(row.sector, row.market_cap) for row in parsed.rows] == [("Tech", 2.0)]
    assert [(reject.position, reject.reason) for reject in parsed.rejects] == [
        (4, "missing_field"),
        (5, "not_a_number"),
    ]


def test_snapshots_describe_their_symbols_in_rupees(write, inspect):
    header = "symbol,name,sector,price,market_cap_cr"
    path = write("s.csv", [header, "TCS,Tata,IT,3500,1266000", "X,,,1,"])
    parsed = parse_instruments(inspect(path, "snapshots", as_of=1))
    assert parsed.rows == [
        InstrumentRow("TCS", "Tata", "IT", "INR", "equity", 1.266e13, 1, ""),
        InstrumentRow("X", "X", "", "INR", "equity", None, 1, ""),
    ]


def test_real_reference_lists_are_read(shared, inspect):
    reference = shared / "data/reference"
    nifty = inspect(
        reference / "nse_nifty100_sector_marketcap.csv",
        "instruments",
        "sector=nse_industry",
        "market_cap=market_cap_inr",
    )
    parsed = parse_instruments(nifty, currency="INR")
    assert len(parsed.rows) == 100
    assert parsed.rejects == []
    assert sum(row.sector == "" for row in parsed.rows) == 5
    sp500 = inspect(reference / "sp500_constituents_20260808.csv", "instruments")
    assert len(parse_instruments(sp500, currency="USD").rows) == 503


def test_an_empty_file_describes_nothing(inspect, tmp_path):
    (tmp_path / "i.csv").touch()
    parsed = parse_instruments(inspect(tmp_path / "i.csv", "instruments"))
    assert parsed.rows == []
    assert [reject.reason for reject in parsed.rejects] == ["empty_file"]
