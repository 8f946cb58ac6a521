"""CSV imports: decoding, header, rows, and what is said about the bad ones."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.csv_columns import Amount, Count, Currency, Day, Instant, OptionalText, Text
from kernel.csv_import import LISTED_REJECTIONS, BadRows, NotACsvFile, ParsedFile, Rejection, WrongHeader, parse_csv
from kernel.money import Money

HEADER = "day,name,note,spend,currency,clicks"


@dataclass(frozen=True, slots=True)
class Row:
    day: Day
    name: Text
    note: OptionalText
    spend: Amount
    currency: Currency
    clicks: Count

    def __post_init__(self) -> None:
        Money.parse(self.spend, self.currency)


@dataclass(frozen=True, slots=True)
class Contact:
    name: Text
    at: Instant


def parse(*lines: str, header: str = HEADER, skip: bool = False) -> ParsedFile[Row]:
    content = "\r\n".join([header, *lines]).encode()
    return parse_csv(content, Row, key=lambda row: (row.day, row.name), skip=skip)


def rejections(*lines: str) -> list[Rejection]:
    with pytest.raises(BadRows) as caught:
        parse(*lines)
    return caught.value.report.rejected


def test_good_rows_become_typed_values() -> None:
    parsed = parse("2026-01-31, Café ,,12.50,USD,7")

    assert parsed.rows == [Row(date(2026, 1, 31), "Café", None, Decimal("12.50"), "USD", 7)]
    assert (parsed.report.rows_read, parsed.report.rows_rejected, parsed.repeated) == (1, 0, 0)


def test_a_byte_order_mark_is_not_part_of_the_header() -> None:
    content = b"\xef\xbb\xbf" + f"{HEADER}\n2026-01-31,a,b,1,USD,1\n".encode()

    assert len(parse_csv(content, Row, key=lambda row: row.name, skip=False).rows) == 1


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("2026-02-30,a,,1,USD,1", "day"),
        ("20260131,a,,1,USD,1", "day"),
        ("1769817600,a,,1,USD,1", "day"),
        (",a,,1,USD,1", "day"),
        ("2026-01-31,,,1,USD,1", "name"),
        ("2026-01-31,a\x00b,,1,USD,1", "name"),
        (f"2026-01-31,a,{'x' * 301},1,USD,1", "note"),
        ("2026-01-31,a,,-1,USD,1", "spend"),
        ("2026-01-31,a,,1.234,USD,1", "spend"),
        ("2026-01-31,a,,1_000,USD,1", "spend"),
        ('2026-01-31,a,,"1,000",USD,1', "spend"),
        ("2026-01-31,a,,NaN,USD,1", "spend"),
        ("2026-01-31,a,,1e3,USD,1", "spend"),
        ("2026-01-31,a,,,USD,1", "spend"),
        ("2026-01-31,a,,1,usd,1", "currency"),
        ("2026-01-31,a,,1,XYZ,1", "currency"),
        ("2026-01-31,a,,1,DEM,1", "currency"),
        ("2026-01-31,a,,1,USD,1.5", "clicks"),
        ("2026-01-31,a,,1,USD,-1", "clicks"),
        ("2026-01-31,a,,1,USD,١", "clicks"),
    ],
)
def test_a_bad_cell_is_rejected_by_line_and_column(line: str, column: str) -> None:
    found = rejections("2026-01-30,a,,1,USD,1", line)

    assert [(rejection.line, rejection.column) for rejection in found] == [(3, column)]
    assert found[0].reason


def test_every_bad_cell_of_a_row_is_listed() -> None:
    assert [rejection.column for rejection in rejections("x,,,1,USD,1")] == ["day", "name"]


def test_a_rows_own_check_names_its_column() -> None:
    [rejection] = rejections("2026-01-31,a,,1.50,JPY,1")

    assert rejection.column == "amount"
    assert "decimals" in rejection.reason


def test_too_many_or_too_few_cells_reject_the_row_as_a_whole() -> None:
    found = rejections("2026-01-31,a,,1,USD", "2026-01-31,a,,1,USD,1,2")

    assert [(rejection.line, rejection.column) for rejection in found] == [(2, ""), (3, "")]


def test_lines_are_counted_in_the_file_not_in_rows() -> None:
    found = rejections('2026-01-31,"two\nlines",,1,USD,1', "", "2026-01-31,b,,bad,USD,1")

    assert [rejection.line for rejection in found] == [5]


def test_an_equal_row_said_twice_counts_once() -> None:
    parsed = parse("2026-01-31,a,,1.0,USD,1", "2026-01-31,a,,1.00,USD,1")

    assert (len(parsed.rows), parsed.repeated, parsed.report.rows_rejected) == (1, 1, 0)


def test_rows_that_contradict_each_other_are_all_rejected() -> None:
    lines = ("2026-01-31,a,,1,USD,1", "2026-01-31,b,,1,USD,1", "2026-01-31,a,,2,USD,1")

    assert [rejection.line for rejection in rejections(*lines)] == [2, 4]
    assert [row.name for row in parse(*lines, skip=True).rows] == ["b"]


def test_skipping_keeps_the_good_rows_and_still_tells_the_bad_ones() -> None:
    parsed = parse("2026-01-31,a,,1,USD,1", "2026-01-31,b,,x,USD,1", skip=True)

    assert [row.name for row in parsed.rows] == ["a"]
    assert [(rejection.line, rejection.column) for rejection in parsed.report.rejected] == [(3, "spend")]


def test_a_refusal_carries_the_report_as_a_problem() -> None:
    with pytest.raises(BadRows) as caught:
        parse("x,a,,1,USD,1")

    problem = caught.value.as_problem()

    assert problem["status"] == 422
    assert (problem["rows_read"], problem["inserted"], problem["rows_rejected"]) == (1, 0, 1)
    assert problem["rejected"] == [{"line": 2, "column": "day", "reason": "Must be an ISO date: 2026-01-31."}]


def test_the_list_of_rejections_is_bounded_and_their_count_is_not() -> None:
    parsed = parse(*["x,a,,1,USD,1"] * (LISTED_REJECTIONS + 5), skip=True)

    assert len(parsed.report.rejected) == LISTED_REJECTIONS
    assert parsed.report.rows_rejected == LISTED_REJECTIONS + 5


@pytest.mark.parametrize("header", ["day,name", f"{HEADER},extra", "name,day,note,spend,currency,clicks", ""])
def test_another_header_is_refused_with_the_one_expected(header: str) -> None:
    with pytest.raises(WrongHeader) as caught:
        parse(header=header)

    assert caught.value.fix is not None
    assert HEADER in caught.value.fix


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (HEADER.replace(",", ";").encode(), "semicolons"),
        (HEADER.replace(",", "\t").encode(), "tabs"),
    ],
)
def test_a_header_that_is_none_says_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(WrongHeader, match=said):
        parse_csv(content, Row, key=lambda row: row.name, skip=False)


def test_utf_16_is_called_by_its_name() -> None:
    with pytest.raises(NotACsvFile, match="UTF-16"):
        parse_csv(HEADER.encode("utf-16"), Row, key=lambda row: row.name, skip=False)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"2026-01-31,caf\xe9,,1,USD,1", b'2026-01-31,"open,,1,USD,1\n'])
def test_bytes_that_are_not_csv_in_utf8_are_refused_with_their_line(body: bytes) -> None:
    with pytest.raises(NotACsvFile, match="Line 2"):
        parse_csv(f"{HEADER}\n".encode() + body, Row, key=lambda row: row.name, skip=True)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T14:05", datetime(2026, 1, 31, 14, 5, tzinfo=UTC)),
        ("2026-01-31 14:05:09Z", datetime(2026, 1, 31, 14, 5, 9, tzinfo=UTC)),
        ("2026-01-31T14:05:00-06:00", datetime(2026, 1, 31, 20, 5, tzinfo=UTC)),
    ],
)
def test_instants_without_an_offset_are_utc(cell: str, expected: datetime) -> None:
    content = f"name,at\nAna,{cell}".encode()

    assert parse_csv(content, Contact, key=lambda row: row.name, skip=False).rows == [Contact("Ana", expected)]


@given(st.binary(max_size=200))
def test_no_bytes_bring_down_the_parser(body: bytes) -> None:
    try:
        parsed = parse_csv(f"{HEADER}\n".encode() + body, Row, key=lambda row: row.name, skip=True)
    except NotACsvFile:
        return
    assert parsed.report.rows_read == len(parsed.rows) + parsed.repeated + parsed.report.rows_rejected
