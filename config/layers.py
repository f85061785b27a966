"""What goes before a profile: the environment, and before that the command line."""

import re
from collections.abc import Mapping
from typing import Any

PORT = "server.port"
ENVIRONMENT = {PORT: "YIELDFLOW_PORT", "home": "YIELDFLOW_HOME"}


def lay_over(
    document: dict[str, Any], env: Mapping[str, str], overrides: Mapping[str, object]
) -> dict[str, str]:
    """Put what goes before a profile into it.

    Args:
        document: the profile; changed.
        env: the environment; an empty variable counts as unset.
        overrides: dotted key -> value, from the command line.

    Returns:
        Key -> what an error calls its origin.
    """
    origins: dict[str, str] = {}
    for key, variable in ENVIRONMENT.items():
        text = env.get(variable, "")
        if text:
            number = key == PORT and re.fullmatch("-?[0-9]{1,9}", text)
            _put(document, key, int(text) if number else text)
            origins[key] = variable
    for key, value in overrides.items():
        _put(document, key, value)
        origins[key] = f"command line: {key}"
    return origins


def _put(document: dict[str, Any], key: str, value: object) -> None:
    head, _, rest = key.partition(".")
    if not rest:
        document[head] = value
        return
    section = document.get(head, {})
    if isinstance(section, dict):  # anything else is refused when the profile is checked
        document[head] = dict(section)
        _put(document[head], rest, value)
