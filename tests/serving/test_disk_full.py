"""A full disk under the real ledger: 503, nothing billed, and it recovers by itself."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from connectors.store import ledger as ledger_module
from connectors.store.ledger import Ledger
from connectors.store.schema import open_writer
from serving.app import create_app
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress
from tests.serving.fakes import ALICE, Stage

ADVICE = "/v1/portfolios/growth/advice"


def test_an_answer_that_cannot_be_committed_is_503_and_bills_nothing(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []

    def open_and_keep(path: Path) -> sqlite3.Connection:
        opened.append(open_writer(path))
        return opened[-1]

    monkeypatch.setattr(ledger_module, "open_writer", open_and_keep)
    with Ledger(tmp_path) as ledger:
        meter = LedgerMeter(ledger, price_version="v1", progress=Progress())
        app = create_app(
            views=stage.views,
            meter=meter,
            analyst=stage.analyst,
            options=replace(stage.options),
            hub=stage.hub,
            status=stage.status,
        )
        with TestClient(app) as client:
            assert client.post(ADVICE, headers=ALICE).status_code == 200
            before = count(ledger.path)
            opened[0].execute(f"PRAGMA max_page_count = {pages(ledger.path)}")
            statuses = {client.post(ADVICE, headers=ALICE).status_code for _ in range(40)}
            assert statuses <= {200, 503}
            assert 503 in statuses
            refused = client.post(ADVICE, headers={**ALICE, "Idempotency-Key": "k" * 200})
            assert refused.headers["content-type"] == "application/problem+json"
            assert "retry-after" in refused.headers
            full = count(ledger.path)
            assert client.get("/readyz").status_code == 503
            opened[0].execute("PRAGMA max_page_count = 1000000")
            again = client.post(ADVICE, headers={**ALICE, "Idempotency-Key": "k" * 200})
            assert again.status_code == 200
            charged = len(again.json()["usage"]["event_ids"])
            assert count(ledger.path) == full + charged
            assert (full - before) % charged == 0


def count(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        [[events]] = connection.execute("SELECT count(*) FROM usage_events")
    connection.close()
    return int(events)


def pages(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        [[used]] = connection.execute("PRAGMA page_count")
    connection.close()
    return int(used)
