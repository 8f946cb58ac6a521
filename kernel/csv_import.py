"""CSV files in: decoded, header checked, every row validated, everything that is wrong listed by line and column.

A row type is a frozen slotted dataclass (or a pydantic model) whose fields are the columns in their order, typed with
`kernel.csv_columns`. Cells arrive stripped. Its `__post_init__` may raise an InvalidInput that names the column.
"""

import codecs
import csv
import io
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from inspect import get_annotations
from typing import Generic, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from kernel.errors import InvalidInput

LISTED_REJECTIONS = 1_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}

RowT = TypeVar("RowT")


class NotACsvFile(InvalidInput):
    """The bytes are not UTF-8, or the quotes do not match."""


class WrongHeader(InvalidInput):
    """The first row is not the header this import takes."""


class Rejection(BaseModel):
    line: int = Field(description="Where the row begins in the file; the header is line 1.")
    column: str = Field(description="Empty when the row as a whole is wrong.")
    reason: str


class ImportReport(BaseModel):
    """What an import did. rows_read = inserted + updated + unchanged + rows_rejected, unless it was refused."""

    rows_read: int
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rows_rejected: int = 0
    rejected: list[Rejection] = Field(default=[], description=f"The first {LISTED_REJECTIONS} faults, by line.")


class BadRows(InvalidInput):
    """Rows do not validate, so nothing of the file was loaded."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(
            f"{report.rows_rejected} of {report.rows_read} rows cannot be loaded, so none was.",
            fix="Correct the lines listed, or send skip_bad_rows=true.",
        )
        self.report = report

    def as_problem(self) -> dict[str, object]:
        return {**super().as_problem(), **self.report.model_dump(mode="json")}


@dataclass(frozen=True, slots=True)
class ParsedFile(Generic[RowT]):
    rows: list[RowT]
    """The good rows in the order of the file, each key once."""
    repeated: int
    """Rows that say again what an earlier one says."""
    report: ImportReport
    """What reading found; loading fills in the rest."""


def parse_csv(content: bytes, row_type: type[RowT], *, key: Callable[[RowT], Hashable], skip: bool) -> ParsedFile[RowT]:
    """The rows of a file. Raises NotACsvFile, WrongHeader, and BadRows unless bad rows are to be skipped.

    Rows of one key with different content contradict each other, so all of them are rejected. Takes some 10 µs a row:
    run it in a thread for a large file.
    """
    adapter, columns = TypeAdapter[RowT](row_type), list(get_annotations(row_type))
    records = _records(content)
    _check_header(next(records, None), columns)
    rows: dict[Hashable, list[tuple[int, RowT]]] = {}
    faults: dict[int, list[Rejection]] = {}
    read = 0
    for line, cells in records:
        read += 1
        try:
            row = adapter.validate_python(_named(columns, cells))
        except (ValidationError, InvalidInput) as error:
            faults[line] = list(_rejections(line, error))
        else:
            rows.setdefault(key(row), []).append((line, row))
    for same in rows.values():
        if any(row != same[0][1] for _, row in same):
            lines = ", ".join(str(line) for line, _ in same)
            faults |= {line: [_rejection(line, "", f"Lines {lines} contradict each other.")] for line, _ in same}
    good = [same[0][1] for same in rows.values() if same[0][0] not in faults]
    listed = [rejection for line in sorted(faults) for rejection in faults[line]][:LISTED_REJECTIONS]
    report = ImportReport(rows_read=read, rows_rejected=len(faults), rejected=listed)
    if faults and not skip:
        raise BadRows(report)
    return ParsedFile(good, read - len(faults) - len(good), report)


def _records(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Non-empty records with the line each begins at."""
    if content.startswith(_UTF_16):
        raise NotACsvFile("Line 1: the file is UTF-16, not UTF-8.", field="body", fix="Save the file as CSV UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotACsvFile(f"Line {line} is not UTF-8.", field="body", fix="Save the file as CSV UTF-8.") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    try:
        for cells in reader:
            if cells:
                yield begin, [cell.strip() for cell in cells]
            begin = reader.line_num + 1
    except csv.Error as error:
        raise NotACsvFile(f"Line {begin}: {error}.", field="body", fix="Quote cells with double quotes.") from error


def _check_header(first: tuple[int, list[str]] | None, columns: list[str]) -> None:
    if first is None:
        raise WrongHeader("The file is empty.", field="header", fix=f"Send {','.join(columns)} and rows below it.")
    header = first[1]
    separator = next((mark for mark in _SEPARATORS if header == [mark.join(columns)]), None)
    if separator:
        raise WrongHeader(
            f"Line 1: the cells are separated by {_SEPARATORS[separator]}.",
            field="header",
            fix="Separate them by commas.",
        )
    if header != columns:
        missing = [name for name in columns if name not in header]
        unknown = [name for name in header if name not in columns]
        found = f"missing: {missing}, unknown: {unknown}" if missing or unknown else "the order differs"
        raise WrongHeader(
            f"Line 1: the header does not fit ({found}).", field="header", fix=f"Send {','.join(columns)}."
        )


class _CellCount(InvalidInput):
    """A row with more or fewer cells than the header."""


def _named(columns: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise _CellCount(f"It has {len(cells)} cells, the header has {len(columns)}.")
    return dict(zip(columns, cells, strict=True))


def _rejections(line: int, error: ValidationError | InvalidInput) -> Iterator[Rejection]:
    if isinstance(error, InvalidInput):
        yield _rejection(line, error.field or "", error.message)
        return
    for fault in error.errors(include_url=False, include_input=False):
        yield _rejection(line, str(fault["loc"][0]) if fault["loc"] else "", fault["msg"])


def _rejection(line: int, column: str, reason: str) -> Rejection:
    return Rejection(line=line, column=column, reason=reason)
