"""States of folds as bytes, for checkpoints: what a restart goes on from.

A state is pickled as it is; rules and what it was told from outside (``shared``) are named, not
copied. Thawing makes nothing but what folds are made of, so that a forged checkpoint cannot run
anything.
"""

import hashlib
import io
import pickle
from collections.abc import Sequence
from types import MethodType
from typing import Any, Final
from zoneinfo import ZoneInfo

from transforms.advice.registry import RULES

_OURS: Final = "transforms."
_PLAIN: Final = (
    *("set", "frozenset", "slice", "bytearray", "range", "list", "dict", "tuple"),
    *("int", "float", "str", "bool"),
)
_NAMES: Final = frozenset(
    {
        *(("builtins", name) for name in _PLAIN),
        *(("collections", name) for name in ("deque", "Counter", "OrderedDict", "defaultdict")),
        *(("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")),
        ("fractions", "Fraction"),
        ("zoneinfo", "ZoneInfo"),
        *(("numpy", name) for name in ("ndarray", "dtype")),
        *(("numpy._core.multiarray", name) for name in ("_reconstruct", "scalar")),
        ("numpy._core.numeric", "_frombuffer"),
        (__name__, "method_of"),
    }
)
_DAMAGE: Final = (
    *(pickle.UnpicklingError, AttributeError, ImportError, EOFError),
    *(LookupError, TypeError, ValueError),
)
_DIGEST: Final = 16  # bytes in front of a state


class FrozenState(Exception):
    """Bytes that are no state of this version."""


def method_of(owner: object, name: str) -> Any:
    """A method of a part of a state, which another part has been given to call.

    Raises:
        FrozenState: the owner is no such part, or has no such method.
    """
    method = getattr(owner, name) if type(owner).__module__.startswith(_OURS) else None
    if not isinstance(method, MethodType):
        raise FrozenState(f"a checkpoint must not hold {type(owner).__qualname__}.{name}")
    return method


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
        """Only what folds are made of: of our own modules classes, and none that they import."""
        if (module, name) in _NAMES:
            return super().find_class(module, name)
        if module.startswith(_OURS) and module != __name__:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise FrozenState(f"a checkpoint must not hold {module}.{name}")


def _digest(state: bytes) -> bytes:
    return hashlib.blake2b(state, digest_size=_DIGEST).digest()


def freeze(state: object, *shared: object) -> bytes:
    """The state as bytes.

    Args:
        state: of a fold.
        shared: what it refers to and is given again when it is thawed, in the same order.
    """
    stream = io.BytesIO()
    _Freezer(stream, [*RULES, *shared]).dump(state)
    pickled = stream.getvalue()
    return _digest(pickled) + pickled


def thaw(frozen: bytes, *shared: object) -> Any:
    """The state of ``freeze``.

    Raises:
        FrozenState: the bytes are damaged, or of another version.
    """
    pickled = frozen[_DIGEST:]
    if _digest(pickled) != frozen[:_DIGEST]:
        raise FrozenState("damaged bytes")
    try:
        return _Thawer(io.BytesIO(pickled), [*RULES, *shared]).load()
    except _DAMAGE as error:
        raise FrozenState(f"{type(error).__name__}: {error}") from error
