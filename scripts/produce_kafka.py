"""Send a market file to Kafka as live messages: ``python -m scripts.produce_kafka FILE``.

Any file that ``yieldflow replay`` reads: each row becomes a JSON message of the input columns of
its kind, keyed by symbol (holdings: by portfolio), with the time of the event as its own.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from config.durations import parse_duration
from connectors.sources.columns import Kind, check_mapping_used, parse_mapping
from connectors.sources.errors import SourceError
from connectors.sources.kafka_admin import TopicPlan, ensure_topics, newest_time
from connectors.sources.source import FileSource
from pipeline.flag_values import speed
from pipeline.progress_line import ProgressLine, Rate
from pipeline.stack.stack import interrupt
from scripts.kafka_feed.malformed import PRICE, Malformed
from scripts.kafka_feed.messages import Feed
from scripts.kafka_feed.sender import Sender, SendError

KINDS: tuple[Kind, ...] = ("trades", "bars", "snapshots", "holdings")
KIND_OF_TOPIC: Mapping[str, Kind] = {"market.snapshots": "snapshots"}
EXAMPLES = """examples:
  python -m scripts.produce_kafka data/replay/trades.csv.gz --speed 60
  python -m scripts.produce_kafka ticks.parquet --map ts_event=trade_ms:ms --map size=qty
  python -m scripts.produce_kafka stocks.csv --topic market.snapshots --speed max
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Send one file; 0 when the broker has all of it, 2 when an input is bad, 1 anything else."""
    options = _parser().parse_args(arguments)
    try:
        feed = Feed(_source(options))
        malformed = _malformed(options, feed.source.kind)
        ensure_topics(options.bootstrap, [TopicPlan(options.topic, options.partitions)])
        after = newest_time(options.bootstrap, options.topic) if options.go_on else None
    except (SourceError, ValueError) as error:
        return _refuse(error, 2)
    sender = Sender(options.bootstrap, options.topic, malformed=malformed)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with ProgressLine(_progress(sender), sys.stderr, enabled=not options.quiet):
            sender.send(feed.messages(after=after, endless=options.loop), options.speed)
    except (SendError, SourceError) as error:
        return _refuse(error, 1)
    except KeyboardInterrupt:
        print(f"stopped after {sender.sent:,} messages", file=sys.stderr)
        return 130
    _report(sender, feed, malformed, options.topic)
    return 0


def _source(options: argparse.Namespace) -> FileSource:
    mapping = dict(parse_mapping(text) for text in options.map)
    kind = options.kind or KIND_OF_TOPIC.get(options.topic, "trades")
    moment = datetime.fromisoformat(options.as_of) if options.as_of else datetime.now(UTC)
    source = FileSource.inspect(
        options.file,
        kind,
        mapping=mapping,
        interval=parse_duration(options.interval) if kind == "bars" else None,
        as_of=int(moment.timestamp()) * 1_000_000,
    )
    check_mapping_used(mapping.items(), [source.used])
    return source


def _malformed(options: argparse.Namespace, kind: Kind) -> Malformed | None:
    if not options.corrupt:
        return None
    if kind not in PRICE:
        raise SourceError(f"--corrupt is for {', '.join(PRICE)}, not for {kind}")
    return Malformed(kind, options.corrupt, options.seed)


def _progress(sender: Sender) -> Callable[[], str]:
    rate = Rate()

    def line() -> str:
        clock = datetime.fromtimestamp(sender.clock / 1e6, UTC)
        count = f"{sender.sent:,} messages | {rate(sender.sent):,.0f}/s"
        return f"market {clock:%Y-%m-%d %H:%M:%S} UTC | {count}"

    return line


def _report(sender: Sender, feed: Feed, malformed: Malformed | None, topic: str) -> None:
    print(f"{sender.sent:,} messages sent to {topic}", file=sys.stderr)
    for what, counts in (("malformed", malformed and malformed.made), ("left out", feed.left_out)):
        if counts:
            each = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
            print(f"{what}: {counts.total()} ({each})", file=sys.stderr)


def _refuse(error: Exception, code: int) -> int:
    print(f"produce_kafka: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.produce_kafka",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", help=".csv, .csv.gz, .jsonl, .jsonl.gz or .parquet")
    add("--topic", default="market.trades", help="made when missing (default: market.trades)")
    add("--kind", choices=KINDS, help="what a row is (default: of the topic, else trades)")
    add("--map", action="append", default=[], metavar="FIELD=COLUMN[:UNIT]", help="as in replay")
    add("--interval", default="1d", help="of the bars to send (default: 1d)")
    add("--as-of", metavar="TIME", help="of snapshots without ts_event (default: now)")
    add(
        "--speed", type=speed, default=60.0, help="market time over wall time, or max (default: 60)"
    )
    add("--loop", action="store_true", help="begin again at the end, whole weeks later")
    add("--go-on", action="store_true", help="whole weeks later than all that the topic holds")
    add("--partitions", type=int, default=4, help="of a topic that is made (default: 4)")
    add(
        "--bootstrap",
        default=os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or "127.0.0.1:9092",
        metavar="HOST:PORT",
        help="broker (default: KAFKA_BOOTSTRAP_SERVERS, else 127.0.0.1:9092)",
    )
    add(
        "--corrupt",
        type=_percent,
        default=0.0,
        metavar="PCT",
        help="add malformed messages, so many to a hundred good ones",
    )
    add("--seed", type=int, default=0, help="of the malformed messages (default: 0)")
    add("--quiet", action="store_true", help="no progress line")
    return parser


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if 0 <= percent <= 100:
        return percent
    raise argparse.ArgumentTypeError(f"must be a percentage from 0 to 100, was {text}")


if __name__ == "__main__":
    sys.exit(main())
