from dataclasses import replace

from transforms.advice.history import AdviceHistory, Key
from transforms.advice.rows import AdviceRow

KEY: Key = (0, 0, "A", "")


def row(advice_id: str, state: str = "open") -> AdviceRow:
    lists = ("[]", "[]", "[]")
    return AdviceRow(
        advice_id, "p", "P01", "A", state, "warn", "", *lists, 1, "", "", "new_bar", ""
    )


def words(history: AdviceHistory) -> list[tuple[str, str]]:
    return [(change.row.advice_id, change.change) for change in history.take()[2]]


def test_only_the_net_difference_leaves() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    history.close(2, KEY, row("a", "cleared"))
    upserts, deletes, log = history.take()
    assert [(one.advice_id, one.state) for one in upserts] == [("a", "cleared")]
    assert deletes == []
    assert [change.change for change in log] == ["opened", "cleared"]
    assert history.take() == ([], [], [])


def test_writing_the_same_again_after_going_back_leaves_no_trace() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    history.take()
    history.back_to(0)
    assert history.standing(KEY) is None
    history.open(1, KEY, row("a"))
    history.caught_up("late_bar")
    assert history.take() == ([], [], [])


def test_what_a_revision_takes_back_is_withdrawn_and_what_it_adds_is_opened() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    history.take()
    history.back_to(None)
    history.open(2, KEY, row("b"))
    history.caught_up("correction")
    upserts, deletes, log = history.take()
    assert ([one.advice_id for one in upserts], [one.advice_id for one in deletes]) == (
        ["b"],
        ["a"],
    )
    assert {(one.row.advice_id, one.change, one.cause) for one in log} == {
        ("a", "withdrawn", "correction"),
        ("b", "opened", "correction"),
    }


def test_a_revision_may_clear_reopen_or_hold_a_row() -> None:
    for state, word in (("cleared", "cleared"), ("withheld", "withheld")):
        history = AdviceHistory()
        history.open(1, KEY, row("a"))
        history.take()
        history.back_to(1)
        history.alter(2, KEY, row("a", state), "x")
        history.caught_up("late_bar")
        assert words(history) == [("a", word)]
        history.back_to(1)
        history.caught_up("late_bar")
        assert words(history) == [("a", "resumed" if state == "withheld" else "revised")]


def test_what_opens_and_clears_within_a_revision_is_logged_twice() -> None:
    history = AdviceHistory()
    history.back_to(0)
    history.open(1, KEY, row("a"))
    history.close(2, KEY, row("a", "cleared"))
    history.caught_up("late_bar")
    assert words(history) == [("a", "opened"), ("a", "cleared")]


def test_a_status_row_that_ends_is_removed() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a", "not_evaluated"))
    history.take()
    history.drop(2, KEY, "new_bar")
    _, deletes, log = history.take()
    assert [one.advice_id for one in deletes] == ["a"]
    assert [change.change for change in log] == ["cleared"]


def test_forgetting_keeps_what_is_open_and_removes_nothing_that_was_handed_out() -> None:
    history, other = AdviceHistory(), (0, 0, "B", "")
    history.open(1, KEY, row("a"))
    history.open(1, other, replace(row("b"), subject="B"))
    history.close(2, KEY, row("a", "cleared"))
    history.take()
    history.forget(5)
    assert history.take() == ([], [], [])
    assert history.standing(other) is not None
    history.back_to(0)
    assert history.standing(other) is not None  # too old to be undone
