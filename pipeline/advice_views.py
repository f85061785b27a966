"""The views that past advice is read from."""

from datetime import timedelta

from connectors.sinks.live_view import ViewSet
from connectors.sinks.version_rows import VersionRows
from transforms.book import BookTables


def show_past(
    views: ViewSet,
    book: BookTables | None,
    *,
    interval: timedelta,
    retention: timedelta | None,
) -> None:
    """Keep the versions of advice rows and the instants of their evaluation.

    Args:
        views: where.
        book: None when there are no portfolios: both stay empty.
        interval: of the bars that advice is evaluated on.
        retention: how far back; None: from the start.
    """
    if book is None:
        views.empty("advice_versions")
        views.empty("evaluations")
        return
    views.view(
        "advice_versions",
        book.ops["advice_versions"],
        key=("valid_from", "advice_id"),
        group=("portfolio_id",),
        warm="commit",
        ops=True,
        rows=None if retention is None else VersionRows(retention // timedelta(microseconds=1)),
    )
    views.view(
        "evaluations",
        book.ops["evaluations"],
        key=("instant",),
        group=("interval",),
        warm="commit",
        ops=True,
        keep=None if retention is None else retention // interval + 1,
    )
