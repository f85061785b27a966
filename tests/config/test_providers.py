from collections.abc import Callable
from datetime import timedelta

import pytest

from config.providers import CAPABILITIES, NEED_KEY, OFFERS, RETIRED
from config.settings import Settings
from connectors.providers.registry import PROVIDERS

Load = Callable[..., Settings]
Refuse = Callable[..., str]
ENV = {"KEY_A": "hunter2"}


def test_without_a_word_answers_are_fresh_for_a_quarter_of_an_hour(load: Load) -> None:
    providers = load().providers
    assert set(providers.cache) == {"quote", "bars", "fundamentals", "news", "macro"}
    assert set(providers.cache.values()) == {timedelta(seconds=900)}
    assert providers.max_stale == timedelta(hours=6)
    assert providers.alert_micros == (100_000_000, 500_000_000, 1_000_000_000)
    assert (providers.routing, providers.ab, providers.symbols) == ({}, None, {})


def test_one_cache_time_leaves_the_others(load: Load) -> None:
    cache = load("providers: {cache: {quote: 0s, news: 30m}}").providers.cache
    assert (cache["quote"], cache["news"]) == (timedelta(0), timedelta(minutes=30))
    assert cache["bars"] == timedelta(seconds=900)


def test_money_is_integer_micros_of_a_dollar(load: Load) -> None:
    text = 'prices: {newsapi: {per_call: "0.0018", monthly_budget: "449"}, yahoo: {}}, alerts: [7]'
    providers = load(f"providers: {{{text}}}").providers
    assert providers.prices["newsapi"].per_call_micros == 1_800
    assert providers.prices["newsapi"].monthly_budget_micros == 449_000_000
    assert providers.prices["yahoo"].per_call_micros == 0
    assert providers.prices["yahoo"].monthly_budget_micros is None
    assert providers.alert_micros == (7_000_000,)


def test_order_flags_limits_addresses_and_keys_are_kept(load: Load) -> None:
    providers = load(
        "providers:\n"
        "  routing: {quote: [yahoo, finnhub, coingecko], fundamentals: [massive]}\n"
        "  flags: {yahoo: false}\n"
        "  limits: {finnhub: [[60, 60], [30, 1.5]]}\n"
        "  urls: {yahoo: 'http://127.0.0.1:99/v8'}\n"
        "  keys: {finnhub: KEY_A, massive: KEY_A}\n"
        "  symbols: {coingecko: {BTC: bitcoin}}\n"
        "  ab: {capability: quote, arms: {yahoo: 30, coingecko: 70}, sample: 0.1}\n",
        ENV,
    ).providers
    assert providers.routing["quote"] == ("yahoo", "finnhub", "coingecko")
    assert providers.flags == {"yahoo": False}
    assert providers.limits == {"finnhub": ((60, 60.0), (30, 1.5))}
    assert providers.urls == {"yahoo": "http://127.0.0.1:99/v8"}
    assert providers.keys["finnhub"].get_secret_value() == "hunter2"
    assert providers.symbols == {"coingecko": {"BTC": "bitcoin"}}
    assert providers.ab is not None
    assert (providers.ab.arms, providers.ab.sample) == ({"yahoo": 30, "coingecko": 70}, 0.1)
    assert "hunter2" not in repr(providers)


def test_a_feed_brings_its_own_key_or_has_the_common_one(load: Load) -> None:
    feed = "data_sources: [{type: snapshots, polled: {provider: finnhub, symbols: [A]%s}}]\n"
    own = load(feed % ", key_env: KEY_A", ENV).data_sources[0].polled
    assert own is not None
    assert own.key is not None
    assert own.key.get_secret_value() == "hunter2"
    common = load(feed % "" + "providers: {keys: {finnhub: KEY_A}}", ENV)
    assert common.data_sources[0].polled is not None
    assert common.data_sources[0].polled.key is None
    routed = "data_sources: [{type: snapshots, polled: {symbols: [A]}}]\n"
    live = load(routed + "providers: {routing: {quote: [yahoo]}}").data_sources[0].live
    assert live is not None
    assert live.address == "polled:routing/quote"


