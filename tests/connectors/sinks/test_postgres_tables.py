import pathway as pw
import pytest

from connectors.sinks.postgres_tables import CHANGE_LOG, Column, SinkTable
from transforms.schemas import Bar, PortfolioRisk


class Kinds(pw.Schema):
    """One of each.

    Second paragraph.
    """

    whole: int
    real: float = pw.column_definition(description="units")
    text: str
    truth: bool
    blob: bytes
    json: pw.Json
    lacking: float | None = pw.column_definition(description="null when unknown")
    facts: pw.Json | None


def test_a_table_has_the_columns_of_its_schema() -> None:
    table = SinkTable.of("kinds", Kinds, ["text", "whole"], indexes=[["whole"]])
    assert table.columns == (
        Column("whole", "bigint"),
        Column("real", "double precision", comment="units"),
        Column("text", "text"),
        Column("truth", "boolean"),
        Column("blob", "bytea"),
        Column("json", "jsonb"),
        Column("lacking", "double precision", nullable=True, comment="null when unknown"),
        Column("facts", "jsonb", nullable=True),
    )
    assert (table.key, table.indexes) == (("text", "whole"), (("whole",),))
    assert table.comment == "One of each.\n\nSecond paragraph."
    assert SinkTable.of("kinds", Kinds, ["whole"], comment="other").comment == "other"


def test_schemas_made_at_run_time_work_too() -> None:
    columns = {"symbol": str, "sma_20": float | None}
    schema = pw.schema_from_types("Indicator", **columns)
    table = SinkTable.of("indicators", schema, ("symbol",), comment="one row per symbol")
    assert [column.nullable for column in table.columns] == [False, True]


@pytest.mark.parametrize(
    ("schema", "key"), [(Bar, ("symbol",)), (PortfolioRisk, ("portfolio_id",))]
)
def test_schemas_of_the_project_have_a_place(schema: type[pw.Schema], key: tuple[str]) -> None:
    assert SinkTable.of("t", schema, key).names == tuple(schema.column_names())


def test_what_postgres_would_refuse_is_refused_first() -> None:
    class Odd(pw.Schema):
        key: str
        pair: tuple[int, int]

    class Long(pw.Schema):
        key: str

    with pytest.raises(ValueError, match=r"'odd'.*'pair'"):
        SinkTable.of("odd", Odd, ("key",))
    with pytest.raises(ValueError, match=r"'long'.*'kye'"):
        SinkTable.of("long", Long, ("kye",))
    with pytest.raises(ValueError, match="no key"):
        SinkTable.of("long", Long, ())
    with pytest.raises(ValueError, match="longer than 58"):
        SinkTable.of("x" * 59, Long, ("key",))
    with pytest.raises(ValueError, match="begins with its key `seq`"):
        SinkTable("log", (Column("key", "text"),), ("key",), append_only=True)
    assert CHANGE_LOG.append_only
