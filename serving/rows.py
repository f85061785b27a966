"""Typed reads of one column of a row. A column of another type is a fault of ours: TypeError."""

from collections.abc import Mapping, Sequence

from serving.views import Row


def text(row: Row, name: str) -> str:
    """A column of strings."""
    value = row[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, was {type(value).__name__}")
    return value


def number(row: Row, name: str) -> float:
    """A column of numbers."""
    value = row[name]
    if not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number, was {type(value).__name__}")
    return float(value)


def integer(row: Row, name: str) -> int:
    """A column of integers."""
    value = row[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} must be an integer, was {type(value).__name__}")
    return value


def optional_number(row: Row, name: str) -> float | None:
    """A column of numbers that may be null, or that this row does not have."""
    return None if row.get(name) is None else number(row, name)


def optional_integer(row: Row, name: str) -> int | None:
    """A column of integers that may be null, or that this row does not have."""
    return None if row.get(name) is None else integer(row, name)


def entries(row: Row, name: str) -> Sequence[Row]:
    """A column that holds a JSON list of objects; empty when it is null or anything else."""
    value = row.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return [entry for entry in value if isinstance(entry, Mapping)]
