"""Instants as people read them in the change log."""

from datetime import UTC, datetime


def iso_minute(instant: int) -> str:
    """``2024-08-08T10:41Z``."""
    return datetime.fromtimestamp(instant / 1_000_000, tz=UTC).strftime("%Y-%m-%dT%H:%MZ")
