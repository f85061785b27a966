"""All formats: which one a file is of, and reading it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connectors.imports import ghostfolio, ibkr_flex, kite, trade_republic, zerodha
from connectors.imports.content import Content, open_content
from connectors.imports.draft import Draft
from connectors.imports.imported import Imported, ImportRefused, KnownInstruments
from connectors.imports.settle import settled


@dataclass(frozen=True)
class Format:
    """One kind of file. ``matches`` looks at what it holds, ``read`` adds that to a draft."""

    label: str
    matches: Callable[[Content], bool]
    read: Callable[[Content, Draft], None]


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {  # the first that matches counts: the columns of the last are the most common ones
        zerodha.NAME: Format(
            "Zerodha Console holdings or tradebook", zerodha.matches, zerodha.read
        ),
        kite.NAME: Format("Kite Connect JSON", kite.matches, kite.read),
        ibkr_flex.NAME: Format(
            "Interactive Brokers Flex XML or CSV", ibkr_flex.matches, ibkr_flex.read
        ),
        trade_republic.NAME: Format(
            "Trade Republic CSV", trade_republic.matches, trade_republic.read
        ),
        ghostfolio.NAME: Format("Ghostfolio JSON or CSV", ghostfolio.matches, ghostfolio.read),
    }
)
AUTO: Final = "auto"


def detect(data: bytes, filename: str = "") -> str:
    """The name of the format that a file is of, told by what it holds.

    Args:
        data: the file.
        filename: for the message.

    Raises:
        ImportRefused: it is of none; the message lists them.
    """
    return _detected(open_content(data), filename)


def read_import(
    data: bytes,
    *,
    format: str = AUTO,
    filename: str = "",
    known: KnownInstruments | None = None,
    latest: int | None = None,
) -> Imported:
    """Read a broker's file.

    Args:
        data: the file.
        format: one of ``FORMATS``, or ``auto``.
        filename: for messages.
        known: symbols and ISINs of here; None: nothing is known.
        latest: now, microseconds UTC: later transactions are told; None: not looked at.

    Raises:
        ImportRefused: it cannot be read at all, or is not of the format asked for.
    """
    content, draft = open_content(data), Draft()
    name = _detected(content, filename) if format == AUTO else format
    if name not in FORMATS:
        raise ImportRefused(f"unknown format {name!r}: {_listed()}")
    if not FORMATS[name].matches(content):
        raise ImportRefused(f"{filename or 'the file'} is no {FORMATS[name].label}")
    if content.decoded:
        draft.note(0, "not_utf8", f"the text is no UTF-8, it was read as {content.decoded}")
    FORMATS[name].read(content, draft)
    return settled(draft, name, known=known or KnownInstruments(), latest=latest)


def _detected(content: Content, filename: str) -> str:
    for name, format in FORMATS.items():
        if format.matches(content):
            return name
    raise ImportRefused(f"{filename or 'the file'} is of no format that is known: {_listed()}")


def _listed() -> str:
    return ", ".join(f"{name} ({format.label})" for name, format in FORMATS.items())
