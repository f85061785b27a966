"""kill -9 under load: what was answered is stored, what is stored is whole, a retry is safe."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connectors.store.ledger import Ledger
from serving.meter import Answer, Charge, Draft
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress

ROOT = Path(__file__).parents[3]
ROUNDS, CLIENTS, ANSWERS = 5, 32, 300

# Every client asks with a new key each time and says on stdout what it was answered.
LOAD = """
import asyncio, itertools, json, os, sys
from pathlib import Path
from connectors.store.ledger import Ledger
from serving.meter import Charge, Draft
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress

home, name, clients = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
draft = Draft([Charge("a"), Charge("b", 2)], lambda ids: json.dumps(ids).encode())

async def client(meter, number):
    for turn in itertools.count():
        key = f"{name}-{number}-{turn}"
        os.write(1, f"asked {key}\\n".encode())
        answer = await meter.answer(account_id="acct", route="r", idempotency_key=key,
                                    fingerprint=b"f", build=lambda: draft)
        os.write(1, f"answered {key} {answer.body.decode()}\\n".encode())

async def run():
    with Ledger(home) as ledger:
        meter = LedgerMeter(ledger, price_version="v", progress=Progress())
        await asyncio.gather(*(client(meter, number) for number in range(clients)))

asyncio.run(run())
"""


def killed(home: Path, name: str) -> Iterable[str]:
    """Run the load, kill it after some answers; yield the lines it got out."""
    command = [sys.executable, "-c", LOAD, str(home), name, str(CLIENTS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as load:
        assert load.stdout is not None
        answered = 0
        while answered < ANSWERS:
            line = load.stdout.readline()
            assert line, "the load ended by itself"
            answered += line.startswith("answered")
            yield line
        load.kill()
        yield from load.stdout


async def retry(meter: LedgerMeter, key: str) -> Answer:
    draft = Draft([Charge("a"), Charge("b", 2)], lambda ids: json.dumps(list(ids)).encode())
    return await meter.answer(
        account_id="acct",
        route="r",
        idempotency_key=key,
        fingerprint=b"f",
        build=lambda: draft,
    )


def test_no_answer_is_lost_or_billed_twice_however_often_it_is_killed(
    tmp_path: Path, query: Any
) -> None:
    asked: set[str] = set()
    answered: dict[str, list[str]] = {}
    for number in range(ROUNDS):
        for line in killed(tmp_path, f"round{number}"):
            word, key, *ids = line.rstrip("\n").split(" ", 2)
            if word == "asked":
                asked.add(key)
            elif ids and ids[0].endswith("]"):  # the last line may be cut
                answered[key] = json.loads(ids[0])
        stored = {name for (name,) in query("SELECT event_id FROM usage_events")}
        assert {name for ids in answered.values() for name in ids} <= stored
        assert query("SELECT count(*) FROM usage_events JOIN outbox USING (seq)") == [
            (len(stored),)
        ]
        assert query("SELECT 3 * count(*) FROM idempotency") == [(len(stored),)]
        assert query("PRAGMA integrity_check") == [("ok",)]
    assert len(answered) >= ROUNDS * ANSWERS

    async def retry_all(ledger: Ledger) -> dict[str, Answer]:
        meter = LedgerMeter(ledger, price_version="v", progress=Progress())
        return {key: await retry(meter, key) for key in sorted(asked)}

    with Ledger(tmp_path) as ledger:
        answers = asyncio.run(retry_all(ledger))
    for key, ids in answered.items():
        assert answers[key].replayed
        assert json.loads(answers[key].body) == ids
    assert query("SELECT count(*), max(seq) FROM usage_events") == [(3 * len(asked),) * 2]
