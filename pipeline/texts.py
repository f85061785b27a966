"""What commands print: how far a feed has been read, and when something was."""

from datetime import UTC, datetime

from connectors.sources.progress import FeedCounts
from pipeline.progress_line import Rate


def feed_progress(counts: FeedCounts, rate: Rate) -> str:
    """A bar, and how many rows have been read and refused."""
    share = counts.bytes_read / counts.bytes_total if counts.bytes_total else 1.0
    bar = "#" * int(30 * share)
    refused = sum(counts.rejected.values())
    speed = f"{rate(counts.rows_in):,.0f} rows/s"
    return f"[{bar:<30}] {share:4.0%}  {counts.rows_in:,} rows  {speed}  {refused:,} rejected"


def moment(micros: int) -> str:
    """``2026-01-22T09:46:00Z``; with microseconds when there are any."""
    return (
        datetime.fromtimestamp(micros // 1_000_000, UTC)
        .replace(microsecond=micros % 1_000_000)
        .isoformat()
        .replace("+00:00", "Z")
    )