KEYLESS = "wants a key: name the variable with it in providers.keys"
USD = 'must be USD as a decimal in quotes such as "0.002" (at most 6 decimals)'
RATE = "must be [calls, seconds] such as [25, 86400]; 31 days at most"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("caches: {}", "caches: unknown key, did you mean cache?"),
        (
            "routing: {quotes: [yahoo]}",
            'routing.quotes: must be quote, bars, fundamentals, news or macro, was "quotes"',
        ),
        ("routing: {quote: yahoo}", 'routing.quote: must be a list, was "yahoo"'),
        ("routing: {quote: []}", "routing.quote: must name a provider or more, each once"),
        (
            "routing: {quote: [yahoo, yahoo]}",
            "routing.quote: must name a provider or more, each once",
        ),
        (
            "routing: {quote: [yahooo]}",
            "routing.quote[0]: unknown provider, did you mean yahoo?",
        ),
        (
            "routing: {macro: [yahoo]}",
            "routing.macro[0]: yahoo has no macro; these have: fred, nasdaq_data_link",
        ),
        ("routing: {quote: [yahoo, finnhub]}", f"routing.quote[1]: finnhub {KEYLESS}"),
        (
            "routing: {fundamentals: [sec_edgar]}",
            'routing.fundamentals[0]: sec_edgar wants a User-Agent such as "Company '
            'name@company.com": name the variable with it in providers.keys',
        ),
        ("symbols: {yahoo: {A: 5}}", "symbols.yahoo.A: must be text in quotes, was 5"),
        ("flags: {yahoo: yes}", 'flags.yahoo: must be true or false, was "yes"'),
        ("flags: {yaho: true}", "flags.yaho: unknown provider, did you mean yahoo?"),
        (
            "cache: {quote: 60}",
            'cache.quote: must be a duration such as "2m" (unit ms, s, m, h or d), was 60',
        ),
        ("cache: {quote: 31d}", 'cache.quote: must be from "0s" to "30d", was "31d"'),
        ("prices: {yahoo: {per_call: 0.002}}", f"prices.yahoo.per_call: {USD}, was 0.002"),
        (
            'prices: {yahoo: {per_call: "0.0000001"}}',
            f'prices.yahoo.per_call: {USD}, was "0.0000001"',
        ),
        (
            'prices: {yahoo: {monthly_budget: "-1"}}',
            f'prices.yahoo.monthly_budget: {USD}, was "-1"',
        ),
        (
            "prices: {yahoo: {budget: 1}}",
            "prices.yahoo.budget: unknown key, did you mean monthly_budget?",
        ),
        ("alerts: [500, 100]", "alerts: must be ascending, each mark once"),
        ("alerts: [0]", "alerts[0]: must be whole USD from 1 to 1000000000, was 0"),
        (
            "ab: {capability: quote, arms: {yahoo: 50, coingecko: 40}}",
            "ab.arms: must be two providers or more with 100 percent together, was 90",
        ),
        (
            "ab: {capability: quote, arms: {yahoo: 100}}",
            "ab.arms.yahoo: must be a whole number from 1 to 99, was 100",
        ),
        (
            "ab: {capability: quote, arms: {yahoo: 50, finnhub: 50}}",
            f"ab.arms.finnhub: finnhub {KEYLESS}",
        ),
        (
            "ab: {capability: news, arms: {yahoo: 50, newsapi: 50}}",
            "ab.arms.yahoo: yahoo has no news; these have: "
            "alphavantage, finnhub, massive, newsapi, reddit, sec_edgar",
        ),
        ("limits: {yahoo: [[1]]}", f"limits.yahoo[0]: {RATE}, was a list of 1"),
        ("limits: {yahoo: [[0, 1]]}", f"limits.yahoo[0]: {RATE}, was a list of 2"),
        ("limits: {yahoo: [[1, 99999999]]}", f"limits.yahoo[0]: {RATE}, was a list of 2"),
        ("limits: {yahoo: [5]}", f"limits.yahoo[0]: {RATE}, was 5"),
        ("urls: {yahoo: 'ws://a.b'}", 'urls.yahoo: must be a URL such as "https://example.com"'),
        (
            "urls: {yahoo: 'https://a.b/?api_key=hunter2'}",
            'urls.yahoo: must be a URL such as "https://example.com" without a key in it: '
            "name its variable instead",
        ),
    ],
)
def test_what_providers_cannot_be_is_one_line(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(f"providers: {{{text}}}", ENV) == f"config/demo.yaml: providers.{line}"


def test_providers_are_those_that_can_be_asked() -> None:
    specs = [adapter.spec for adapter in PROVIDERS.values()]
    asked = {
        spec.name: {one for one in spec.capabilities if one in CAPABILITIES}
        for spec in specs
        if spec.retired is None
    }
    assert asked == {name: set(offered) for name, offered in OFFERS.items()}
    assert {spec.name for spec in specs if spec.retired is not None} == set(RETIRED)
    assert {spec.name for spec in specs if spec.needs_key} == set(NEED_KEY)


def test_a_key_that_is_not_set_is_named(refuse: Refuse) -> None:
    assert refuse("providers: {keys: {fred: FRED_KEY}}") == (
        "config/demo.yaml: providers.keys.fred: needs FRED_KEY, e.g. export FRED_KEY=..."
    )
