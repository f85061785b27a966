from transforms.portfolio.instruments import CAP_BANDS, InstrumentFacts, InstrumentTable


def test_sectors_are_numbered_as_they_come_and_the_unknown_one_is_zero() -> None:
    table = InstrumentTable()
    assert table.put("A", InstrumentFacts("Bank"))
    assert table.put("B", InstrumentFacts("Energy", "INR", 5))
    assert table.sector_numbers(["B", "X", "A"]).tolist() == [2, 0, 1]
    assert table.sectors == ["", "Bank", "Energy"]
    assert table.facts("X") == InstrumentFacts()


def test_putting_what_is_known_changes_nothing() -> None:
    table = InstrumentTable()
    table.put("A", InstrumentFacts("Bank"))
    assert not table.put("A", InstrumentFacts("Bank"))
    assert table.put("A", None)
    assert not table.put("A", None)
    assert table.sector_numbers(["A"]).tolist() == [0]


def test_asset_classes_are_numbered_like_sectors() -> None:
    table = InstrumentTable()
    table.put("A", InstrumentFacts(asset_class="equity"))
    table.put("INR", InstrumentFacts(asset_class="cash"))
    names = ["INR", "X", "A"]
    assert table.class_numbers(names).tolist() == [2, 0, 1]
    assert table.is_cash(names).tolist() == [True, False, False]
    assert (table.class_number("equity"), table.class_number("gold")) == (1, None)


def test_without_cash_nothing_is_cash() -> None:
    assert InstrumentTable().is_cash(["A", ""]).tolist() == [False, False]


def test_bands_of_market_value_go_by_rank() -> None:
    table = InstrumentTable()
    for number in range(1, 253):
        table.put(f"S{number:03}", InstrumentFacts(market_cap=1000.0 - number))
    names = ["S001", "S100", "S101", "S250", "S251", "S252", "WHO"]
    bands = [CAP_BANDS[number] for number in table.cap_bands(names)]
    assert bands == ["large", "large", "mid", "mid", "small", "small", ""]
    table.put("S001", None)  # all others move up
    assert CAP_BANDS[table.cap_bands(names)[4]] == "mid"


def test_ranks_pass_over_cash_and_what_has_no_value_and_ties_go_by_name() -> None:
    table = InstrumentTable()
    for number in range(100, 0, -1):
        table.put(f"S{number:03}", InstrumentFacts(market_cap=5.0))
    table.put("CASH", InstrumentFacts(market_cap=9.0, asset_class="cash"))
    table.put("NONE", InstrumentFacts(market_cap=0.0))
    assert set(table.cap_bands([f"S{number:03}" for number in range(1, 101)])) == {1}
    table.put("AAA", InstrumentFacts(market_cap=5.0))
    assert table.cap_bands(["AAA", "S099", "S100", "CASH", "NONE"]).tolist() == [1, 1, 2, 0, 0]
