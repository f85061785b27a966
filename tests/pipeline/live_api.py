"""The API of a running profile, and an account to call it with."""

import json
import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any

from config.documents import packaged, read_document
from tests.pipeline.live_runs import PATIENCE, Run

KEY = str(read_document(packaged("demo.yaml"))["accounts"][0]["key"])
VARIABLE = "LIVE_TEST_KEY"
ACCOUNT = "tester"
ACCOUNTS = {
    "accounts": [
        {
            "account_id": ACCOUNT,
            "name": "Tester",
            "key_env": VARIABLE,
            "portfolios": ["p1", "p2"],
            "admin": True,
        }
    ]
}
ENV = {VARIABLE: KEY}


@dataclass
class Answer:
    """An answer of the API."""

    status: int
    body: Any
    headers: Message

    @property
    def stale_since(self) -> str | None:
        """What it says of its age; None: it is as fresh as can be."""
        return self.headers.get("X-Stale-Since")


@dataclass
class Api:
    """The API of the engine that ``run`` has started last."""

    run: Run
    url: str = ""

    def call(self, path: str, method: str = "GET") -> Answer:
        request = urllib.request.Request(self._url() + path, method=method)
        request.add_header("X-API-Key", KEY)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, json.load(answer), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, json.load(error), error.headers)

    def advice(self, portfolio: str = "p1") -> Answer:
        return self.call(f"/v1/portfolios/{portfolio}/advice", "POST")

    def ready(self) -> Answer:
        return self.call("/readyz")

    def parts(self) -> dict[str, Any]:
        """The parts of a service that is ready, by name."""
        return {part["name"]: part for part in self.ready().body.get("parts", ())}

    def until(self, path: str, status: int, method: str = "GET") -> Answer:
        """Ask until the answer has a status."""
        limit = time.monotonic() + PATIENCE
        while (answer := self.call(path, method)).status != status:
            assert time.monotonic() < limit, f"{path}: {answer}\n{self.run.log}"
            time.sleep(0.05)
        return answer

    def _url(self) -> str:
        if not self.url:
            pattern = re.compile(r"^API\s+(\S+)$", re.MULTILINE)
            self.run.until(lambda: bool(pattern.search(self.run.log)), "the address of the API")
            self.url = pattern.findall(self.run.log)[-1]
        return self.url
