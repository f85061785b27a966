"""Hand-written stand-ins for what serving is given: views, meter, analyst."""

import inspect
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field

from starlette.testclient import TestClient

from serving.app import create_app
from serving.hub import ChangeHub
from serving.meter import (
    Answer,
    Draft,
    EventTrace,
    LedgerUnavailable,
    MeterHealth,
    Receipt,
)
from serving.options import Account, MeterPrice, ServerOptions
from serving.provider_costs import ProviderCosts
from serving.views import VIEW_NAMES, Analysis, EngineStatus, Row

MINUTE = 60_000_000
NOON = 1_795_176_000_000_000  # 2026-11-20 12:00 UTC
ALICE, BOB = {"X-API-Key": "key-of-alice"}, {"X-API-Key": "key-of-bob"}
GROUPS: dict[str, tuple[str, ...]] = {
    "bars": ("symbol", "interval"),
    "indicators": ("symbol", "interval"),
    "positions": ("portfolio_id",),
    "advice": ("portfolio_id",),
    "advice_versions": ("portfolio_id",),
    "evaluations": ("interval",),
    "track_record": ("rule_id",),
    "usage": ("account_id",),
}
KEYS: dict[str, tuple[str, ...]] = {
    "quotes": ("symbol",),
    "instruments": ("symbol",),
    "bars": ("symbol", "interval", "bar_start"),
    "indicators": ("symbol", "interval", "bar_start"),
    "positions": ("portfolio_id", "symbol"),
    "portfolio_risk": ("portfolio_id",),
    "advice": ("advice_id",),
    "advice_versions": ("valid_from", "advice_id"),
    "evaluations": ("instant",),
    "track_record": ("rule_id", "severity", "direction", "horizon"),
    "usage": ("account_id", "meter", "granularity", "period_start"),
}


def place(row: Row, columns: tuple[str, ...]) -> Hashable:
    """One column as it is, several as a tuple."""
    found = tuple(row[name] for name in columns)
    return found if len(found) > 1 else found[0]


class FakeView:
    """Rows of one table, in a list."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready = True
        self.kept: list[Row] = []

    def get(self, key: Hashable) -> Row | None:
        return next((row for row in self.kept if place(row, KEYS[self.name]) == key), None)

    def rows(self, group: Hashable = None) -> Sequence[Row]:
        if group is None:
            return self.kept
        return [row for row in self.kept if place(row, GROUPS[self.name]) == group]

    def __len__(self) -> int:
        return len(self.kept)


class FakeViews:
    """All views; ``put`` is a commit."""

    def __init__(self) -> None:
        self.version = 0
        self.by_name = {name: FakeView(name) for name in VIEW_NAMES}

    def __getitem__(self, name: str) -> FakeView:
        return self.by_name[name]

    def put(self, name: str, *rows: Row) -> None:
        view, self.version = self.by_name[name], self.version + 1
        new = {place(row, KEYS[name]) for row in rows}
        rest = [row for row in view.kept if place(row, KEYS[name]) not in new]
        view.kept = sorted([*rest, *rows], key=lambda row: str(place(row, KEYS[name])))


class FakeMeter:
    """Bills in memory; ``fault`` is raised instead of committing."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.charged: list[tuple[str, str, int]] = []
        self.delivered: dict[tuple[str, str, str], str] = {}
        self.fingerprints: list[bytes] = []
        self.keys: list[str | None] = []
        self.traces: dict[tuple[str, str], EventTrace] = {}
        self.receipts: list[Receipt | None] = []
        self.contents: dict[tuple[str, int], bytes] = {}
        self.healthy = MeterHealth(writable=True, queue_depth=3, commit_seconds=0.002)

    async def answer(
        self,
        *,
        account_id: str,
        route: str,
        idempotency_key: str | None,
        fingerprint: bytes,
        build: Callable[[], Awaitable[Draft] | Draft],
    ) -> Answer:
        self.keys.append(idempotency_key)
        self.fingerprints.append(fingerprint)
        made = build()
        draft = await made if inspect.isawaitable(made) else made
        if self.fault is not None:
            raise self.fault
        ids = [f"e{n}" for n in range(sum(charge.quantity for charge in draft.charges))]
        self.receipts.append(draft.receipt)
        self.charged += [(account_id, charge.meter, charge.quantity) for charge in draft.charges]
        headers = {**draft.headers, "X-Usage-Event-Id": ids[0]}
        return Answer(draft.status, draft.make_body(ids), headers)

    async def deliver(self, *, account_id: str, meter: str, keys: Sequence[str]) -> Sequence[str]:
        if self.fault is not None:
            raise self.fault
        for key in keys:
            self.delivered.setdefault((account_id, meter, key), f"d{len(self.delivered)}")
        return [self.delivered[account_id, meter, key] for key in keys]

    async def trace(self, *, account_id: str, event_id: str) -> EventTrace | None:
        if isinstance(self.fault, LedgerUnavailable):
            raise self.fault
        return self.traces.get((account_id, event_id))

    def stored(self, portfolio_id: str, as_of: int) -> bytes | None:
        if isinstance(self.fault, LedgerUnavailable):
            raise self.fault
        return self.contents.get((portfolio_id, as_of))

    def health(self) -> MeterHealth:
        return self.healthy


