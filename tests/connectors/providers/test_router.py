import asyncio
import threading
from collections.abc import Callable, Iterator
from math import nan
from pathlib import Path
from typing import Any

import pytest
from openfeature import api

from connectors.providers.ab import Split
from connectors.providers.budget import USD, Price
from connectors.providers.cache import Cache
from connectors.providers.router import NoAnswer, Router
from connectors.providers.spec import Fatal, Retryable, UnknownSymbol
from tests.connectors.providers.routing_fakes import Desk, spec

MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[MakeDesk]:
    desks: list[Desk] = []

    def make(**changed: Any) -> Desk:
        desks.append(Desk(tmp_path, **changed))
        for name in ("a", "b", "c"):
            desks[-1].fetcher.prices[name] = {"TCS": 100.0, "INFY": 50.0}
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()
    api.shutdown()


def providers(desk: Desk, *symbols: str) -> list[str]:
    found = desk.router.ask("quote", symbols or ["TCS"]).found
    return [answer.provider for answer in found.values()]


def test_the_preferred_provider_answers_and_no_other_is_asked(make_desk: MakeDesk) -> None:
    desk = make_desk()
    answers = desk.router.ask("quote", ["TCS", "INFY"])
    assert [(one.provider, one.received) for one in answers.found.values()] == [
        ("a", desk.clock.now)
    ] * 2
    assert desk.fetcher.asked == [("a", "quote", ("TCS", "INFY"))]
    assert not answers.stale
    assert not answers.missing


def test_the_next_one_is_asked_about_what_the_first_does_not_have(make_desk: MakeDesk) -> None:
    desk = make_desk()
    del desk.fetcher.prices["a"]["INFY"]
    assert providers(desk, "TCS", "INFY") == ["a", "b"]
    assert desk.fetcher.calls("b") == [("INFY",)]


@pytest.mark.parametrize("fault", [Retryable("timed out"), Fatal("HTTP 403"), UnknownSymbol("?")])
def test_the_next_one_answers_when_one_fails(make_desk: MakeDesk, fault: Exception) -> None:
    desk = make_desk()
    desk.fetcher.faults["a"] = [fault]
    assert providers(desk) == ["b"]


def test_why_nobody_answered_is_one_line_provider_by_provider(make_desk: MakeDesk) -> None:
    names = ("off", "old", "news", "poor", "limited", "down", "nobody")
    desk = make_desk(
        order=names,
        specs=[
            spec("off"),
            spec("old", retired="shut down in 2024"),
            spec("news", "news"),
            spec("poor"),
            spec("limited"),
            spec("down"),
        ],
        flags={"off": False},
        prices={"poor": Price(2 * USD, USD)},
    )
    desk.fetcher.faults["limited"] = [Retryable("HTTP 429", 60.0)]
    desk.fetcher.faults["down"] = [Retryable("cut\nin two " + "x" * 300) for _ in range(2)]
    with pytest.raises(NoAnswer):
        desk.router.ask("quote", ["TCS"])
    with pytest.raises(NoAnswer) as refused:
        desk.router.ask("quote", ["TCS"])
    line = str(refused.value)
    assert "\n" not in line
    *reasons, down, nobody = line.removeprefix("quote: ").split("; ")
    assert reasons == [
        "off: switched off by its flag",
        "old: retired: shut down in 2024",
        "news: has no quote",
        "poor: out of budget: 1.00 USD a month do not allow 2.00 USD",
        "limited: breaker open for 60 s",
    ]
    assert down.startswith("down: cut in two xxx")
    assert len(down) < 180
    assert nobody == "nobody: there is no such provider"
    assert [name for name, _, _ in desk.fetcher.asked] == ["limited", "down", "down"]


def test_what_is_not_routed_is_said_so(make_desk: MakeDesk) -> None:
    with pytest.raises(NoAnswer, match="news: no provider is configured"):
        make_desk().router.ask("news", ["TCS"])


def test_a_symbol_nobody_knows_is_remembered_as_such(make_desk: MakeDesk) -> None:
    desk = make_desk()
    for _ in range(3):
        answers = desk.router.ask("quote", ["NONE"])
        assert answers.found["NONE"].observations == ()
        assert answers.found["NONE"].provider == ""
    assert len(desk.fetcher.asked) == 3  # a, b and c, once


