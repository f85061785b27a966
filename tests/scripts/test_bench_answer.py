"""What the clients of the benchmark count, and how rates are compared."""

import json

import pytest

from scripts.bench_answer import Calls, billed, neighbours_ratio
from scripts.bench_peers.callers import NotAnswered, Tally, request_of, whole_length


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\ncontent-length: %d\r\nx-a: b\r\n\r\n%b" % (status, len(body), body)


def advice(*event_ids: str, generations: int = 2) -> bytes:
    usage = {
        "event_ids": event_ids,
        "portfolio_analysis": 1,
        "advice_generation": generations,
    }
    return answer(json.dumps({"advice": [], "usage": usage}, separators=(",", ":")).encode())


def calls(rate: float, *, answers: int = 3, analyses: int = 3) -> Calls:
    return Calls(rate, 1.0, 2.0, answers, analyses, 2 * analyses, 0.1)


def test_a_request_names_its_host_path_and_key() -> None:
    head = b"POST /v1/a HTTP/1.1\r\nhost: 127.0.0.1:80\r\nx-api-key: k\r\ncontent-length: 0\r\n\r\n"
    assert request_of("http://127.0.0.1:80/v1/a", "k") == head


def test_an_answer_is_whole_when_its_body_has_come() -> None:
    whole = answer(b"four")
    assert whole_length(whole) == len(whole)
    assert whole_length(whole[:-2]) == len(whole)
    assert whole_length(whole[:20]) is None


@pytest.mark.parametrize("wrong", [answer(b"{}", b"503 X"), b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n"])
def test_anything_but_a_whole_200_is_a_failure(wrong: bytes) -> None:
    with pytest.raises(NotAnswered):
        whole_length(wrong)


def test_units_are_those_that_the_answers_name() -> None:
    tally = Tally()
    tally.bill(advice("a", "b"))
    tally.bill(advice("c", generations=5))
    tally.bill(answer(b'{"ok":true}'))
    assert (tally.analyses, tally.generations, tally.events) == (2, 7, {"a", "b", "c"})


@pytest.mark.parametrize("ids", [(), ("a",), ("b", "b")])
def test_an_answer_without_events_of_its_own_is_a_failure(ids: tuple[str, ...]) -> None:
    tally = Tally()
    tally.bill(advice("a"))
    with pytest.raises(NotAnswered):
        tally.bill(advice(*ids))


def test_usage_is_the_first_answer_and_all_that_were_measured() -> None:
    first = {"portfolio_analysis": 1, "advice_generation": 4}
    wanted = {"portfolio_analysis": 7, "advice_generation": 16}
    assert billed(first, [calls(1.0), calls(2.0)]) == wanted


def test_an_answer_that_was_not_billed_stops_the_benchmark() -> None:
    with pytest.raises(SystemExit):
        billed({"portfolio_analysis": 1, "advice_generation": 0}, [calls(1.0, analyses=2)])


def test_rates_are_compared_with_those_beside_them() -> None:
    ours, theirs = [calls(10.0), calls(1.0), calls(6.0)], [calls(20.0), calls(1.0), calls(10.0)]
    assert neighbours_ratio(ours, theirs) == 0.6
