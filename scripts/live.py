"""The market day through real servers: ``make live``.

Starts Kafka, PostgreSQL and Redis from packages (those whose address is in the environment are used
as they are), makes the topics, sends the bundled day to Kafka and runs config/live.yaml on it.
Ctrl-C stops everything that was started here.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from config.settings import load_settings
from connectors.sources.errors import SourceError
from connectors.sources.kafka_admin import ensure_topics
from pipeline.flag_values import port, speed
from pipeline.stack.errors import StackError
from pipeline.stack.stack import KINDS, Stack, home, interrupt, tell

ROOT = Path(__file__).parent.parent
TRADES = ROOT / "data" / "replay" / "trades.csv.gz"
KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
KEY = "YIELDFLOW_KEY"  # what config/live.yaml takes the key of its account from
LOOK = 0.2  # seconds between two looks at the pipeline
STOP_WAIT = 30.0  # seconds that a process may take to end
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C, or until the pipeline ends; its exit code."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with ExitStack() as started:
            try:
                return _run(options, started)
            finally:  # what follows takes a few seconds, and a second Ctrl-C must not cut it short
                signal.signal(signal.SIGINT, signal.SIG_IGN)
    except (StackError, SourceError) as error:
        print(f"live: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def demo_key() -> str:
    """The published key of the demo's account."""
    [account] = load_settings(None, {}).accounts
    assert account.key is not None
    return account.key.get_secret_value()


def _run(options: argparse.Namespace, started: ExitStack) -> int:
    kinds = [kind for kind in KINDS if not os.environ.get(kind.variable)]
    stack = Stack(home(os.environ) / "stack", kinds=kinds)
    ours = stack.up(tell)
    started.callback(stack.down, tell, ours)
    environment = {**os.environ, **stack.environment()}
    if not environment.get(KEY):
        environment[KEY] = demo_key()
        tell(f"key: that of the demo, which everybody knows; export {KEY} for one of your own")
        tell(f"     {environment[KEY]}")
    made = ensure_topics(environment[KAFKA])
    tell(f"topics: {', '.join(made) if made else 'all there'}")
    day = [str(TRADES), "--topic", "market.trades", "--speed", str(options.speed), "--go-on"]
    _child(started, ["scripts.produce_kafka", *day, "--quiet"], environment)
    run = ["pipeline", "run", "--config", str(options.config)]
    run += ["--port", str(options.port)] if options.port is not None else []
    pipeline = _child(started, run, environment)
    while pipeline.poll() is None:  # a plain wait is not ended by a signal that another thread took
        time.sleep(LOOK)
    return pipeline.returncode


def _child(
    started: ExitStack, module: Sequence[str], environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    """A process that Ctrl-C does not reach by itself: it is told once, in its turn."""
    child = subprocess.Popen([sys.executable, "-m", *module], env=environment, process_group=0)
    started.callback(_end, child)
    return child


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(STOP_WAIT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.live", description=__doc__)
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "live.yaml")
    parser.add_argument("--port", type=port, help="of the API (default: of the profile)")
    parser.add_argument(
        "--speed", type=speed, default=60.0, help="market over wall time, or max (default: 60)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
