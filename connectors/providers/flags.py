"""Feature flags in front of providers, through the OpenFeature interface.

The flag of a provider is ``provider.<name>``; the capability asked for is in the context. Flags of
the settings are served from memory. Whoever has set an OpenFeature provider of their own, for the
domain ``yieldflow`` or for all, keeps it: the settings then say only what holds for flags it lacks.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider
from openfeature.provider.no_op_provider import NoOpProvider

DOMAIN: Final = "yieldflow"


class SettingsFlags(InMemoryProvider):
    """Flags as the settings have them."""

    def __init__(self, values: Mapping[str, bool]) -> None:
        """Serve ``values`` by the name of the provider."""
        super().__init__(
            {
                _key(name): InMemoryFlag("on" if value else "off", {"on": True, "off": False})
                for name, value in values.items()
            }
        )


class Flags:
    """Which providers may be asked. From any thread; a flag may change at any time."""

    def __init__(self, providers: Iterable[str], settings: Mapping[str, bool]) -> None:
        """Serve the settings, unless somebody else serves flags already.

        Args:
            providers: all there are; on unless the settings say otherwise.
            settings: by the name of the provider.
        """
        self._defaults = dict.fromkeys(providers, True) | dict(settings)
        self._client = api.get_client(DOMAIN)
        if isinstance(self._client.provider, NoOpProvider | SettingsFlags):
            api.set_provider_and_wait(SettingsFlags(self._defaults), DOMAIN)

    def on(self, provider: str, capability: str) -> bool:
        """Whether a provider may be asked; as the settings say when the flag cannot be had."""
        return self._client.get_boolean_value(
            _key(provider),
            self._defaults.get(provider, True),
            EvaluationContext(attributes={"capability": capability}),
        )


def _key(provider: str) -> str:
    return f"provider.{provider}"
