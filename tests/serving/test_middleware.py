import pytest

from tests.serving.fakes import ALICE, Stage


def test_every_answer_has_an_id_of_its_own(stage: Stage) -> None:
    found = [stage.client.get(path).headers["X-Request-Id"] for path in ("/healthz", "/", "/no")]
    assert len(set(found)) == 3
    assert all(len(name) == 32 for name in found)


def test_a_sane_id_of_the_caller_is_kept(stage: Stage) -> None:
    answer = stage.client.get("/v1/quotes", headers={**ALICE, "X-Request-Id": "trace-1:2.3_4"})
    assert answer.headers["X-Request-Id"] == "trace-1:2.3_4"
    assert answer.headers.get_list("X-Request-Id") == ["trace-1:2.3_4"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\tb", "<script>"])
def test_any_other_id_is_replaced(stage: Stage, given: str) -> None:
    answer = stage.client.get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given
    assert len(answer.headers["X-Request-Id"]) == 32


def test_an_error_has_the_id_once(stage: Stage) -> None:
    answer = stage.client.get("/v1/quotes")
    assert answer.headers.get_list("X-Request-Id") == [answer.json()["request_id"]]
