import json
from pathlib import Path

import pytest

from connectors.providers.access import Access
from connectors.providers.iex import Iex
from connectors.providers.spec import ProviderRetired
from tests.connectors.providers.wire import files


def test_it_says_since_when_it_is_no_more(shared: Path) -> None:
    assert files(shared, "iex_cloud") == {"iex_cloud/RETIRED.json"}
    facts = json.loads((shared / "wire/iex_cloud/RETIRED.json").read_text())
    assert facts["status"] == "retired"
    assert facts["sunset"] in Iex.spec.retired
    assert Iex.spec.name == facts["provider"]


def test_there_is_no_address_and_no_request() -> None:
    assert Iex.spec.base_url == ""
    with pytest.raises(ProviderRetired, match="finnhub or massive"):
        Iex().requests("quote", ["AAPL"])


def test_access_is_refused_even_with_an_address_in_the_settings() -> None:
    with pytest.raises(ProviderRetired):
        Access(key="secret-key", url="http://127.0.0.1:1").check(Iex.spec, "quote")
