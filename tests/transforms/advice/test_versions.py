"""Versions of advice rows: what leaves is a pure function of the writes that were not undone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from transforms.advice.history import AdviceHistory, Key
from transforms.advice.rows import AdviceRow
from transforms.advice.versions import RowVersion, VersionKey

KEY: Key = (0, 0, "A", "")


def row(advice_id: str, state: str = "open") -> AdviceRow:
    lists = ("[]", "[]", "[]")
    return AdviceRow(
        advice_id, "p", "P01", "A", state, "warn", "", *lists, 1, "", "", "new_bar", ""
    )


def taken(history: AdviceHistory) -> tuple[dict[VersionKey, tuple[str, bool]], list[VersionKey]]:
    """State and removal of each version that has come or changed, and what has gone."""
    upserts, deletes = history.versions.take()
    found = {(one.row.advice_id, one.valid_from): (one.row.state, one.removed) for one in upserts}
    assert len(found) == len(upserts)
    return found, deletes


def test_every_write_is_a_version_from_its_instant_on() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    history.alter(2, KEY, row("a", "withheld"), "withheld")
    assert taken(history) == ({("a", 1): ("open", False), ("a", 2): ("withheld", False)}, [])
    history.close(3, KEY, row("a", "cleared"))
    assert taken(history) == ({("a", 3): ("cleared", False)}, [])
    assert taken(history) == ({}, [])


def test_a_status_row_that_ends_is_a_removal_that_says_how_it_stood() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("s", "not_evaluated"))
    history.drop(4, KEY, "new_bar")
    assert taken(history)[0][("s", 4)] == ("not_evaluated", True)


def test_several_writes_at_one_instant_are_one_version_the_last() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    history.alter(1, KEY, row("a", "withheld"), "withheld")
    history.close(1, KEY, row("a", "cleared"))
    assert taken(history) == ({("a", 1): ("cleared", False)}, [])
    history.back_to(0)
    assert taken(history) == ({}, [("a", 1)])


def test_what_is_undone_goes_and_what_is_written_again_as_before_leaves_no_trace() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    history.close(2, KEY, row("a", "cleared"))
    taken(history)
    history.back_to(1)
    history.close(2, KEY, row("a", "cleared"))
    assert taken(history) == ({}, [])
    history.back_to(1)
    history.close(3, KEY, row("a", "cleared"))
    assert taken(history) == ({("a", 3): ("cleared", False)}, [("a", 2)])
    history.back_to(None)
    assert taken(history) == ({}, [("a", 3), ("a", 1)])


def test_another_row_at_the_same_instant_is_a_changed_version() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    taken(history)
    history.back_to(0)
    history.open(1, KEY, replace(row("a"), sentence="revised"))
    upserts, deletes = history.versions.take()
    assert [(one.valid_from, one.row.sentence) for one in upserts] == [(1, "revised")]
    assert deletes == []


def test_what_came_and_went_between_two_looks_never_leaves() -> None:
    history = AdviceHistory()
    history.open(1, KEY, row("a"))
    history.back_to(0)
    assert taken(history) == ({}, [])


def test_forgetting_takes_no_version_back_and_shares_rows() -> None:
    history, opened = AdviceHistory(), row("a")
    history.open(1, KEY, opened)
    [version] = history.versions.take()[0]
    assert version.row is opened
    history.close(2, KEY, row("a", "cleared"))
    taken(history)
    history.forget(5)
    history.back_to(0)
    assert taken(history) == ({}, [])


class Model:
    """The same by brute force: all writes in a list, versions made of them from scratch."""

    def __init__(self) -> None:
        self.writes: list[tuple[int, AdviceRow, bool]] = []

    def standing(self) -> dict[str, AdviceRow]:
        found: dict[str, AdviceRow] = {}
        for _, written, removed in self.writes:
            found[written.advice_id] = written
            if removed:
                del found[written.advice_id]
        return found

    def versions(self) -> dict[VersionKey, RowVersion]:
        return {
            (written.advice_id, time): RowVersion(time, removed, written)
            for time, written, removed in self.writes
        }


moves = st.tuples(
    st.sampled_from(["write", "write", "write", "back", "take", "forget"]),
    st.integers(0, 5),
    st.integers(0, 3),
)


@given(st.lists(moves, max_size=60))
def test_changes_add_up_to_the_versions_of_the_writes_that_stand(
    steps: list[tuple[str, int, int]],
) -> None:
    history, model, held, now = AdviceHistory(), Model(), dict[VersionKey, RowVersion](), 0
    forgotten = -1

    def take() -> None:
        upserts, deletes = history.versions.take()
        for key in deletes:
            del held[key]
        for one in upserts:
            held[one.row.advice_id, one.valid_from] = one

    for kind, number, subject in steps:
        key: Key = (0, 0, str(subject), "")
        if kind == "write":
            whole = not history.versions._before  # an instant that was taken is over
            now += 1 if whole else number % 2  # several writes at one instant too
            write(history, model, now, key, number)
        elif kind == "back":
            now = max(now - number, forgotten, 0)
            history.back_to(now)
            model.writes = [one for one in model.writes if one[0] <= now]
        elif kind == "take":
            take()
            assert held == model.versions()
        else:
            take()
            forgotten = max(forgotten, now - number)
            history.forget(forgotten)
    take()
    assert held == model.versions()


def write(history: AdviceHistory, model: Model, now: int, key: Key, number: int) -> None:
    """Open what does not stand; alter, close or drop what does."""
    standing = history.standing(key)
    if standing is None:
        # The id follows from place and time, as in the book: written again it is the same row.
        opened = replace(row(f"{key[2]}@{now}"), sentence=str(number % 3))
        if opened.advice_id in model.standing():
            return
        history.open(now, key, opened)
        model.writes.append((now, opened, False))
        return
    current = model.standing()[standing.advice_id]
    changed = replace(current, state=("withheld", "cleared", "open")[number % 3])
    if number == 0:
        history.drop(now, key, "new_bar")
        model.writes.append((now, current, True))
    elif changed.state == "cleared":
        history.close(now, key, changed)
        model.writes.append((now, changed, False))
    else:
        history.alter(now, key, changed, "x")
        model.writes.append((now, changed, False))
