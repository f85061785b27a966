"""The solver as the product runs it: a process, one problem at a time. One process serves all."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.solver_process import SolverFailed, SolverMissing, SolverProcess, SolverTask, Unsolved
from transforms.kernels.columns import Floats

METHODS = ("min_variance", "risk_parity", "hrp", "min_cvar", "max_sharpe")
pytestmark = pytest.mark.skipif(
    not SolverProcess.installed(), reason="skfolio is not installed: yieldflow[optimise]"
)


@pytest.fixture(scope="module")
def solver() -> Iterator[SolverProcess]:
    found = SolverProcess()
    yield found
    found.close()


@pytest.fixture(scope="module")
def returns() -> Floats:
    """Eight names with a market in common, the later ones the wilder."""
    generator = np.random.default_rng(11)
    market = generator.normal(0.0005, 0.01, (250, 1))
    return market + generator.normal(0.0, 0.01, (250, 8)) * np.linspace(0.5, 2.0, 8)


def answering(path: Path, body: str) -> Path:
    """A worker that speaks the protocol and does something else."""
    path.write_text(
        "import os, sys, time\n"
        "from multiprocessing.connection import Connection\n"
        "channel = Connection(int(sys.argv[1]))\n" + body
    )
    return path


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_long_and_sum_to_one(
    solver: SolverProcess, returns: Floats, method: str
) -> None:
    found = solver.solve(SolverTask(method, returns))
    assert found.shape == (8,)
    assert (found >= 0.0).all()
    assert found.sum() == pytest.approx(1.0, abs=1e-8)
    assert found.tolist() == np.round(found, 9).tolist()


@pytest.mark.parametrize("method", [name for name in METHODS if name != "hrp"])
def test_limits_of_names_and_sectors_are_kept(
    solver: SolverProcess, returns: Floats, method: str
) -> None:
    sectors = ("x", "x", "x", "y", "y", "z", "", "")
    free = solver.solve(SolverTask(method, returns))
    found = solver.solve(SolverTask(method, returns, 0.2, sectors, 0.35))
    assert free.max() > 0.2 or free[:3].sum() > 0.35, "the limits would not bind"
    assert found.max() <= 0.2 + 1e-6
    assert found[:3].sum() <= 0.35 + 1e-6
    assert found[3:5].sum() <= 0.35 + 1e-6
    assert found.sum() == pytest.approx(1.0, abs=1e-8)


def test_the_same_problem_has_the_same_answer_in_another_process(
    solver: SolverProcess, returns: Floats
) -> None:
    other = SolverProcess()
    try:
        for method in METHODS:
            task = SolverTask(method, returns, 0.3)
            assert solver.solve(task).tolist() == other.solve(task).tolist()
        assert solver.pid != other.pid
    finally:
        other.close()


def test_what_cannot_be_solved_says_so_and_the_process_goes_on(
    solver: SolverProcess, returns: Floats
) -> None:
    solver.warm()
    pid = solver.pid
    with pytest.raises(Unsolved, match="the solver found no weights"):
        solver.solve(SolverTask("min_variance", returns, 0.1))  # eight names, 80 % at most
    still = returns.copy()
    still[:, 3] = 0.0
    with pytest.raises(Unsolved, match="variance"):
        solver.solve(SolverTask("hrp", still))
    assert solver.solve(SolverTask("min_variance", returns)).sum() > 0.0
    assert solver.pid == pid


def test_a_crash_is_an_error_and_the_next_call_starts_another_process(
    solver: SolverProcess, returns: Floats
) -> None:
    solver.warm()
    assert solver.pid is not None
    os.kill(solver.pid, signal.SIGKILL)
    with pytest.raises(SolverFailed, match="ended with code -9"):
        solver.solve(SolverTask("hrp", returns))
    assert solver.solve(SolverTask("hrp", returns)).sum() == pytest.approx(1.0, abs=1e-8)


def test_an_answer_that_takes_too_long_is_an_error_and_its_process_ends(tmp_path: Path) -> None:
    worker = answering(
        tmp_path / "slow.py", "channel.send(('ready', None))\nchannel.recv()\ntime.sleep(60)\n"
    )
    solver = SolverProcess(answer_within=0.2, worker=worker)
    solver.warm()
    pid = solver.pid
    with pytest.raises(SolverFailed, match=r"did not answer within 0\.2 s"):
        solver.solve(SolverTask("hrp", np.zeros((3, 2))))
    assert solver.pid is None
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_one_thread_of_arithmetic_in_a_session_of_its_own(tmp_path: Path) -> None:
    found = "(os.environ['OMP_NUM_THREADS'], os.getsid(0) == os.getpid())"
    body = f"channel.send(('ready', None))\nchannel.recv()\nchannel.send(('weights', {found}))\n"
    solver = SolverProcess(worker=answering(tmp_path / "said.py", body))
    assert solver.solve(SolverTask("hrp", np.zeros((3, 2)))) == ("1", True)
    solver.close()


def test_nothing_runs_before_the_first_call() -> None:
    solver = SolverProcess()
    assert solver.pid is None
    solver.close()
    with pytest.raises(SolverFailed, match="stopping"):
        solver.solve(SolverTask("hrp", np.zeros((3, 2))))


def test_closing_ends_a_call_that_waits(tmp_path: Path) -> None:
    body = "channel.send(('ready', None))\nchannel.recv()\ntime.sleep(60)\n"
    solver = SolverProcess(worker=answering(tmp_path / "slow.py", body))
    solver.warm()
    said: list[str] = []

    def call() -> None:
        with pytest.raises(SolverFailed) as raised:
            solver.solve(SolverTask("hrp", np.zeros((3, 2))))
        said.append(str(raised.value))

    caller = threading.Thread(target=call)
    caller.start()
    started = time.monotonic()
    solver.close()
    caller.join(10)
    assert said == ["the server is stopping"]
    assert time.monotonic() - started < 10


def test_an_extra_that_cannot_be_imported_is_missing(tmp_path: Path) -> None:
    (tmp_path / "skfolio").mkdir()
    (tmp_path / "skfolio" / "__init__.py").write_text("raise ImportError('no such library')")
    solver = SolverProcess(environment={"PYTHONPATH": str(tmp_path)})
    with pytest.raises(SolverMissing, match="no such library"):
        solver.solve(SolverTask("hrp", np.zeros((3, 2))))
    assert solver.pid is None
    solver.close()
