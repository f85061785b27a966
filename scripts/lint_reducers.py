"""Refuse reducers that lose updates: ``python -m scripts.lint_reducers DIR...``.

Pathway 0.33.0 drops in-place updates from ``pw.reducers.sum`` of floats and from ``avg``. Allowed
are ``sum(x, strict=True)`` and sums of what is an integer on sight: a column that every schema of
transforms/schemas.py calls an int, an integer literal, ``pw.cast(int, x)``,
``pw.declare_type(int, x)``, and ``+ - * //`` of those. Anything else, and ``avg`` always, is an
error; exit code 1.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SCHEMAS = Path(__file__).parent.parent / "transforms" / "schemas.py"
EXACT = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)
SUM = "sum of what may be a float loses updates: pass strict=True, or pw.cast(int, ...)"
AVG = "avg loses updates: use sum(x, strict=True) / count()"


def integer_columns(source: str) -> frozenset[str]:
    """Names that are annotated ``int`` in every class of ``source`` that has them."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for table in ast.walk(ast.parse(source)):
        if isinstance(table, ast.ClassDef):
            for column in table.body:
                if isinstance(column, ast.AnnAssign) and isinstance(column.target, ast.Name):
                    kinds[column.target.id].add(ast.unparse(column.annotation))
    return frozenset(name for name, kind in kinds.items() if kind == {"int"})


def faults(source: str, integers: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Yield (line, message) for every reducer of ``source`` that may lose updates."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.Attribute) or not is_reducer(child):
                continue
            if child.attr == "avg":
                yield child.lineno, AVG
            elif child.attr == "sum" and not is_safe_call(node, child, integers):
                yield child.lineno, SUM
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("reducers"):
            yield node.lineno, "call reducers as pw.reducers.name, so that this lint sees them"


def is_reducer(node: ast.Attribute) -> bool:
    """Whether this is ``pw.reducers.name`` or ``reducers.name``."""
    return ast.unparse(node.value).split(".")[-1] == "reducers"


def is_safe_call(node: ast.AST, function: ast.Attribute, integers: frozenset[str]) -> bool:
    """Whether ``node`` calls ``function`` strictly or over integers; a bare reference does not."""
    if not isinstance(node, ast.Call) or node.func is not function:
        return False
    strict = any(
        word.arg == "strict" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in node.keywords
    )
    return strict or (bool(node.args) and is_integer(node.args[0], integers))


def is_integer(node: ast.expr, integers: frozenset[str]) -> bool:
    """Whether an expression is an integer on sight."""
    match node:
        case ast.Constant(value=value):
            return type(value) is int
        case ast.Attribute(attr=name):
            return name in integers
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name in integers
        case ast.BinOp(left=left, op=op, right=right):
            return (
                isinstance(op, EXACT) and is_integer(left, integers) and is_integer(right, integers)
            )
        case ast.Call(
            func=ast.Attribute(attr="cast" | "declare_type"), args=[ast.Name(id="int"), _]
        ):
            return True
    return False


def main(directories: list[str]) -> int:
    """Print every fault under ``directories``; 1 when there is one."""
    integers = integer_columns(SCHEMAS.read_text())
    found = 0
    for path in sorted(p for directory in directories for p in Path(directory).rglob("*.py")):
        for line, message in faults(path.read_text(), integers):
            print(f"{path}:{line}: {message}")
            found += 1
    print(f"{found} faults" if found else "no reducer loses updates")
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
