"""Old versions go; no answer within retention changes by it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import connectors.sinks.version_rows as version_rows
from connectors.sinks.keyed_rows import KeyedRows
from connectors.sinks.version_rows import DAY, VersionRows
from serving.past import reconstructed

HOUR = DAY // 24
RETENTION = 6 * HOUR


def version(advice_id: str, hour: int, state: str, *, removed: bool = False, as_of: int) -> Any:
    return {
        "advice_id": advice_id,
        "valid_from": hour * HOUR,
        "removed": removed,
        "portfolio_id": "p",
        "rule_id": "P01",
        "subject": "A",
        "state": state,
        "severity": "warn",
        "evidence": [],
        "as_of": as_of * HOUR,
        "disclaimer_id": "d",
    }


def put(kept: KeyedRows, row: Any) -> bool:
    return kept.put((row["valid_from"], row["advice_id"]), row["portfolio_id"], row)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["open", "open", "withheld", "cleared", "removed"]),
            st.integers(0, 9),
        ),
        max_size=120,
    ),
    st.integers(1, 16),
)
def test_answers_within_retention_are_those_of_all_versions(
    steps: list[tuple[int, str, int]], few: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(version_rows, "FEW", few)
        pruned, whole = VersionRows(RETENTION), KeyedRows()
        hour, opened, serial = 0, dict[int, tuple[str, int]](), 0
        for passed, state, subject in steps:
            hour += passed
            if subject not in opened:
                serial += 1
                opened[subject] = (f"{subject}-{serial}", hour)
            advice_id, since = opened[subject]
            gone = state == "removed"
            row = version(advice_id, hour, "open" if gone else state, removed=gone, as_of=since)
            assert put(pruned, row) == put(whole, row)
            if state in ("cleared", "removed"):
                del opened[subject]
        for back in range(RETENTION // HOUR + 1):
            time = (hour - back) * HOUR
            found, expected = (
                reconstructed("p", time, rows.rows("p"), {}) for rows in (pruned, whole)
            )
            assert found.content == expected.content


def test_what_is_out_of_reach_is_dropped_and_what_stands_stays() -> None:
    kept = VersionRows(RETENTION)
    put(kept, version("old", 0, "open", as_of=0))
    put(kept, version("gone", 0, "not_evaluated", as_of=0))
    put(kept, version("gone", 1, "not_evaluated", removed=True, as_of=0))
    for hour in range(2, 400):
        put(kept, version(f"c{hour}", hour, "open", as_of=hour))
        put(kept, version(f"c{hour}", hour, "cleared", as_of=hour))
    assert len(kept) <= 2 * version_rows.FEW
    assert kept.get((0, "old")) is not None
    assert kept.get((1, "gone")) is None


def test_versions_that_were_tidied_up_may_be_taken_back() -> None:
    kept = VersionRows(RETENTION)
    for hour in range(200):
        put(kept, version("a", hour, ("open", "withheld")[hour % 2], as_of=0))
    assert kept.get((0, "a")) is None
    assert kept.drop((0, "a")) is None
    assert kept.drop((199 * HOUR, "a")) is not None
    assert kept.rows("p")[-1]["valid_from"] == 198 * HOUR
