import orjson
import pytest

from transforms.portfolio.documents import read_document


def lines(*entries: object) -> bytes:
    return orjson.dumps(list(entries))


def test_lines_keep_their_place_in_the_document() -> None:
    document = read_document("p", 3, 7, lines({"symbol": "A", "quantity": 2, "avg_cost": 5}))
    [line] = document.lines
    assert (document.portfolio_id, document.revision, document.ts_event) == ("p", 3, 7)
    assert (line.symbol, line.quantity, line.avg_cost, line.currency, line.position) == (
        "A", 2.0, 5.0, "", 1,
    )  # fmt: skip


def test_lines_of_one_symbol_add_up_at_their_average_cost() -> None:
    document = read_document("p", 0, 0, lines(
        {"symbol": "A", "quantity": 1, "avg_cost": 10},
        {"symbol": "B", "quantity": 1},
        {"symbol": "A", "quantity": 3, "avg_cost": 20, "currency": "INR"},
    ))  # fmt: skip
    first, second = document.lines
    assert (first.quantity, first.avg_cost, first.currency, first.position) == (4.0, 17.5, "INR", 1)
    assert second.avg_cost is None


def test_an_unknown_cost_makes_the_average_unknown() -> None:
    document = read_document("p", 0, 0, lines(
        {"symbol": "A", "quantity": 1, "avg_cost": 10}, {"symbol": "A", "quantity": 3},
    ))  # fmt: skip
    assert document.lines[0].avg_cost is None


def test_what_nets_to_nothing_is_not_held() -> None:
    document = read_document("p", 0, 0, lines(
        {"symbol": "A", "quantity": 1, "avg_cost": 1},
        {"symbol": "A", "quantity": -1, "avg_cost": 1},
        {"symbol": "B", "quantity": 0},
    ))  # fmt: skip
    assert document.lines == ()


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"quantity": 1}, "missing_field"),
        ({"symbol": "", "quantity": 1}, "missing_field"),
        ({"symbol": "A"}, "missing_field"),
        ({"symbol": "A", "quantity": None}, "missing_field"),
        ({"symbol": "A", "quantity": "many"}, "not_a_number"),
        ({"symbol": "A", "quantity": True}, "not_a_number"),
    ],
)
def test_a_bad_line_is_a_defect_and_the_others_count(entry: object, reason: str) -> None:
    document = read_document("p", 0, 0, lines({"symbol": "B", "quantity": 1}, entry))
    assert [line.symbol for line in document.lines] == ["B"]
    [defect] = document.defects
    assert (defect.position, defect.reason) == (2, reason)
    assert orjson.loads(defect.raw) == entry


@pytest.mark.parametrize("document", [b"{}", b"[1]", b"null"])
def test_what_is_no_list_of_lines_is_an_error(document: bytes) -> None:
    with pytest.raises(ValueError, match="holdings of `p` must be a JSON list"):
        read_document("p", 0, 0, document)


def test_a_target_weight_is_read_and_may_be_absent() -> None:
    document = read_document("p", 0, 0, lines(
        {"symbol": "A", "quantity": 1, "target_weight": 0.25},
        {"symbol": "B", "quantity": 1, "target_weight": None},
        {"symbol": "C", "quantity": 1},
    ))  # fmt: skip
    assert [line.target for line in document.lines] == [0.25, None, None]
    assert document.defects == ()


def test_a_target_of_what_is_not_owned_is_kept_and_one_of_nothing_is_not() -> None:
    document = read_document("p", 0, 0, lines(
        {"symbol": "A", "quantity": 0, "target_weight": 0.1},
        {"symbol": "B", "quantity": 0, "target_weight": 0},
        {"symbol": "C", "quantity": 0},
    ))  # fmt: skip
    assert [(line.symbol, line.quantity, line.target) for line in document.lines] == [
        ("A", 0.0, 0.1)
    ]


def test_the_first_target_of_a_symbol_counts() -> None:
    document = read_document("p", 0, 0, lines(
        {"symbol": "A", "quantity": 1},
        {"symbol": "A", "quantity": 1, "target_weight": 0.0},
        {"symbol": "A", "quantity": 1, "target_weight": 0.5},
    ))  # fmt: skip
    assert [(line.quantity, line.target) for line in document.lines] == [(3.0, 0.0)]


@pytest.mark.parametrize("target", [1.01, -0.1, 25, "0.1", True])
def test_a_target_that_is_no_weight_is_a_defect_and_the_line_counts(target: object) -> None:
    entry = {"symbol": "A", "quantity": 2, "target_weight": target}
    document = read_document("p", 0, 0, lines(entry))
    assert [(line.quantity, line.target) for line in document.lines] == [(2.0, None)]
    assert [(one.position, one.reason) for one in document.defects] == [(1, "not_a_weight")]
