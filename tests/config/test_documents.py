from collections.abc import Callable
from pathlib import Path

import pytest

from config.documents import project_root, read_document
from config.errors import ConfigError

Refuse = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("server:\n  port: [1", "line 2, column 11: expected ',' or ']', but got '<stream end>'"),
        (
            "server:\n\tport: 1",
            "line 2, column 1: found character '\\t' that cannot start any token",
        ),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: key a is given twice"),
        ("x: {a: 1, b: 2, a: 1}", "line 1, column 17: key a is given twice"),
        ("[a]: 1", "line 1, column 1: a key must be text"),
        ("- 1\n- 2", 'must hold keys such as "engine:", was a list'),
        ("hello", 'must hold keys such as "engine:", was text'),
        ("a: 1\n---\nb: 2", "line 2, column 1: but found another document"),
        ("a: *b", "line 1, column 4: found undefined alias 'b'"),
        ("a: !!python/name:os.system 1", "line 1, column 4: could not determine a constructor"),
        ("a: !!int x", "is not YAML: invalid literal for int() with base 10: 'x'"),
        ("a: " + "[" * 5000, "is not YAML: maximum recursion depth exceeded"),
        ("a: \x07", "is not YAML: unacceptable character #x0007: special characters are not"),
        (b"a: \xff", "is not UTF-8 text (byte 4)"),
    ],
)
def test_bad_yaml_is_one_line_with_its_place(project: Path, text: str | bytes, line: str) -> None:
    file = project / "config" / "demo.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as refused:
        read_document(file)
    assert str(refused.value).startswith(f"config/demo.yaml: {line}")
    assert "\n" not in str(refused.value)


def test_nothing_is_guessed_beyond_json_types(project: Path) -> None:
    file = project / "a.yaml"
    file.write_text(
        "time: 12:30\nno: no\nday: 2026-01-01\nzeros: 007\nsmall: 1e-3\nshare: 0.10\n"
        "count: 60\nnone:\nnull_too: null\nflag: true\n42: text\n"
    )
    assert read_document(file) == {
        "time": "12:30",
        "no": "no",
        "day": "2026-01-01",
        "zeros": "007",
        "small": 1e-3,
        "share": 0.1,
        "count": 60,
        "none": None,
        "null_too": None,
        "flag": True,
        "42": "text",
    }


def test_an_empty_file_is_an_empty_mapping(project: Path) -> None:
    (project / "a.yaml").write_text("# nothing yet\n")
    assert read_document(project / "a.yaml") == {}


def test_a_missing_profile_and_a_folder_are_named(project: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read_document(project / "config" / "nope.yaml")
    assert str(refused.value) == "config/nope.yaml: no such file; give the path of a YAML profile"
    with pytest.raises(ConfigError) as refused:
        read_document(project / "config")
    assert str(refused.value) == "config: cannot be read (Is a directory)"


def test_paths_start_above_config_or_beside_the_profile(project: Path) -> None:
    assert project_root(Path("config/demo.yaml")) == project
    assert project_root(Path("config/examples/kafka.yaml")) == project
    assert project_root(Path("config/a/b/deep.yaml")) == project / "config" / "a" / "b"
    assert project_root(Path("mine.yaml")) == project
