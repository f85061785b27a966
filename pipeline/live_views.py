"""What of a live graph is served: the views that requests read."""

from connectors.sinks.live_view import ViewSet
from connectors.sinks.view_feed import Warm
from pipeline.advice_views import show_past
from pipeline.live_graph import LiveGraph

BARS_KEPT = 1000  # per symbol and interval in memory: as many as one request may ask for


def show(live: LiveGraph, views: ViewSet) -> None:
    """Feed the views of a live graph; call once, before the engine starts.

    Raises:
    SinkLost: Postgres, which they begin with, is away.
    """
    ops, bar = live.graph.ops, ("symbol", "interval", "bar_start")
    views.view("quotes", live.graph.latest, key=("symbol",))
    views.view("instruments", live.graph.instruments, key=("symbol",), warm="commit")
    for name in ("bars", "indicators"):
        views.view(name, ops[name], key=bar, group=bar[:2], keep=BARS_KEPT, ops=True)
    usage = ("account_id", "meter", "granularity", "period_start")
    views.view("usage", live.usage, key=usage, group=("account_id",), warm="commit")
    _show_book(live, views)
    kept = live.advice
    show_past(views, live.graph.book, interval=kept.interval, retention=kept.retention)
    views.view("usage_progress", live.counted, key=("seq",), warm="commit")
    if live.providers is not None:
        live.providers.show(views, live.stop)
    views.subscribe()
    if live.durable is not None:
        live.durable.seed(views, bars=BARS_KEPT)
    elif live.feeds:
        views.empty_all()


def _show_book(live: LiveGraph, views: ViewSet) -> None:
    ops = live.graph.ops
    if live.graph.book is None:
        for name in ("positions", "portfolio_risk", "advice", "track_record"):
            views.empty(name)
        return
    warm: Warm = "rows" if live.inputs.documents else "commit"
    key: tuple[str, ...] = ("portfolio_id", "symbol")
    views.view("positions", ops["positions"], key=key, group=key[:1], warm=warm, ops=True)
    views.view("portfolio_risk", ops["portfolio_risk"], key=key[:1], warm=warm, ops=True)
    views.view(
        *("advice", ops["advice"]),
        key=("advice_id",),
        group=("portfolio_id",),
        warm="commit",
        ops=True,
    )
    key = ("rule_id", "severity", "direction", "horizon")
    views.view(
        *("track_record", ops["track_record"]), key=key, group=key[:1], warm="commit", ops=True
    )
