"""Numbers of three ways of writing."""

from decimal import Decimal

import pytest

from connectors.imports.numerals import number, shown, style_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,23,456.78", "123456.78"),
        ("12,34,56,789", "123456789"),
        ("1,234.5", "1234.5"),
        ("1234.5", "1234.5"),
        ("-7", "-7"),
        ("\u2212" + "7", "-7"),
        ("7-", "-7"),
        ("(5.00)", "-5"),
        ("₹ 1,450.50", "1450.5"),
        ("$3", "3"),
        ("12 EUR", "12"),
        (".5", "0.5"),
        ("1e-05", "0.00001"),
    ],
)
def test_a_number_with_a_decimal_point_is_read(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"), [("1.234,56", "1234.56"), ("0,5", "0.5"), ("-1.234.567", "-1234567")]
)
def test_a_number_with_a_decimal_comma_is_read(text: str, value: str) -> None:
    assert number(text, "comma") == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "ten", "1,2,3", "1.234,56", "1..2", "nan", "inf", "--1", "0x10", "1_000", "٣", "."]
)
def test_what_spells_no_number_is_refused_and_never_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        number(text)


def test_a_number_no_holding_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        number("1" + "0" * 20)


@pytest.mark.parametrize(
    ("texts", "style", "doubt"),
    [
        (["1,23,456.78", "1,234"], "point", ""),
        (["1.234,56", "1.234"], "comma", ""),
        (["0,5"], "comma", ""),
        (["0.125", "1,234"], "point", ""),
        (["0,125", "1.234"], "comma", ""),
        (["1,234"], "point", "ambiguous"),
        (["1.234"], "point", ""),
        (["12", "7"], "point", ""),
        (["1.5", "1,5"], "point", "mixed"),
    ],
)
def test_the_way_of_writing_is_told_from_all_numbers(
    texts: list[str], style: str, doubt: str
) -> None:
    assert style_of(texts) == (style, doubt)


def test_numbers_are_shown_without_needless_zeros() -> None:
    assert shown(Decimal("20.0400000")) == "20.04"
    assert shown(Decimal("1E+3")) == "1000"
