from collections.abc import Iterator

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from connectors.providers.flags import DOMAIN, Flags


@pytest.fixture(autouse=True)
def _no_flags_of_others() -> Iterator[None]:
    api.shutdown()
    yield
    api.shutdown()


def test_a_provider_is_on_unless_the_settings_switch_it_off() -> None:
    flags = Flags(["a", "b"], {"b": False})
    assert [flags.on(name, "quote") for name in ("a", "b", "unknown")] == [True, False, True]


def test_settings_of_the_next_run_replace_those_of_the_last() -> None:
    Flags(["a"], {"a": False})
    assert Flags(["a"], {}).on("a", "quote")


@pytest.mark.parametrize("domain", [DOMAIN, None])
def test_whoever_serves_flags_already_keeps_doing_so(domain: str | None) -> None:
    def only_news(
        flag: InMemoryFlag[bool], context: EvaluationContext
    ) -> FlagResolutionDetails[bool]:
        return FlagResolutionDetails(value=context.attributes["capability"] == "news")

    variants = {"on": True, "off": False}
    theirs = InMemoryProvider(
        {"provider.a": InMemoryFlag("on", variants, context_evaluator=only_news)}
    )
    api.set_provider_and_wait(theirs, domain)
    flags = Flags(["a", "b"], {"a": False, "b": False})
    assert flags.on("a", "news")
    assert not flags.on("a", "quote")
    assert not flags.on("b", "news")  # a flag that is not theirs is as the settings say


def test_a_flag_may_change_at_any_time() -> None:
    flags = Flags(["a"], {})
    assert flags.on("a", "quote")
    off = InMemoryProvider({"provider.a": InMemoryFlag("off", {"off": False})})
    api.set_provider_and_wait(off, DOMAIN)
    assert not flags.on("a", "quote")
