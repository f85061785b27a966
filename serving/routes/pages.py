"""Pages for people: what to try, and the reference. Nothing is loaded from anywhere else."""

import html
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse, HTMLResponse, Response

from serving.errors import NotYours

router = APIRouter(include_in_schema=False)

ASSETS = Path(fastapi_offline.__file__).parent / "static"
SERVED = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline'; "
POLICY += "style-src 'self' 'unsafe-inline'; img-src 'self' data:"

LANDING = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Yieldflow</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }
pre { background: #f4f4f4; padding: .75rem 1rem; overflow-x: auto; border-radius: 4px }
</style>
<h1>Yieldflow</h1>
<p>Live market tables and advice that explains itself. The demo prints its API key when it starts;
put it in <code>KEY</code>.</p>
<h2>Advice, with numbers and what would clear it</h2>
<pre>curl -s -X POST -H "X-API-Key: $KEY" ORIGIN/v1/portfolios/demo-growth/advice</pre>
<h2>Changes as they happen</h2>
<pre>curl -N -H "X-API-Key: $KEY" "ORIGIN/v1/stream?topics=advice"</pre>
<h2>What it cost</h2>
<pre>curl -s -H "X-API-Key: $KEY" ORIGIN/v1/usage</pre>
<h2>More</h2>
<ul>
<li><a href="/docs">All routes</a>, also as <a href="/openapi.json">OpenAPI</a></li>
<li><a href="/problems">Every error this API answers with</a></li>
<li><a href="/readyz">Is it ready?</a> <a href="/metrics">Metrics</a></li>
</ul>
</html>
"""


@router.get("/")
async def landing(request: Request) -> Response:
    """What to try first, with the address the page was reached under."""
    origin = html.escape(str(request.base_url).rstrip("/"))
    page = LANDING.replace("ORIGIN", origin)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


@router.get("/docs")
async def docs() -> Response:
    """Swagger UI from an installed package."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Yieldflow API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
        swagger_ui_parameters={"validatorUrl": None, "persistAuthorization": True},
    )
    page.headers["Content-Security-Policy"] = POLICY
    return page


@router.get("/docs/assets/{name}")
async def asset(name: str) -> Response:
    """One of the three files of Swagger UI."""
    if name not in SERVED:
        raise NotYours(f"there is no asset {name!r}")
    return FileResponse(ASSETS / name, media_type=SERVED[name])
