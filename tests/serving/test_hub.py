import asyncio
from functools import partial

from serving.hub import Change, ChangeHub, Subscription
from tests.serving.fakes import NOON, quote_row


def all_of_it(change: Change) -> bool:
    return True


def subscribe(hub: ChangeHub, *tables: str, limit: int = 10) -> Subscription:
    return hub.subscribe(account_id="a", tables=tables, wants=all_of_it, limit=limit)


def test_a_subscription_has_the_changes_of_its_tables_in_order() -> None:
    hub = ChangeHub(clock=lambda: NOON)
    quotes, both = subscribe(hub, "quotes"), subscribe(hub, "quotes", "bars")
    hub.publish([("bars", "upsert", {}), ("quotes", "delete", {}), ("advice", "upsert", {})])
    assert [(c.seq, c.table, c.op) for c in quotes.take(9)] == [(2, "quotes", "delete")]
    assert [c.seq for c in both.take(1)] == [1]
    assert [c.seq for c in both.take(9)] == [2]
    assert (hub.sequence, hub.published_at) == (3, NOON)


def test_what_is_not_wanted_takes_no_room() -> None:
    hub = ChangeHub()
    picky = hub.subscribe(
        account_id="a", tables=["quotes"], wants=lambda c: c.row["symbol"] == "A", limit=1
    )
    for symbol in ("B", "A", "C"):
        hub.publish([("quotes", "upsert", quote_row(symbol, 1.0))])
    assert [change.row["symbol"] for change in picky.take(9)] == ["A"]
    assert not picky.overflowed


def test_an_overflow_frees_the_queue_and_counts_once() -> None:
    hub = ChangeHub()
    slow, quick = subscribe(hub, "quotes", limit=2), subscribe(hub, "quotes", limit=9)
    for _ in range(5):
        hub.publish([("quotes", "upsert", {})])
    assert slow.overflowed
    assert slow.take(9) == []
    assert len(quick.take(9)) == 5
    assert hub.overflows == 1


def test_waiting_ends_with_a_change_an_overflow_or_the_end() -> None:
    async def scenario() -> None:
        hub = ChangeHub()
        subscription = subscribe(hub, "quotes", limit=1)
        for action in (
            partial(hub.publish, [("quotes", "upsert", {})]),
            partial(hub.publish, [("quotes", "upsert", {}), ("quotes", "upsert", {})]),
            hub.close,
        ):
            waiting = asyncio.ensure_future(subscription.wait())
            await asyncio.sleep(0)
            action()
            await asyncio.wait_for(waiting, 5)
            subscription.take(9)

    asyncio.run(scenario())


def test_nobody_waits_on_a_closed_hub() -> None:
    async def scenario() -> None:
        hub = ChangeHub()
        hub.close()
        late = subscribe(hub, "quotes")
        await asyncio.wait_for(late.wait(), 5)
        assert late.closed

    asyncio.run(scenario())


def test_streams_are_counted_by_account() -> None:
    hub = ChangeHub()
    mine = subscribe(hub, "quotes")
    hub.subscribe(account_id="b", tables=["quotes"], wants=all_of_it, limit=1)
    assert (hub.subscribers, hub.held_by("a"), hub.held_by("b")) == (2, 1, 1)
    hub.unsubscribe(mine)
    hub.unsubscribe(mine)
    assert (hub.subscribers, hub.held_by("a")) == (1, 0)
