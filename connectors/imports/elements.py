"""XML -> its elements with their attributes, without anything that XML can be attacked with.

A document type is refused before any entity of it is known: what is not declared cannot be expanded
(``billion laughs``) and cannot fetch a file. Text between elements is not kept at all.
"""

from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from connectors.imports.imported import ImportRefused

DEEPEST: Final = 16
MOST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Element:
    """One element: ``path`` is its own name last, ``line`` where it starts."""

    path: tuple[str, ...]
    attributes: dict[str, str]
    line: int

    @property
    def tag(self) -> str:
        """Its name."""
        return self.path[-1]


def elements(data: bytes) -> list[Element]:
    """All elements in the order in which they start.

    Raises:
        ImportRefused: the text is no XML, has a document type, or is nested too deep or too long.
    """
    found: list[Element] = []
    path: list[str] = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        path.append(tag)
        if len(path) > DEEPEST or len(found) >= MOST:
            raise ImportRefused(f"line {parser.CurrentLineNumber}: more XML than a statement has")
        found.append(Element(tuple(path), attributes, parser.CurrentLineNumber))

    def end(_: str) -> None:
        path.pop()

    def forbidden(*_: object) -> int:
        raise ImportRefused("the file declares a document type: no statement of a broker does")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = forbidden
    parser.ExternalEntityRefHandler = forbidden
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # also of its encoding
        raise ImportRefused(f"the file is no XML: {error}") from None
    return found
