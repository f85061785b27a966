"""How a part stands with the other side, and since when."""

from connectors.sources.link import Link


def test_a_state_keeps_its_beginning_while_its_reason_changes() -> None:
    now = [100.0]
    link = Link("kafka:trades", lambda: now[0])
    assert (link.status().state, link.status().since) == ("starting", 100.0)
    now[0] = 105.0
    link.away("refused")
    now[0] = 108.0
    link.away("no such host")
    status = link.status()
    assert (status.state, status.since, status.reason) == ("away", 105.0, "no such host")
    assert (link.is_away, link.away_for) == (True, 3.0)


def test_only_a_return_counts_as_a_reconnect() -> None:
    link = Link("kafka:trades")
    link.connected()
    link.connected()
    assert link.status(lag=3, counters={"held": 1}).counters == {"reconnects": 0, "held": 1}
    link.away("refused")
    link.connected()
    status = link.status()
    assert (status.state, status.reason, status.counters["reconnects"]) == ("connected", "", 1)
    assert link.away_for == 0.0
