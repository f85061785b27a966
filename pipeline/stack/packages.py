"""Where the packages of the extra ``stack`` keep what they bring. They are never imported first."""

import importlib.util
from pathlib import Path

from pipeline.stack.errors import StackMissing

INSTALL = "pip install 'yieldflow[stack]'"


def package_folder(module: str, server: str) -> Path:
    """Folder of an installed package.

    Raises:
        StackMissing: it is not installed.
    """
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise StackMissing(f"{server} needs the package {module}: {INSTALL}")
    return Path(found.origin).parent


def binary(path: Path, server: str) -> Path:
    """An executable of a package.

    Raises:
        StackMissing: the package has none for this machine.
    """
    if not path.is_file():
        raise StackMissing(f"{server}: {path} is not there: {INSTALL} --force-reinstall")
    return path
