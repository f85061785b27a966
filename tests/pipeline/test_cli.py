"""The command: flags, messages, exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import main

TRADES = "symbol,ts_event,price,size\nINFY,1768448700000000,100,1\n"


@pytest.fixture
def trades(tmp_path: Path) -> Path:
    file = tmp_path / "trades.csv"
    file.write_text(TRADES)
    return file


def refused(capsys: pytest.CaptureFixture[str], *flags: object) -> str:
    """The one line that a command with bad flags prints."""
    assert main([str(flag) for flag in flags]) == 2
    error = capsys.readouterr().err
    assert error.startswith("yieldflow: ")
    assert error.count("\n") == 1
    return error


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pipeline.flags import parser; parser().format_help(); print(*sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pathway", "polars", "numpy", "fastapi", "pydantic"} & set(shown.stdout.split())


@pytest.mark.parametrize(
    "command", ["demo", "run", "replay", "verify", "check-config", "stack", "compare-providers"]
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    assert "usage: yieldflow" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--indicators", "rsi14"), "nearest known is `rsi_14`"),
        (("--interval", "7m"), 'must divide a day, was "7m"'),
        (("--late", "90"), "late_allowance"),
        (("--chunk", "many"), "--chunk must be a size such as 1MB"),
        (("--map", "cost=price"), "no field `cost`"),
        (("--map", "ts_event=ts_event:minutes"), "minutes"),
        (("--holdings", "nowhere.csv"), "nowhere.csv"),
        (("--config", "nowhere.yaml"), "nowhere.yaml"),
        (("--snapshots", "s.csv", "--as-of", "noon"), "--as-of must be a time such as"),
    ],
)
def test_a_bad_flag_is_one_line_that_says_how_to_mend_it(
    flags: tuple[str, ...],
    said: str,
    trades: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert said in refused(capsys, "replay", "--trades", trades, "--out", out, *flags)
    assert not out.exists()


def test_a_replay_without_a_market_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "needs --trades, --bars or --snapshots" in refused(
        capsys, "replay", "--out", tmp_path / "out"
    )


def test_an_out_folder_that_cannot_be_made_is_refused(
    trades: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--out: cannot make" in refused(
        capsys, "replay", "--trades", trades, "--out", trades / "out"
    )


def test_check_config_names_the_key_and_the_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text("engine: {late_alowance: 2m}\n")
    assert "did you mean late_allowance" in refused(capsys, "check-config", profile)


def test_check_config_accepts_the_shipped_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["check-config", str(Path(__file__).parent.parent.parent / "config" / "demo.yaml")])
        == 0
    )
    assert capsys.readouterr().out.endswith("demo.yaml: ok\n")


def test_a_period_of_ones_own_is_an_indicator(trades: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    flags = ["--trades", str(trades), "--indicators", "sma_30,rsi_21", "--out", str(out), "--quiet"]
    assert main(["replay", *flags]) == 0
    assert b'"sma_30":null,"rsi_21":null' in (out / "indicators.jsonl").read_bytes()
