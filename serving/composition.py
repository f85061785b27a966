"""Which advice rows an answer shows, where and in which order."""

from collections.abc import Iterable, Mapping, Sequence

from serving.rows import integer, text
from serving.sealed import Sealed, seal
from serving.views import Row

Texts = Mapping[str, str]
DAY = 86_400_000_000
CLEARED_SHOWN = 20
SEVERITIES = {"alert": 0, "warn": 1, "info": 2}
STRENGTH = "strength"


def urgency(row: Row) -> tuple[int, str, str, str]:
    """Alerts first, then by rule and subject."""
    severity = SEVERITIES.get(text(row, "severity"), len(SEVERITIES))
    return severity, text(row, "rule_id"), text(row, "subject"), text(row, "advice_id")


def in_state(rows: Iterable[Row], state: str) -> list[Row]:
    """The rows of that state, most urgent first."""
    return sorted((row for row in rows if row["state"] == state), key=urgency)


def is_billed(row: Row) -> bool:
    """Open advice is billed; what is good about a portfolio is told for free."""
    return row["state"] == "open" and row["severity"] != STRENGTH


def recently_cleared(rows: Iterable[Row], as_of: int) -> list[Row]:
    """What has gone within a day before ``as_of``, newest first, at most 20 rows.

    Of the evidence only that of the clearing is kept: why it is gone, not why it was there.
    """
    cleared = [row for row in in_state(rows, "cleared") if integer(row, "as_of") > as_of - DAY]
    advice = [row for row in cleared if row["severity"] != STRENGTH]
    newest = sorted(advice, key=lambda row: -integer(row, "as_of"))[:CLEARED_SHOWN]
    return [{**row, "evidence": clearing(row), "suggestion": [], "clears_if": []} for row in newest]


def clearing(row: Row) -> list[object]:
    """The evidence that an advice row was cleared by."""
    evidence = row["evidence"]
    items = evidence if isinstance(evidence, list) else []
    return [item for item in items if str(item.get("name", "")).endswith("_at_clearing")]


def compose(portfolio_id: str, as_of: int, rows: Sequence[Row], texts: Texts) -> Sealed:
    """What is said of a portfolio at an instant, from its advice rows as they stand then."""
    standing = in_state(rows, "open")
    named = sorted({text(row, "disclaimer_id") for row in standing})
    lists = {
        "advice": [row for row in standing if is_billed(row)],
        "strengths": [row for row in standing if not is_billed(row)],
        "withheld": in_state(rows, "withheld"),
        "not_evaluated": in_state(rows, "not_evaluated"),
        "recently_cleared": recently_cleared(rows, as_of),
    }
    return seal(portfolio_id, as_of, lists, {name: texts[name] for name in named if name in texts})
