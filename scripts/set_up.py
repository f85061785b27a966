"""Install a hash-checked requirements file and the project itself into a virtual environment.

Run by the Makefile, with the system's Python and nothing installed: standard library only.
"""

import subprocess
import sys
import time
from pathlib import Path

PIP = ("-m", "pip", "--disable-pip-version-check", "install", "--no-deps")
LOG_LINES_SHOWN = 15


def main(arguments: list[str]) -> int:
    """Set up ``VENV`` from ``REQUIREMENTS``; 0, or the exit code of what failed."""
    venv, requirements = Path(arguments[0]), Path(arguments[1])
    python = venv / "bin" / "python"
    if not works(python):
        print(f"{venv}: new environment with Python {sys.version.split()[0]}", flush=True)
        code = subprocess.call([sys.executable, "-m", "venv", "--clear", str(venv)])
        if code:
            return code  # venv has said why, e.g. that python3-venv is not installed
    # Bytecode is left to the first import: compiling all of it takes longer than installing it.
    command = [*PIP, "--no-compile", "--require-hashes", "--requirement", str(requirements)]
    code = watched([str(python), *command], venv, requirements)
    if code:
        return code
    editable = [*PIP, "--no-build-isolation", "--no-index", "--quiet", "--editable", "."]
    return subprocess.call([str(python), *editable])


def works(python: Path) -> bool:
    """Whether this interpreter starts and has pip; it may not after the system's Python changed."""
    if not python.exists():
        return False
    return (
        subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode == 0
    )


def watched(command: list[str], venv: Path, requirements: Path) -> int:
    """Run pip with a progress line instead of its hundreds; its last lines when it fails."""
    wanted = sum("==" in line for line in requirements.read_text().splitlines())
    log, started, shown = venv / "install.log", time.monotonic(), 0.0
    rewrite, every = ("\r", 0.5) if sys.stdout.isatty() else ("\n", 10.0)
    with log.open("w") as output:
        pip = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        while pip.poll() is None:
            time.sleep(0.1)
            if time.monotonic() - shown >= every:
                shown = time.monotonic()
                print(
                    progress(requirements, log, venv, wanted, shown - started),
                    end=rewrite,
                    flush=True,
                )
    took = time.monotonic() - started
    if pip.returncode:
        print(f"\n{requirements} could not be installed (full log: {log}):", file=sys.stderr)
        print(*log.read_text().splitlines()[-LOG_LINES_SHOWN:], sep="\n", file=sys.stderr)
    else:
        print(
            f"{requirements}: {wanted} packages in place after {took:.0f} s".ljust(72), flush=True
        )
    return pip.returncode


def progress(requirements: Path, log: Path, venv: Path, wanted: int, seconds: float) -> str:
    """One line: what pip has fetched so far, and what it has unpacked."""
    lines = log.read_text(errors="replace").splitlines()
    fetched = sum(
        line.startswith(("Collecting", "Requirement already", "Ignoring")) for line in lines
    )
    unpacked = sum(1 for _ in venv.glob("lib/python*/site-packages/*.dist-info"))
    line = f"{requirements}: fetched {fetched} of {wanted}, unpacked {unpacked}, {seconds:.0f} s"
    return line.ljust(72)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
