"""The jars of Apache Kafka: fetched from Maven Central once on a machine, by the package jgo.

A process of its own fetches them (``python -m pipeline.stack.jars``), so that Ctrl-C ends it, and
nothing that lies in the working directory changes what it does.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pipeline.stack.errors import StackMissing
from pipeline.stack.packages import package_folder

VERSION = "4.1.0"
# Kafka logs through slf4j; this part of it writes to standard error.
COORDINATES = f"org.apache.kafka:kafka_2.13:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
_TELL_EVERY = 2.0  # seconds


def class_path(say: Callable[[str], None]) -> str:
    """Class path of Kafka.

    Raises:
        StackMissing: jgo is not installed, or the jars are not here and cannot be fetched.
    """
    package_folder("jgo", "Apache Kafka")
    lock = Path(tempfile.gettempdir()) / f"yieldflow-jars-{os.getuid()}.lock"
    with lock.open("w") as held:  # two at a time would see each other's half of them
        fcntl.flock(held, fcntl.LOCK_EX)
        folder = _fetched(say)
    return f"{folder}/jars/*:{folder}/modules/*"


def _fetched(say: Callable[[str], None]) -> str:
    command = [sys.executable, "-P", "-m", "pipeline.stack.jars"]
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    begun = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as fetching:
        while True:
            try:
                path, said = fetching.communicate(timeout=_TELL_EVERY)
                break
            except subprocess.TimeoutExpired:
                seconds = time.monotonic() - begun
                say(f"Apache Kafka {VERSION}: fetching its jars, 43 MB, once: {seconds:.0f} s")
            except BaseException:
                fetching.kill()
                raise
    if fetching.returncode:
        reason = (said.strip().splitlines() or ["no reason given"])[-1]
        raise StackMissing(f"Apache Kafka {VERSION}: its jars cannot be fetched: {reason}")
    return path.strip()


def main() -> None:
    """Fetch the jars unless they are here, and print their folder."""
    build = import_module("jgo").build
    found = build(COORDINATES)
    if not found.lock_path.exists():  # written last: the first time was cut short
        found = build(COORDINATES, update=True)
    print(found.path)


if __name__ == "__main__":
    main()
