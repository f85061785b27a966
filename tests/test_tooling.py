"""What the repository promises about itself: pinned, hashed, declared, and set up once."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("config", "connectors", "transforms", "serving", "pipeline")
LOCKS = ("requirements.txt", "requirements-dev.txt")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normalised(re.match(r"[\w.-]+", line)[0]) for line in requirements}


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, flags=re.MULTILINE))


def imported(package: str) -> set[str]:
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - set(PACKAGES)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_releases_and_hashes_and_no_address(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    for entry in (entry for entry in entries if not entry.startswith("#")):
        first, *hashes = (line.removesuffix("\\").strip() for line in entry.splitlines())
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", first)
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes)


def test_both_locks_agree_on_every_release() -> None:
    runtime, development = (pins(lock) for lock in LOCKS)
    assert runtime.items() <= development.items()
    assert runtime["pathway"] == "0.33.0"


def test_the_locks_hold_everything_the_project_declares() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    declared = names(PROJECT["project"]["dependencies"])
    assert declared | names(extras["build"]) <= set(pins("requirements.txt"))
    wanted = set().union(*(names(extras[extra]) for extra in ("test", "dev", "optimise")))
    wanted -= {"yieldflow"}  # an extra may name another one
    assert wanted <= set(pins("requirements-dev.txt"))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_third_party_import_is_a_declared_dependency(package: str) -> None:
    declared = names(PROJECT["project"]["dependencies"])
    owners = packages_distributions()
    undeclared = {
        module
        for module in imported(package)
        if not declared & {normalised(owner) for owner in owners.get(module, [])}
    }
    assert not undeclared
