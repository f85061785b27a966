"""Tables as JSON Lines, one change per line with Pathway's ``diff`` (+1 or -1) and ``time``.

Pathway's writer truncates its file at every start. So every run has a folder of its own, and
``latest`` points at the newest one.
"""

import os
import warnings
from pathlib import Path
from typing import Any

import pathway as pw

LATEST = "latest"


def run_folder(runs: Path, run_id: str) -> Path:
    """Make ``<runs>/<run_id>`` and point ``<runs>/latest`` at it in one step.

    Args:
        runs: made with its parents when it does not exist.
        run_id: a plain name that no earlier run had.

    Raises:
        ValueError: ``run_id`` is not a plain name.
        FileExistsError: there was a run of that id: its files would be lost.
    """
    if Path(run_id).name != run_id or run_id in ("", ".", "..", LATEST):
        raise ValueError(f"`run_id` must be a plain name, was {run_id!r}")
    folder = runs / run_id
    folder.mkdir(parents=True)
    # A link cannot be changed, but another one can take its name: no reader ever finds none.
    fresh = runs / f".{LATEST}-{run_id}"
    fresh.symlink_to(run_id, target_is_directory=True)
    os.replace(fresh, runs / LATEST)
    return folder


def write_jsonlines(table: pw.Table[Any], path: Path, *, name: str) -> None:
    """Write every change of ``table`` to the file ``path``; what was there is lost.

    Summing ``diff`` per row gives the final table. Columns come in the order of the table; a table
    without rows leaves an empty file.

    Args:
        table: any table.
        path: of the file; its folder is made when it does not exist.
        name: of the sink in the graph, used once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # Pathway's own annotations, which beartype reads at the first call, are out of date.
        warnings.filterwarnings("ignore", message="(?s).*PEP 484 type hint")
        pw.io.jsonlines.write(table, path, name=name)
