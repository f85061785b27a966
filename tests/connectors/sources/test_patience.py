"""How something that is away is tried again."""

from datetime import timedelta

from connectors.sources.patience import Patience


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_pauses_double_up_to_five_seconds() -> None:
    patience, pauses = Patience(timedelta(minutes=1), Clock()), []
    for _ in range(9):
        patience.failed()
        pauses.append(patience.pause)
    longest = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert all(
        most / 2 <= pause <= most + 1e-9 for pause, most in zip(pauses, longest, strict=True)
    )


def test_it_ends_when_failures_go_on_for_too_long() -> None:
    clock = Clock()
    patience = Patience(timedelta(seconds=10), clock)
    patience.failed()
    clock.now += 10
    patience.failed()
    assert not patience.exhausted
    clock.now += 0.1
    assert patience.exhausted


def test_an_answer_makes_failures_count_anew() -> None:
    clock = Clock()
    patience = Patience(timedelta(seconds=10), clock)
    for _ in range(5):
        patience.failed()
    clock.now += 60
    patience.answered()
    assert (patience.exhausted, patience.pause) == (False, 0.0)
    patience.failed()
    assert patience.pause <= 0.1
    assert not patience.exhausted
