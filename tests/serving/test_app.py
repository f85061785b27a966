import re

import pytest

from tests.serving.fakes import ALICE, Stage

CONTRACT = {
    "/v1/quotes": {"get"},
    "/v1/symbols/{symbol}/bars": {"get"},
    "/v1/symbols/{symbol}/indicators": {"get"},
    "/v1/portfolios": {"get", "post"},
    "/v1/portfolios/{portfolio_id}": {"get", "put", "delete"},
    "/v1/portfolios/{portfolio_id}/holdings/import": {"post"},
    "/v1/portfolios/{portfolio_id}/advice": {"post"},
    "/v1/analyze": {"post"},
    "/v1/stream": {"get"},
    "/v1/insights": {"get"},
    "/v1/insights/portfolio/{portfolio_id}": {"post"},
    "/v1/insights/market-summary": {"post"},
    "/v1/usage": {"get"},
    "/v1/usage/events/{event_id}": {"get"},
    "/v1/admin/costs": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
}


def test_the_reference_lists_every_route_of_the_contract(stage: Stage) -> None:
    paths = stage.client.get("/openapi.json").json()["paths"]
    listed = {path: set(operations) for path, operations in paths.items()}
    assert listed == CONTRACT | {
        "/problems": {"get"},
        "/problems/{slug}": {"get"},
        "/v1/portfolios/{portfolio_id}/optimise": {"post"},
    }


def test_guarded_routes_say_so_and_name_their_errors(stage: Stage) -> None:
    document = stage.client.get("/openapi.json").json()
    assert set(document["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["operationId"]
            assert operation["summary"]
            guarded = path.startswith("/v1/")
            assert ("security" in operation) == guarded
            assert ("401" in operation["responses"]) == guarded
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert set(response["content"]) == {"application/problem+json"}


def test_every_reference_in_the_document_resolves(stage: Stage) -> None:
    text = stage.client.get("/openapi.json").text
    schemas = stage.client.get("/openapi.json").json()["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(schemas)
    assert set(re.findall(r"#/\$defs/(\w+)", text)) == set()


def test_the_documented_models_fit_the_answers(stage: Stage) -> None:
    from serving.models.advice import AdviceAnswer
    from serving.models.market import Quotes
    from serving.models.portfolios import PortfolioOut, Portfolios
    from serving.models.usage import UsageOut
    from tests.serving.fakes import advice_row

    stage.views.put("advice", advice_row("a"), advice_row("b", state="withheld"))
    for model, method, path in (
        (AdviceAnswer, "POST", "/v1/portfolios/growth/advice"),
        (Quotes, "GET", "/v1/quotes"),
        (Portfolios, "GET", "/v1/portfolios"),
        (PortfolioOut, "GET", "/v1/portfolios/growth"),
        (UsageOut, "GET", "/v1/usage"),
    ):
        found = stage.client.request(method, path, headers=ALICE).json()
        assert model.model_validate(found, strict=True).model_dump() == found


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_load_nothing_from_elsewhere(stage: Stage, path: str) -> None:
    answer = stage.client.get(path)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    for address in re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)""", answer.text):
        assert address.startswith("/"), address
        assert stage.client.get(address).status_code in (200, 503), address


def test_the_landing_page_shows_its_own_address(stage: Stage) -> None:
    page = stage.client.get("/", headers={"Host": "market.example:8000"}).text
    assert "http://market.example:8000/v1/usage" in page
    page = stage.client.get("/", headers={"Host": 'x"><script>alert(1)</script>'}).text
    assert "<script>" not in page


def test_two_apps_live_side_by_side(stage: Stage) -> None:
    other = Stage(stage.options)
    with other.client:
        other.client.get("/healthz")
        assert 'route="/healthz"' in other.client.get("/metrics").text
    assert 'route="/healthz"' not in stage.client.get("/metrics").text


def test_streams_end_when_the_app_does(stage: Stage) -> None:
    with Stage(stage.options).client as client:
        hub = client.app.state.services.hub  # type: ignore[attr-defined]
        assert not hub.closed
    assert hub.closed


def test_parameters_that_are_read_by_hand_are_documented(stage: Stage) -> None:
    paths = stage.client.get("/openapi.json").json()["paths"]
    advice = paths["/v1/portfolios/{portfolio_id}/advice"]["post"]["parameters"]
    assert [(one["in"], one["name"]) for one in advice] == [
        ("path", "portfolio_id"),
        ("query", "as_of"),
        ("header", "Idempotency-Key"),
    ]
    analyze = paths["/v1/analyze"]["post"]
    assert [one["name"] for one in analyze["parameters"]] == ["Idempotency-Key"]
    schema = analyze["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/AnalyzeIn"}
