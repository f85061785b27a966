"""An engine of its own kind for kill tests: random changes that depend on seed and step alone.

``python -m tests.connectors.sinks.postgres_engine URL SCHEMA SEED STEPS`` goes on from the last
checkpoint to the last step, and prints the number of each one.
"""

import random
import sys

from connectors.sinks.postgres_batch import Batch, Checkpoint
from connectors.sinks.postgres_store import PostgresStore
from connectors.sinks.postgres_tables import Column, SinkTable

PRICES = SinkTable(
    "prices",
    (
        Column("symbol", "text"),
        Column("start", "bigint"),
        Column("close", "double precision"),
        Column("vwap", "double precision", nullable=True),
    ),
    ("symbol", "start"),
)
FLAGS = SinkTable("flags", (Column("name", "text"), Column("facts", "jsonb")), ("name",))
TABLES = (PRICES, FLAGS)
Tables = dict[str, list[tuple[object, ...]]]


def step(seed: int, number: int) -> Batch:
    """What minibatch ``number`` changes."""
    chance = random.Random(f"{seed}/{number}")
    batch = Batch()
    for _ in range(chance.randrange(12)):
        key = (chance.choice("ABCDE"), chance.randrange(30))
        row = (*key, chance.random(), chance.choice((None, chance.random())))
        batch.put("prices", key, row if chance.random() < 0.7 else None)
    for _ in range(chance.randrange(3)):
        name = chance.choice("xyz")
        row = (name, {"number": number, "value": chance.random()})
        batch.put("flags", (name,), row if chance.random() < 0.5 else None)
        batch.append("change_log", ("flags", name, "upsert", {"number": number}, number))
    return batch


def checkpoint_at(seed: int, number: int) -> Checkpoint | None:
    """The checkpoint that minibatch ``number`` ends with, now and then."""
    chance = random.Random(f"checkpoint {seed}/{number}")
    if chance.random() > 0.1:
        return None
    return Checkpoint(number, {"state": b"%d" % number, "book": bytes(chance.randrange(3000))})


def undisturbed(seed: int, steps: int) -> Tables:
    """Tables after the first ``steps`` minibatches."""
    rows: dict[str, dict[tuple[object, ...], tuple[object, ...] | None]] = {}
    log: list[tuple[object, ...]] = []
    for number in range(1, steps + 1):
        batch = step(seed, number)
        for table, changed in batch.rows.items():
            rows.setdefault(table, {}).update(changed)
        log += batch.appended.get("change_log", [])
    return {
        **{
            table.name: sorted(
                (row for row in rows.get(table.name, {}).values() if row is not None), key=str
            )
            for table in TABLES
        },
        "change_log": [(seq, *row) for seq, row in enumerate(log, 1)],
    }


def open_store(url: str, schema: str) -> PostgresStore:
    store = PostgresStore(url, tables=TABLES, schema=schema)
    store.prepare()
    return store


def main(url: str, schema: str, seed: int, steps: int) -> None:
    store = open_store(url, schema)
    found = store.restore()
    for number in range(1 if found is None else found.number + 1, steps + 1):
        print(number, flush=True)  # noqa: T201
        store.write(step(seed, number))
        if (checkpoint := checkpoint_at(seed, number)) is not None:
            store.write_checkpoint(checkpoint)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
