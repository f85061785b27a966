import pytest

from connectors.sources.backfill_tries import Persistence, Tries


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_pauses_double_up_to_the_longest_and_the_last_try_is_told() -> None:
    clock = Clock()
    tries = Tries(Persistence(tries=4, first_pause=1.0, longest_pause=3.0), clock)
    assert tries.pause == 0.0
    found = []
    for _ in range(5):
        last = tries.failed()
        found.append((tries.pause, last))
        clock.now += tries.pause
    assert found == [(1.0, False), (2.0, False), (3.0, False), (3.0, True), (1.0, False)]
    assert tries.pause == 0.0


@pytest.mark.parametrize(("in_part", "pause"), [(True, 1.0), (False, 0.0)])
def test_what_comes_ends_the_row_of_failures(in_part: bool, pause: float) -> None:
    clock = Clock()
    tries = Tries(Persistence(tries=2, first_pause=1.0), clock)
    assert not tries.failed()
    clock.now += 1.0
    tries.succeeded(in_part=in_part)
    assert tries.pause == pause
    assert not tries.failed()
