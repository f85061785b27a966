"""What goes wrong with servers."""


class StackError(Exception):
    """A server that cannot be started or stopped: one line that says why and how to mend it."""


class StackMissing(StackError):
    """The package that brings a server is not installed."""
