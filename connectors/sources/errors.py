"""What stops a run before it starts: an input that cannot be read at all."""


class SourceError(Exception):
    """An input file or its description is unusable; one line says why and how to mend it."""
