import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sources.formats import read_chunks


def lines_of(path, chunk_bytes):
    found = {}
    for chunk in read_chunks(path, chunk_bytes):
        assert len(chunk.lines.each) == chunk.lines.count
        for number, line in enumerate(chunk.lines.each, start=chunk.lines.first):
            assert number not in found
            found[number] = line
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(st.sampled_from([b"", b"a", b"bb,cc", b"x" * 300, b"\r"]), max_size=30),
    end=st.booleans(),
    chunk_bytes=st.sampled_from([1, 2, 7, 64, 10_000]),
    packed=st.booleans(),
)
def test_every_line_comes_once_with_its_number(tmp_path, lines, end, chunk_bytes, packed):
    import gzip

    data = b"\n".join(lines) + (b"\n" if end and lines else b"")
    expected = dict(enumerate(data.split(b"\n"), start=1))
    if not expected[len(expected)]:
        del expected[len(expected)]
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(data) if packed else data)
    assert lines_of(path, chunk_bytes) == expected


@pytest.mark.parametrize("chunk_bytes", [1, 1 << 20])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_byte_order_mark_is_dropped(write, name, chunk_bytes):
    assert lines_of(write(name, ["\ufeffa", "b"]), chunk_bytes) == {1: b"a", 2: b"b"}


def test_gzip_is_told_by_content(write, tmp_path):
    packed = write("t.csv.gz", ["a", "b"])
    assert lines_of(packed.rename(tmp_path / "t.csv"), 1 << 20) == {1: b"a", 2: b"b"}


def test_the_place_in_the_file_grows_to_its_size(write):
    path = write("t.csv", ["a" * 100] * 50)
    places = [chunk.bytes_read for chunk in read_chunks(path, 500)]
    assert places == sorted(places)
    assert places[-1] == path.stat().st_size
