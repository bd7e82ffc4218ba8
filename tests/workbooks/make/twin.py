"""What the scripts beside this one share: writing a fixture's twin.

A fixture is tests/workbooks/FILE; for each of its sheets that has cells FILE.SHEET.csv is its twin: the rows that must be
read from it.  Twins are written from the script that makes the fixture, where each cell stands beside the text that must
come of it, and not from the fixture by any reader: check.py is what holds the two together.

    record n is row n of the sheet          a row ends with its last cell that is not empty; an empty row is an empty line
    UTF-8, comma, LF                        a field is quoted where it holds a comma, a quote or a line end
    numbers: at most 15 digits              12, 12.5, 0.3; from 1E+15 on 1.23456789012346E+15
    percent formats                         28.5%
    dates, date-times, times, durations     2026-11-30, 2026-11-30T15:04:05, 15:04:05, 27:15:00
    TRUE, FALSE, #REF!                      as they are shown
    formulas                                by the value that was saved, without one empty
    a number format of zeros and literals   as it is shown: 00042, 0012-3456, ID-0042
    a number format with an exponent        as it is shown: 1.25E+01
"""
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent
DAYS_1900 = 46356  # 2026-11-30, of which the scripts' dates are, in days since 1899-12-30
DAYS_1904 = DAYS_1900 - 1462
TIME = (15 * 3600 + 4 * 60 + 5) / 86400  # 15:04:05
DURATION = (27 * 3600 + 15 * 60) / 86400  # 27:15:00


def field(text):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def line(row):
    row = list(row)
    while row and row[-1] == "":
        row.pop()
    return ",".join(field(text) for text in row) + "\n"


def write(fixture, sheet, rows):
    """rows: lists of texts, from the sheet's first row on."""
    lines = [line(row) for row in rows]
    while lines and lines[-1] == "\n":
        lines.pop()
    (FOLDER / f"{fixture}.{sheet}.csv").write_text("".join(lines), encoding="utf-8", newline="")
