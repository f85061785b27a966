"""Reports on odd input: short histories, gaps, what does not move, what outgrows the numbers."""

from collections.abc import Callable

import numpy as np
import pytest

from transforms.portfolio.risk_report import NUMBERS, RiskReport

DAY = 86_400_000_000
NAN = np.nan
Report = Callable[..., RiskReport]
Walk = Callable[..., np.ndarray]
Sound = Callable[[RiskReport], None]


def test_fewer_sessions_than_needed_give_reasons_and_no_numbers(
    report: Report, walk: Walk, assert_sound: Sound
) -> None:
    closes = walk(100, 3)
    closes[:60, 1] = NAN
    found = report(closes, names=["OLD", "NEWCO", "OTHER"])
    text = "needs 60 sessions common to all holdings, has 39 (NEWCO since 1970-03-02)"
    assert found.reasons == dict.fromkeys((*NUMBERS, "contribution"), text)
    assert (found.n, found.first, found.last) == (39, 62 * DAY, 100 * DAY)
    assert np.isnan(found.contribution).all()
    assert found.parts["concentration"] == pytest.approx(65.0)
    assert found.parts["volatility"] is None
    assert_sound(found)


@pytest.mark.parametrize(("sessions", "told"), [(60, False), (61, True)])
def test_sixty_returns_are_enough(sessions: int, told: bool, report: Report, walk: Walk) -> None:
    assert (report(walk(sessions, 2)).volatility is not None) is told


def test_without_a_benchmark_there_is_neither_beta_nor_score(report: Report, walk: Walk) -> None:
    found = report(walk(100, 2))
    assert found.reasons == {
        **dict.fromkeys(("beta", "alpha", "r_squared", "tracking_error"), "no benchmark"),
        "score": "without beta",
    }
    assert found.parts["beta"] is None
    assert found.parts["volatility"] is not None


def test_beta_uses_only_sessions_that_the_benchmark_has_too(report: Report, walk: Walk) -> None:
    closes, market = walk(200, 2), walk(200, 1, seed=9)[:, 0]
    market[[50, 51, 120]] = NAN
    rows = np.delete(np.arange(200), [50, 51, 120])
    found, alone = report(closes, benchmark=market), report(closes[rows], benchmark=market[rows])
    for name in ("beta", "alpha", "r_squared", "tracking_error"):
        assert getattr(found, name) == getattr(alone, name)
    assert found.volatility == report(closes).volatility
    assert found.n == 199


def test_a_benchmark_that_is_too_short_is_said_so(
    report: Report, walk: Walk, assert_sound: Sound
) -> None:
    market = np.full(200, NAN)
    market[-50:] = walk(50, 1)[:, 0]
    found = report(walk(200, 2), benchmark=market)
    assert found.beta is None
    assert found.reasons["beta"] == (
        "needs 60 sessions common to the benchmark and all holdings, has 49"
    )
    assert_sound(found)
    market[-61:] = walk(61, 1)[:, 0]
    assert report(walk(200, 2), benchmark=market).beta is not None
    market[:] = NAN
    assert str(report(walk(200, 2), benchmark=market).reasons["beta"]).endswith("has 0")


def test_a_benchmark_beyond_belief_is_not_believed(
    report: Report, walk: Walk, assert_sound: Sound
) -> None:
    market = walk(200, 1)[:, 0]
    market[150:] *= 1e200
    found = report(walk(200, 2), benchmark=market)
    assert found.reasons["beta"] == "more than a millionfold between two sessions"
    assert_sound(found)


def test_cash_alone_does_not_move_and_is_no_error(
    report: Report, walk: Walk, assert_sound: Sound
) -> None:
    found = report(np.ones((80, 1)), benchmark=walk(80, 1)[:, 0])
    assert (found.volatility, found.var95, found.cvar95, found.max_drawdown) == (0, 0, 0, 0)
    assert found.beta == 0.0
    assert found.reasons["sharpe"] == found.reasons["contribution"] == "the portfolio does not move"
    assert found.score == pytest.approx(0.2 * 10 + 0.2 * 10 + 0.2 * 100 + 0.1 * 15)
    assert_sound(found)


def test_positions_that_cancel_out_leave_nothing_to_share(
    report: Report, walk: Walk, assert_sound: Sound
) -> None:
    one = walk(100, 1)
    found = report(np.hstack((one, one)), [0.5, -0.5])
    assert found.volatility == 0.0
    assert found.average_correlation == pytest.approx(1.0)
    assert_sound(found)


def test_a_short_position_that_multiplied_has_lost_everything(
    report: Report, assert_sound: Sound
) -> None:
    closes = np.ones((80, 1))
    closes[40:] = 3.0
    found = report(closes, [-1.0])
    assert (found.max_drawdown, found.drawdown) == (1.0, 1.0)
    assert_sound(found)


def test_growth_beyond_all_numbers_has_a_reason(report: Report, assert_sound: Sound) -> None:
    closes = np.geomspace(1e-300, 1e300, 120)[:, None] * np.ones(2)
    found = report(closes, [-0.5, -0.5])
    assert_sound(found)
    closes = np.concatenate((closes, closes[:1] * 1e4))
    assert_sound(report(closes))


def test_nothing_held_is_no_error(report: Report) -> None:
    found = report(np.empty((100, 0)), [])
    assert set(found.reasons.values()) == {"nothing is held"}
    assert len(found.contribution) == len(found.days_to_liquidate) == 0


def test_no_sessions_are_no_error(report: Report, assert_sound: Sound) -> None:
    found = report(np.empty((0, 2)))
    assert found.reasons["volatility"] == "needs 60 sessions common to all holdings, has 0"
    assert_sound(found)


def test_illiquid_positions_are_named(report: Report, walk: Walk, assert_sound: Sound) -> None:
    volume = np.full((80, 2), 1000.0)
    volume[:, 1] = NAN
    found = report(walk(80, 2), volume=volume)
    assert found.days_to_liquidate[0] == pytest.approx(1.0)
    assert found.reasons["days_to_liquidate"] == "needs 20 sessions with volume: S01"
    assert_sound(found)


@pytest.mark.parametrize(("minimum", "window"), [(1, 252), (61, 60)])
def test_impossible_terms_are_refused(
    minimum: int, window: int, report: Report, walk: Walk
) -> None:
    with pytest.raises(ValueError, match="`minimum` must be from 2 to `window`"):
        report(walk(80, 2), minimum=minimum, window=window)
