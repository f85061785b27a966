from transforms.market_delta import CorporateAction
from transforms.portfolio.actions import ActionTable

SPLIT = CorporateAction("A", "split", 100, 2, 1)
BONUS = CorporateAction("A", "bonus", 200, 3, 2)


def test_units_of_an_earlier_document_are_scaled_by_every_later_action() -> None:
    table = ActionTable()
    assert table.put(BONUS)
    assert table.put(SPLIT)
    assert [table.factor("A", since) for since in (50, 100, 199, 200)] == [3.0, 1.5, 1.5, 1.0]
    assert table.factor("B", 50) == 1.0


def test_a_document_without_a_time_is_in_present_units() -> None:
    table = ActionTable()
    table.put(SPLIT)
    assert table.factor("A", 0) == 1.0


def test_an_action_can_be_taken_back() -> None:
    table = ActionTable()
    assert table.put(SPLIT)
    assert not table.put(SPLIT)
    gone = CorporateAction("A", "split", 100, 0, 1)
    assert table.put(gone)
    assert not table.put(gone)
    assert table.factor("A", 50) == 1.0