class FakeAnalyst:
    """Gives what it was told to; ``during`` runs in the worker thread first."""

    def __init__(self) -> None:
        self.given: list[tuple[str, Sequence[Row]]] = []
        self.result = Analysis(as_of=NOON, advice=[], positions=[])
        self.during: Callable[[], None] = lambda: None

    def analyze(self, portfolio_id: str, holdings: Sequence[Row]) -> Analysis:
        self.given.append((portfolio_id, holdings))
        self.during()
        return self.result


def advice_row(advice_id: str, portfolio_id: str = "growth", **changed: object) -> Row:
    """An open P01 on TCS unless told otherwise."""
    row: dict[str, object] = {
        "advice_id": advice_id,
        "portfolio_id": portfolio_id,
        "rule_id": "P01",
        "subject": "TCS",
        "state": "open",
        "severity": "warn",
        "sentence": "TCS is 30% of the portfolio's value, above the limit of 10%.",
        "evidence": [
            {"name": "position_weight", "value": 0.3, "threshold": 0.1, "operator": ">"},
            {"name": "position_weight_clear_level", "value": 0.09},
        ],
        "suggestion": [],
        "clears_if": [],
        "as_of": NOON - MINUTE,
        "inputs_hash": "in",
        "ruleset_hash": "rules",
        "cause": "new_bar",
        "disclaimer_id": "factual_in",
    }
    return {**row, **changed}


def version_row(
    advice_id: str, valid_from: int, *, removed: bool = False, **changed: object
) -> Row:
    """The row of ``advice_row`` as it stands from an instant on."""
    return {**advice_row(advice_id, **changed), "valid_from": valid_from, "removed": removed}


def evaluation_row(instant: int, interval: str = "1m") -> Row:
    """An instant at which the rules were evaluated."""
    return {"interval": interval, "instant": instant}


def position_row(symbol: str, quantity: float, price: float, **changed: object) -> Row:
    """A position of portfolio growth, bought at 100."""
    row: dict[str, object] = {
        "portfolio_id": "growth",
        "symbol": symbol,
        "quantity": quantity,
        "price": price,
        "market_value_micros": round(quantity * price * 1_000_000),
        "cost_micros": round(quantity * 100 * 1_000_000),
        "pnl_micros": 0,
        "weight": 0.5,
        "sector": "IT",
        "currency": "INR",
        "ts_event": NOON - MINUTE,
        "fx_rate": 1.0,
    }
    return {**row, **changed}


def quote_row(symbol: str, price: float, ts_event: int = NOON) -> Row:
    """The latest trade of a symbol."""
    return {"symbol": symbol, "price": price, "size": 1.0, "ts_event": ts_event}


def bar_row(symbol: str, number: int, interval: str = "1m", **changed: object) -> Row:
    """The bar that starts ``number`` minutes before noon."""
    row: dict[str, object] = {
        "symbol": symbol,
        "interval": interval,
        "bar_start": NOON - number * MINUTE,
        "open": 1.0,
        "high": 2.0,
        "low": 0.5,
        "close": 1.5,
        "volume": 10.0,
        "trade_count": 3,
        "adj_version": 0,
        "vwap": None,
        "is_final": number > 0,
    }
    return {**row, **changed}


@dataclass
class Stage:
    """An app with all its fakes at hand."""

    options: ServerOptions
    views: FakeViews = field(default_factory=FakeViews)
    meter: FakeMeter = field(default_factory=FakeMeter)
    analyst: FakeAnalyst = field(default_factory=FakeAnalyst)
    hub: ChangeHub = field(default_factory=lambda: ChangeHub(clock=lambda: NOON))
    status: EngineStatus = field(default_factory=lambda: EngineStatus(state="running", clock=NOON))
    costs: ProviderCosts | None = None

    def __post_init__(self) -> None:
        self.app = create_app(
            views=self.views,
            meter=self.meter,
            analyst=self.analyst,
            options=self.options,
            hub=self.hub,
            status=self.status,
            provider_costs=self.costs,
        )
        self.client = TestClient(self.app, raise_server_exceptions=False)


def options(**changed: object) -> ServerOptions:
    """Two accounts: alice owns growth and income, bob owns safe."""
    settings: dict[str, object] = {
        "accounts": [
            Account("alice", "Alice", "key-of-alice", ["growth", "income"]),
            Account("bob", "Bob", "key-of-bob", ["safe"]),
        ],
        "meters": [
            MeterPrice("portfolio_analysis", 5_000_000, "INR", "v1"),
            MeterPrice("advice_generation", 2_000_000, "INR", "v1"),
            MeterPrice("ai_insight", 0, "INR", "v1"),
        ],
        "disclaimers": {"factual_in": "Not advice within the meaning of any law."},
        "clock": lambda: NOON,
    }
    return ServerOptions(**(settings | changed))  # type: ignore[arg-type]