def test_a_symbol_is_not_unknown_while_somebody_who_may_know_it_fails(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.fetcher.prices["c"]["NEW"] = 7.0
    desk.fetcher.faults["c"] = [Retryable("timed out")]
    answers = desk.router.ask("quote", ["TCS", "NEW"])
    assert answers.missing == {"NEW": "quote: a: not known there; b: not known there; c: timed out"}
    assert desk.router.ask("quote", ["NEW"]).found["NEW"].provider == "c"


def test_a_price_that_is_none_is_no_answer(make_desk: MakeDesk) -> None:
    desk = make_desk(order=("a", "b"))
    desk.fetcher.prices["a"] = {"TCS": nan, "INFY": 50.0, "NEW": 0.0}
    del desk.fetcher.prices["b"]["TCS"]
    answers = desk.router.ask("quote", ["TCS", "INFY", "NEW"])
    assert answers.found["INFY"].provider == "a"
    assert answers.missing == {
        symbol: "quote: a: gave no value; b: not known there" for symbol in ("TCS", "NEW")
    }


def test_an_open_breaker_is_probed_with_one_call(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.fetcher.faults["a"] = [Retryable("down")] * 4
    for n in range(5):
        desk.fetcher.prices["b"][f"S{n}"] = 1.0
        assert providers(desk, f"S{n}") == ["b"]
    assert len(desk.fetcher.calls("a")) == 3
    desk.clock.move(30)
    desk.fetcher.prices["b"]["S9"] = 1.0
    assert providers(desk, "S9") == ["b"]
    assert len(desk.fetcher.calls("a")) == 4
    desk.clock.move(60)
    assert providers(desk, "TCS") == ["a"]
    assert desk.breakers["a"].state == "closed"


def test_a_probe_that_is_not_sent_decides_nothing(make_desk: MakeDesk) -> None:
    desk = make_desk(prices={"a": Price(USD, USD)})
    desk.fetcher.faults["a"] = [Retryable("HTTP 429", 10.0)]
    assert providers(desk) == ["b"]
    desk.clock.move(1000)
    assert providers(desk) == ["b"]  # out of budget by now
    assert desk.breakers["a"].state == "half_open"
    assert desk.breakers["a"].wait == 0


def test_a_fault_of_ours_does_not_block_the_provider(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.fetcher.faults["a"] = [Retryable("down")] * 3 + [ZeroDivisionError()]
    desk.fetcher.prices["b"] = dict.fromkeys(("X", "Y", "Z"), 1.0)
    assert [providers(desk, symbol) for symbol in ("X", "Y", "Z")] == [["b"]] * 3
    assert desk.breakers["a"].state == "open"
    desk.clock.move(30)
    with pytest.raises(ZeroDivisionError):
        desk.router.ask("quote", ["TCS"])
    assert providers(desk) == ["a"]


def test_answers_are_cached_for_their_time_and_given_stale_when_nobody_answers(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk()
    first = desk.router.ask("quote", ["TCS"]).found
    desk.clock.move(899)
    assert desk.router.ask("quote", ["TCS"]).found == first
    assert len(desk.fetcher.asked) == 1
    for name in ("a", "b", "c"):
        desk.fetcher.faults[name] = [Retryable("down", 5.0)]
    desk.clock.move(1)
    old = desk.router.ask("quote", ["TCS"])
    assert old.found == first
    assert old.stale == {"TCS"}
    desk.clock.move(5)
    assert desk.router.ask("quote", ["TCS"]).stale == frozenset()


def test_a_low_budget_asks_cheaper_ones_first_and_a_spent_one_is_not_asked(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk(prices={"a": Price(USD, 5 * USD), "b": Price(USD // 10)})
    answered = []
    for n in range(8):
        for name in "abc":
            desk.fetcher.prices[name][f"S{n}"] = 1.0
        answered += providers(desk, f"S{n}")
    assert answered == ["a"] * 4 + ["b"] * 4
    for name in "bc":
        desk.fetcher.faults[name] = [Retryable("down", 60.0)]
    desk.fetcher.prices["a"]["LAST"] = 1.0
    assert providers(desk, "LAST") == ["a"]
    with pytest.raises(NoAnswer, match="a: out of budget"):
        desk.router.ask("quote", ["MORE"])
    assert desk.file.spent("2026-11") == {"a": 5 * USD, "b": 500_000}


def test_free_providers_answer_when_costs_cannot_be_written(make_desk: MakeDesk) -> None:
    desk = make_desk(prices={"a": Price(USD, 5 * USD)})
    desk.file.close()
    assert providers(desk) == ["b"]


def test_an_arm_is_asked_before_the_preferred_order_and_falls_back_to_it(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk(split=Split("quote", {"b": 50, "c": 50}))
    assert desk.router.ask("quote", ["TCS"], account="acme").found["TCS"].provider in "bc"
    arms = {symbol: desk.split.arm(symbol) for symbol in ("TCS", "INFY")}  # type: ignore[union-attr]
    assert providers(desk, "TCS", "INFY") == list(arms.values())
    desk.clock.move(900)
    desk.fetcher.faults[arms["TCS"]] = [Retryable("down")]
    assert providers(desk, "TCS") == ["a"]


def test_an_account_keeps_its_arm_for_every_symbol(make_desk: MakeDesk) -> None:
    desk = make_desk(split=Split("quote", {"a": 50, "b": 50}))
    for n in range(40):
        for name in "ab":
            desk.fetcher.prices[name][f"S{n}"] = 1.0
    symbols = [f"S{n}" for n in range(40)]
    for account in ("acme", "bob", "carol", "dave"):
        found = desk.router.ask("quote", symbols, account=account).found
        assert len({one.provider for one in found.values()}) == 1
    by_symbol = desk.router.ask("quote", symbols).found
    assert {one.provider for one in by_symbol.values()} == {"a", "b"}


def test_arms_are_compared_beside_the_answer(make_desk: MakeDesk) -> None:
    desk = make_desk(split=Split("quote", {"a": 100, "b": 1}, sample=1.0))
    desk.fetcher.prices["b"] = {"TCS": 101.0, "INFY": 50.0}
    symbols = [one for one in ("TCS", "INFY") if desk.split.arm(one) == "a"]  # type: ignore[union-attr]
    assert symbols == ["TCS", "INFY"]
    assert providers(desk, *symbols) == ["a", "a"]
    [main, beside] = desk.calls
    assert (main.provider, main.arm, main.compared) == ("a", "a", 0)
    assert (beside.provider, beside.arm) == ("b", "a")
    assert (beside.compared, beside.disagreement_bps) == (2, 100)


def test_what_a_fallback_answers_is_not_compared(make_desk: MakeDesk) -> None:
    desk = make_desk(order=("b", "c"), split=Split("quote", {"a": 100, "b": 1}, sample=1.0))
    desk.fetcher.faults["a"] = [Retryable("down")]
    assert providers(desk) == ["b"]
    assert [name for name, _, _ in desk.fetcher.asked] == ["a", "b"]


def test_a_comparison_that_fails_is_a_call_and_nothing_else(make_desk: MakeDesk) -> None:
    desk = make_desk(split=Split("quote", {"a": 100, "b": 1}, sample=1.0))
    desk.fetcher.faults["b"] = [Retryable("down")]
    assert providers(desk) == ["a"]
    assert [(one.provider, one.outcome, one.compared) for one in desk.calls] == [
        ("a", "ok", 0),
        ("b", "retryable", 0),
    ]


def test_every_call_is_reported_with_cost_latency_and_age(make_desk: MakeDesk) -> None:
    desk = make_desk(prices={"a": Price(2_000)})
    desk.router.ask("quote", ["TCS", "INFY"])
    [call] = desk.calls
    assert (call.capability, call.provider, call.arm, call.outcome) == ("quote", "a", "", "ok")
    assert (call.ts_started, call.latency_us, call.bytes) == (desk.clock.now, 1_500, 80)
    assert (call.symbols, call.cost_micros) == (2, 2_000)
    assert (call.aged, call.age_us, call.max_age_us) == (2, 4_000_000, 2_000_000)


def test_hits_are_reported_together_once_a_second(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.router.ask("quote", ["TCS", "INFY"])
    for _ in range(10):
        desk.router.ask("quote", ["TCS", "INFY"])
    desk.clock.move(1)
    desk.router.ask("quote", ["TCS"])
    rows = [one for one in desk.calls if one.outcome == "cached"]
    assert [(one.provider, one.hits, one.symbols) for one in rows] == [("a", 2, 0), ("a", 19, 0)]


def test_threads_and_tasks_that_ask_the_same_cause_one_call(make_desk: MakeDesk) -> None:
    desk = make_desk()
    start, found = threading.Barrier(50), list[float]()

    def ask() -> None:
        start.wait(10)
        [quote] = desk.router.ask("quote", ["TCS"]).found["TCS"].observations
        found.append(quote.price)  # type: ignore[union-attr]

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == [100.0] * 50
    asyncio.run(desk.router.ask_async("quote", ["TCS"]))
    assert desk.fetcher.asked == [("a", "quote", ("TCS",))]


def test_a_capability_without_a_cache_is_refused(make_desk: MakeDesk) -> None:
    desk = make_desk()
    with pytest.raises(ValueError, match="must have bars, news"):
        Router(
            desk.router.asker,
            {"news": ["a"], "bars": ["a"], "quote": ["a"]},
            caches={"quote": Cache()},
            clock=desk.clock.micros,
        )


def test_fifty_symbols_asked_for_an_hour_are_nine_in_ten_from_the_cache(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk()
    symbols = [f"S{n}" for n in range(50)]
    desk.fetcher.prices["a"] = dict.fromkeys(symbols, 1.0)
    for _ in range(3600 // 5):
        desk.router.ask("quote", symbols)
        desk.clock.move(5)
    assert len(desk.fetcher.asked) == 4
    assert desk.router.counts["quote"].hit_rate == pytest.approx(1 - 4 / 720)
