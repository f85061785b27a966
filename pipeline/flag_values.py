"""Values of flags that several commands share."""

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def port(text: str) -> int:
    """A port; 0 is any free one."""
    if text.isdecimal() and 0 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, was {text}")


def speed(text: str) -> float | str:
    """Market time over wall time, or ``max``."""
    if text == "max":
        return text
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if 0 < number < float("inf"):
        return number
    raise argparse.ArgumentTypeError(f"must be max or a number above 0, was {text}")
