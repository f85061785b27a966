"""Names of events."""

from serving.metering.event_ids import fresh_ids, id_of_delivery, id_of_reversal, ids_of_request


def test_the_same_request_has_the_same_ids_on_every_machine() -> None:
    ids = ids_of_request("acct", "r", "k", ["m", "n", "n"])
    assert ids == ids_of_request("acct", "r", "k", ["m", "n", "n"])
    assert ids[0] == "1cf21c86-eea9-580a-ac27-981b520bc3e7"


def test_whatever_differs_makes_another_id() -> None:
    requests = [
        ids_of_request("acct", "r", "k", ["m", "n", "n"]),
        ids_of_request("acc", "tr", "k", ["m"]),
        ids_of_request("acct", "rk", "", ["m"]),
        ids_of_request("acct", "r", "k", ["n"]),
        [id_of_delivery("acct", "m", "s"), id_of_delivery("acct", "ms", "")],
        [id_of_reversal("x")],
    ]
    ids = [name for group in requests for name in group]
    assert len(set(ids)) == len(ids)


def test_fresh_ids_are_ordered_by_the_clock_that_is_given() -> None:
    ids = fresh_ids(3, 1_790_000_000_123_456)
    assert len(set(ids)) == 3
    assert {name[:13] for name in ids} == {fresh_ids(1, 1_790_000_000_123_456)[0][:13]}
    assert fresh_ids(1, 1_790_000_000_124_456)[0] > max(ids)
