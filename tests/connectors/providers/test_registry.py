import pytest

from config import providers as settings
from connectors.providers.registry import PROVIDERS, client, provider


def test_settings_offer_what_the_providers_have() -> None:
    assert settings.RETIRED.keys() == {
        name for name, each in PROVIDERS.items() if each.spec.retired is not None
    }
    assert settings.OFFERS.keys() == PROVIDERS.keys() - settings.RETIRED.keys()
    for name, offered in settings.OFFERS.items():
        spec = PROVIDERS[name].spec
        assert set(offered) == set(spec.capabilities) - {"trades"}, name
        assert (name in settings.NEED_KEY) == spec.needs_key, name


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "iex_cloud"])
def test_every_capability_has_requests_and_a_reader(name: str) -> None:
    adapter = provider(name)
    if adapter.intervals:
        adapter.bars = type(adapter.bars)(next(iter(adapter.intervals)))
    symbols = {"nasdaq_data_link": {"macro": "A/B", "fundamentals": "A/B:C"}}
    for capability in adapter.spec.capabilities:
        symbol = symbols.get(name, {}).get(capability, "AAPL")
        assert list(adapter.requests(capability, [symbol]))
        assert capability in adapter.readers
    assert adapter.spec.base_url.startswith("https://")
    assert adapter.spec.rates


def test_a_name_nobody_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no provider `nobody` \(there are: alphavantage, "):
        provider("nobody")
    with pytest.raises(ValueError, match="no provider `nobody`"):
        client("nobody")
