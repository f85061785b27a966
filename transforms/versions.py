"""How a fold keeps its state inside the engine without being pickled at every commit."""

from typing import Any, NoReturn, Protocol


class Versioned(Protocol):
    """State that counts its changes."""

    version: int


class Version:
    """A serializer for ``pw.wrap_py_object`` that lets the engine hash a counter."""

    @staticmethod
    def dumps(state: Versioned) -> bytes:
        """The version alone; state is rebuilt from feeds and tables, never restored from here."""
        return b"%d" % state.version

    @staticmethod
    def loads(version: Any) -> NoReturn:
        """Refuse: engine persistence cannot restore this state."""
        raise NotImplementedError("folds are rebuilt from their feeds, not unpickled")
