from transforms.portfolio.instruments import InstrumentFacts, InstrumentTable


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
