from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from config.settings import ConfigError, Settings, load_settings

Load = Callable[..., Settings]
Refuse = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the working directory: config/ for profiles and one trades file."""
    (tmp_path / "config").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "trades.csv").write_text("symbol,ts_event,price,size\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load(project: Path) -> Load:
    """Loads config/demo.yaml with the given text; the trades file is listed unless sources are."""

    def load_text(
        text: str | bytes = "",
        env: Mapping[str, str] | None = None,
        overrides: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Settings:
        raw = text if isinstance(text, bytes) else text.encode()
        if b"data_sources" not in raw:
            raw = b"data_sources: [{type: trades, path: data/trades.csv}]\n" + raw
        (project / "config" / "demo.yaml").write_bytes(raw)
        return load_settings(Path("config/demo.yaml"), env or {}, overrides or {}, **options)

    return load_text


@pytest.fixture
def refuse(load: Load) -> Refuse:
    """The one line with which a profile is refused."""

    def message(*args: object, **kwargs: object) -> str:
        with pytest.raises(ConfigError) as refused:
            load(*args, **kwargs)
        [line] = str(refused.value).splitlines()
        return line

    return message
