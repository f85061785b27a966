"""Stops the servers of a test run as soon as its standard input is closed: the run has ended.

It is a process of its own because a run may be killed, and nobody else would stop them then.
"""

import shutil
import signal
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Wait for the end of the run, stop what it has left running, remove its folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run
    sys.stdin.read()
    from tests.servers import KINDS  # not before: most runs need no server

    for record in folder.rglob("running.json"):
        KINDS[record.parent.name](record.parent).kill()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
