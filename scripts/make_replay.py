"""Write the synthetic market day that ``make demo`` replays: ``python -m scripts.make_replay``.

The data are described in ``data/replay/README.md``, which this script writes as well.
"""

import argparse
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.replay_data.arrivals import make_feed
from scripts.replay_data.history import history_csv
from scripts.replay_data.instruments import instruments_csv
from scripts.replay_data.portfolios import holdings_csv, transactions_csv
from scripts.replay_data.story import events_json, readme
from scripts.replay_data.trades import make_trades

_LEVEL = 9


def build() -> dict[str, bytes]:
    """Content of every file by name; what is stored packed is given unpacked."""
    trades = make_trades()
    feed = make_feed(trades)
    contents = {
        "trades.csv.gz": feed.content,
        "history_daily.csv.gz": history_csv(trades),
        "instruments.csv": instruments_csv(),
        "holdings.csv": holdings_csv(),
        "transactions.csv": transactions_csv(),
        "events.json": events_json(feed),
    }
    return {**contents, "README.md": readme(contents, feed)}


def packed(name: str, content: bytes) -> bytes:
    """The bytes stored under ``name``: gzip without a time and without a file name, or as is."""
    if not name.endswith(".gz"):
        return content
    return gzip.compress(content, compresslevel=_LEVEL, mtime=0)


def stored(path: Path) -> bytes | None:
    """Content of a file as ``build`` gives it; None when there is none or it cannot be unpacked."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError):
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files that differ, or with ``--check`` name them; 1 when one differs."""
    parser = argparse.ArgumentParser(prog="make_replay", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/replay"), help="folder to write")
    parser.add_argument("--check", action="store_true", help="only compare: exit 1 on a difference")
    options = parser.parse_args(arguments)
    contents = build()
    stale = [name for name, content in contents.items() if stored(options.out / name) != content]
    if options.check:
        for name in stale:
            print(f"{options.out / name} differs from what the script makes", file=sys.stderr)
        return 1 if stale else 0
    options.out.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (options.out / name).write_bytes(packed(name, contents[name]))
        print(f"wrote {options.out / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
