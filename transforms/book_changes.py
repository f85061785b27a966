"""What leaves the book: rows to upsert, and rows or keys to delete."""

from dataclasses import dataclass, field

from transforms.advice.history import Change
from transforms.advice.rows import AdviceRow
from transforms.advice.versions import RowVersion, VersionKey
from transforms.book_columns import PositionRow
from transforms.book_rejects import Key, Reject
from transforms.book_risk_rows import RiskRow


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A row of the change log; see ``transforms.schemas.AdviceChange``."""

    advice_id: str
    seq: int
    portfolio_id: str
    rule_id: str
    subject: str
    change: str
    cause: str
    as_of: int


@dataclass
class BookChanges:
    """What has changed since the last call: rows to upsert and rows or keys to delete."""

    advice: list[AdviceRow] = field(default_factory=list)
    advice_gone: list[AdviceRow] = field(default_factory=list)
    versions: list[RowVersion] = field(default_factory=list)
    versions_gone: list[VersionKey] = field(default_factory=list)
    instants: list[int] = field(default_factory=list)
    instants_gone: list[int] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    positions: list[PositionRow] = field(default_factory=list)
    positions_gone: list[tuple[str, str]] = field(default_factory=list)
    risks: list[RiskRow] = field(default_factory=list)
    risks_gone: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    rejects_gone: list[Key] = field(default_factory=list)

    def note(self, happened: list[Change], seq: int) -> int:
        """Number what happened to rows and add it to the log; the last number given."""
        for number, change in enumerate(happened, seq + 1):
            row = change.row
            self.log.append(
                LogEntry(
                    advice_id=row.advice_id,
                    seq=number,
                    portfolio_id=row.portfolio_id,
                    rule_id=row.rule_id,
                    subject=row.subject,
                    change=change.change,
                    cause=change.cause,
                    as_of=change.as_of,
                )
            )
        return seq + len(happened)
