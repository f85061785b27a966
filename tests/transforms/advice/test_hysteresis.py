import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.advice.hysteresis import LEVEL, UNKNOWN, WITHHELD, Verdict, advance, changed

ONE = st.fixed_dictionaries(
    {
        "fires": st.integers(0, 2),
        "holds": st.booleans(),
        "unknown": st.booleans(),
        "withheld": st.booleans(),
        "exists": st.sampled_from([True, True, True, False]),
        "counts": st.booleans(),
    }
)


def verdict(steps: list[dict[str, int]], *, exclusive: bool = False) -> Verdict:
    def flags(name: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        return np.array([bool(step.get(name, False)) for step in steps])

    fires = np.array([step["fires"] for step in steps], np.uint8)
    return Verdict(
        fires=fires,
        holds=flags("holds"),
        unknown=flags("unknown"),
        short=np.zeros(len(steps), np.bool_),
        withheld=flags("withheld"),
        exists=flags("exists"),
        counts=flags("counts"),
        exclusive=exclusive,
    )


def plain(level: int, count: int, step: dict[str, int], after: int) -> tuple[int, int]:
    """The law in plain words, for one subject."""
    if not step["exists"]:
        return 0, 0
    if step["unknown"] or step["withheld"]:
        return level, 0
    if step["fires"] > level:
        return step["fires"], 0
    if level == 0 or step["holds"]:
        return level, 0
    count += step["counts"]
    return (step["fires"], 0) if count >= after else (level, count)


@given(st.lists(ONE, max_size=30), st.integers(1, 4))
def test_memory_follows_the_law_whatever_comes(steps: list[dict[str, int]], after: int) -> None:
    memory, level, count = np.zeros(1, np.uint16), 0, 0
    for step in steps:
        memory = advance(memory, verdict([step]), after)
        level, count = plain(level, count, step, after)
        assert (int(memory[0]) & LEVEL, int(memory[0]) >> 5) == (level, count)
        assert bool(memory[0] & UNKNOWN) == (step["exists"] and step["unknown"])


@given(st.lists(st.lists(ONE, min_size=3, max_size=3), max_size=12))
def test_subjects_do_not_influence_each_other(rounds: list[list[dict[str, int]]]) -> None:
    together = np.zeros(3, np.uint16)
    apart = [np.zeros(1, np.uint16) for _ in range(3)]
    for steps in rounds:
        together = advance(together, verdict(steps), 2)
        apart = [advance(one, verdict([step]), 2) for one, step in zip(apart, steps, strict=True)]
        assert together.tolist() == [int(one[0]) for one in apart]


def test_memory_that_does_not_change_is_the_same_object() -> None:
    memory = np.array([1], np.uint16)
    step = {"fires": 1, "holds": True, "exists": True, "counts": True}
    assert advance(memory, verdict([step]), 2) is memory
    assert len(changed(memory, memory)) == 0


def test_alternatives_replace_each_other_in_both_directions() -> None:
    first = {"fires": 1, "holds": False, "exists": True, "counts": True}
    memory = advance(np.array([2], np.uint16), verdict([first], exclusive=True), 9)
    assert memory.tolist() == [1]


def test_counting_alone_changes_no_row() -> None:
    step = {"fires": 0, "holds": False, "exists": True, "counts": True}
    before = np.array([1], np.uint16)
    after = advance(before, verdict([step]), 5)
    assert after.tolist() != before.tolist()
    assert len(changed(before, after)) == 0
    assert len(changed(before, before | WITHHELD)) == 1
