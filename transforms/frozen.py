"""States of folds as bytes, for checkpoints: what a restart goes on from.

A state is pickled as it is; rules and what it was told from outside (``shared``) are named, not
copied. Thawing makes nothing but what folds are made of, so that a forged checkpoint cannot run
anything.
"""

import io
import pickle
from collections.abc import Sequence
from types import MethodType
from typing import Any, Final
from zoneinfo import ZoneInfo

from transforms.advice.registry import RULES

_MODULES: Final = ("transforms.", "numpy.", "polars.")
_PLAIN: Final = (
    *("set", "frozenset", "slice", "bytearray", "range", "list", "dict", "tuple"),
    *("int", "float", "str", "bool"),
)
_NAMES: Final = frozenset(
    {
        *(("builtins", name) for name in _PLAIN),
        *(("collections", name) for name in ("deque", "Counter", "OrderedDict", "defaultdict")),
        *(("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")),
        ("zoneinfo", "ZoneInfo"),
        ("_codecs", "encode"),
        ("copyreg", "_reconstructor"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
    }
)
_DAMAGE: Final = (
    *(pickle.UnpicklingError, AttributeError, ImportError, EOFError),
    *(IndexError, TypeError, ValueError),
)


class FrozenState(Exception):
    """Bytes that are no state of this version."""


def method_of(owner: object, name: str) -> Any:
    """A method of a part of a state, which another part has been given to call.

    Raises:
        FrozenState: the owner is no such part.
    """
    if not type(owner).__module__.startswith("transforms."):
        raise FrozenState(f"a checkpoint must not hold {type(owner).__qualname__}.{name}")
    return getattr(owner, name)


class _Freezer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, known: Sequence[object]) -> None:
        super().__init__(file, protocol=5)
        self._number = {id(one): number for number, one in enumerate(known)}

    def persistent_id(self, obj: Any) -> int | None:
        """Number of what is known."""
        return self._number.get(id(obj))

    def reducer_override(self, obj: Any) -> Any:
        """Methods by owner and name, time zones by name."""
        if isinstance(obj, MethodType):
            return method_of, (obj.__self__, obj.__func__.__name__)
        if isinstance(obj, ZoneInfo):
            return ZoneInfo, (obj.key,)
        return NotImplemented


class _Thawer(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: Sequence[object]) -> None:
        super().__init__(file)
        self._known = known

    def persistent_load(self, pid: Any) -> Any:
        """What is known by a number."""
        return self._known[pid]

    def find_class(self, module: str, name: str) -> Any:
        """Only what folds are made of."""
        if module.startswith(_MODULES) or (module, name) in _NAMES:
            return super().find_class(module, name)
        raise FrozenState(f"a checkpoint must not hold {module}.{name}")


def freeze(state: object, *shared: object) -> bytes:
    """The state as bytes.

    Args:
        state: of a fold.
        shared: what it refers to and is given again when it is thawed, in the same order.
    """
    stream = io.BytesIO()
    _Freezer(stream, [*RULES, *shared]).dump(state)
    return stream.getvalue()


def thaw(frozen: bytes, *shared: object) -> Any:
    """The state of ``freeze``.

    Raises:
        FrozenState: the bytes are damaged, or of another version.
    """
    try:
        return _Thawer(io.BytesIO(frozen), [*RULES, *shared]).load()
    except _DAMAGE as error:
        raise FrozenState(f"{type(error).__name__}: {error}") from error
