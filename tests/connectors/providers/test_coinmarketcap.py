from pathlib import Path

import pytest

from connectors.providers.access import Access
from connectors.providers.coinmarketcap import CoinMarketCap
from connectors.providers.observations import Quote
from connectors.providers.spec import Fatal, Request, Retryable, UnknownSymbol
from tests.connectors.providers.wire import Asked, Fails, Gives, at, check, files, parse

ASKED = Asked("quote", ("BTC", "USDT"))
EXPECTED = {
    "rest_quotes_latest_v3.json": Gives(
        ASKED,
        2,
        Quote("BTC", at("2026-09-30T11:54:59Z"), 83_799.62851049942, "USD"),
        Quote("USDT", at("2026-09-30T11:54:59Z"), 0.9995603731319638, "USD"),
    ),
    "rest_quotes_latest_v2_deprecated.json": Fails(ASKED, Fatal, "version 1 or 2"),
    "rest_listings_v1_deprecated.json": Fails(ASKED, Fatal, "version 1 or 2"),
    "rest_error_1001.json": Fails(ASKED, Fatal, "1001: This API Key is invalid"),
    "rest_error_1002.json": Fails(ASKED, Fatal, "1002: API key missing"),
    "rest_error_1006.json": Fails(ASKED, Fatal, "1006: .*subscription plan"),
    "rest_error_1008.json": Fails(ASKED, Retryable, "1008: ", after=60.0),
    # From 2026-11-18 11:06:40 to the first of December.
    "rest_error_1010.json": Fails(ASKED, Retryable, "1010: .*monthly", after=1_083_200.0),
    "rest_error_1011.json": Fails(ASKED, Retryable, "1011: .*IP rate limit", after=60.0),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(CoinMarketCap(), shared, f"coinmarketcap/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "coinmarketcap") == {f"coinmarketcap/{file}" for file in EXPECTED}


def test_an_error_with_http_200_is_an_error(shared: Path) -> None:
    body = (shared / "wire/coinmarketcap/rest_error_1001.json").read_bytes()
    with pytest.raises(Fatal):
        parse(CoinMarketCap(), ASKED, body.replace(b"1001,", b'"1001",'), 200)


def test_the_limit_of_a_day_ends_with_the_day() -> None:
    body = b'{"status":{"error_code":1009,"error_message":"daily"}}'
    with pytest.raises(Retryable) as caught:
        parse(CoinMarketCap(), ASKED, body, 429)
    assert caught.value.after == 12 * 3_600 + 53 * 60 + 20


def coin(number: int, rank: str, price: float | str) -> str:
    return (
        f'{{"id":{number},"symbol":"BTC","cmc_rank":{rank},"quote":[{{"symbol":"USD",'
        f'"price":{price},"last_updated":"2026-09-30T11:54:59.000Z"}}]}}'
    )


def test_of_coins_that_share_a_symbol_the_best_ranked_is_meant() -> None:
    coins = ",".join([coin(5, "null", 1.0), coin(9, "700", 2.0), coin(1, "1", 3.0)])
    body = f'{{"status":{{"error_code":"0"}},"data":[{coins}]}}'.encode()
    [quote] = parse(CoinMarketCap(), Asked("quote", ("btc", "eth")), body)
    assert (quote.symbol, quote.price) == ("btc", 3.0)


def test_a_coin_without_a_price_leaves_the_others() -> None:
    coins = ",".join([coin(2, "2", "null").replace("BTC", "OLD"), coin(1, "1", 3.0)])
    body = f'{{"status":{{"error_code":"0"}},"data":[{coins}]}}'.encode()
    assert [quote.symbol for quote in parse(CoinMarketCap(), ASKED, body)] == ["BTC"]


def test_no_coin_at_all_is_an_unknown_symbol() -> None:
    with pytest.raises(UnknownSymbol, match="BTC, USDT"):
        parse(CoinMarketCap(), ASKED, b'{"status":{"error_code":"0"},"data":[]}')


def test_a_coin_is_called_by_the_id_it_was_asked_by() -> None:
    body = f'{{"status":{{"error_code":"0"}},"data":[{coin(1, "1", 3.0)}]}}'.encode()
    [quote] = parse(CoinMarketCap(), Asked("quote", ("1",)), body)
    assert quote.symbol == "1"


def test_ids_and_symbols_are_asked_for_apart() -> None:
    ids, names = CoinMarketCap().requests("quote", ["BTC", "1027", "ETH"])
    assert ids.params == {"id": "1027", "convert": "USD"}
    assert names.params == {"symbol": "BTC,ETH", "convert": "USD"}


def test_without_a_key_the_public_root_is_asked() -> None:
    url, _, headers = Access().address(CoinMarketCap.spec, Request("/v3/x"))
    assert url == "https://pro-api.coinmarketcap.com/public-api/v3/x"
    assert "X-CMC_PRO_API_KEY" not in headers
    url, _, headers = Access(key="secret").address(CoinMarketCap.spec, Request("/v3/x"))
    assert url == "https://pro-api.coinmarketcap.com/v3/x"
    assert headers["X-CMC_PRO_API_KEY"] == "secret"
