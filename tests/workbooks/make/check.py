#!/usr/bin/env python3
"""Holds each fixture against its twin, by readers that have nothing to do with claimpipe's.

    apt-get install python3-openpyxl libreoffice-calc-nogui
    /usr/bin/python3 tests/workbooks/make/check.py [FIXTURE...]

Each .xlsx is read by openpyxl; and each .xlsx and .ods by LibreOffice, which makes an .xlsx of it that openpyxl then reads.
Here the values become texts by the rules of twin.py once more.  Run with openpyxl 3.0.9 and LibreOffice 7.4.7.  What one of
them reads otherwise, and why the twin is right, stands in KNOWN: what is not listed there is an error.
"""
import csv
import datetime
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import openpyxl

import twin

warnings.simplefilter("ignore")
CALCULATED = "LibreOffice calculates what was not saved"
NUMBERS = "LibreOffice keeps truth as a number, which is shown as a word"
KNOWN = {  # of a fixture the twin's row: what LibreOffice reads there, and why
    "by-hand.ods": {("tab and line", "a\tb\nc"): (["tab and line", "abc"], "LibreOffice drops them; ODF 1.2, 6.1.4 and 6.1.5"),
                    ("number, exponent", "1E+06"): (["number, exponent", "1000000"], "it is shown so, by no style"),
                    ("date without a style", "2026-11-30"): (["date without a style", "46356"], "it is a date by its type")},
    "by-hand.xlsx": {("escaped", "first\r\nsecond, _x000D_"): (["escaped", "first\nsecond, _x000D_"], "LibreOffice keeps no CR; openpyxl leaves it escaped; ECMA-376 1, 22.4.2.4")},
    "exceljs.xlsx": {("formula, no value", "", "m29"): (["formula, no value", "13", "m29"], CALCULATED)},
    "libreoffice.ods": {("false", "FALSE"): (["false", "0"], NUMBERS)},
    "libreoffice.xlsx": {("true", "TRUE", "m26"): (["true", "1", "m26"], NUMBERS)},
    "openpyxl.xlsx": {("", "formula", "", "m17"): (["", "formula", "13", "m17"], CALCULATED),
                      ("", "formula, text"): (["", "formula, text", "text with zerosx"], CALCULATED),
                      ("", "formula, date", "", "m19"): (["", "formula, date", "2026-11-30", "m19"], CALCULATED)},
    "sheetjs.ods": {("true", "TRUE"): (["true", "1"], NUMBERS), ("false", "FALSE", "m9"): (["false", "0", "m9"], NUMBERS)},
    "sheetjs.xlsx": {("formula, no value",): (["formula, no value", "13"], CALCULATED)},
}


def number(value):
    if abs(value) >= 1e15:
        mantissa, exponent = f"{value:.14E}".split("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E+{int(exponent)}"
    text = f"{value:.15g}"
    return f"{float(text):.0f}" if "e" in text else text


def clock(seconds, always=False):
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def text_of(cell):
    value, form = cell.value, cell.number_format
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.timedelta):
        return clock(round(value.total_seconds()))
    if isinstance(value, datetime.time):
        return clock(round(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6))
    if isinstance(value, datetime.datetime):
        value += datetime.timedelta(microseconds=500_000)
        shows_time = re.search("h", re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", form.lower())) or "[h" in form.lower()
        if "[h" in form.lower():
            epoch = cell.parent.parent.epoch
            return clock(int((value - epoch).total_seconds()))
        return value.strftime("%Y-%m-%dT%H:%M:%S" if shows_time else "%Y-%m-%d")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        if "%" in form:
            return number(float(f"{value * 100:.13g}")) + "%"
        if exponent := re.fullmatch(r"0\.(0+)E\+00", form):
            return f"{value:.{len(exponent[1])}E}"
        if re.fullmatch("00+", form):
            return f"{value:0{len(form)}.0f}"
        return number(value)
    return value


def rows_of(path, sheet):
    book = openpyxl.load_workbook(path, data_only=True)
    # by-hand.xlsx has a cell without a value in the last corner
    rows = [[text_of(c) for c in row] for row in book[sheet].iter_rows(max_row=2000, max_col=100)]
    return trim(rows)


def trim(rows):
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def twin_rows(path):
    """Not by csv.reader of a text file: an empty line is an empty row, and line ends in cells stay."""
    with open(path, encoding="utf-8", newline="") as f:
        return [row for row in csv.reader(f, strict=True)]


def compare(fixture, reader, sheet, want, got):
    known = KNOWN.get(fixture, {}) if reader == "LibreOffice" else {}
    if fixture == "by-hand.xlsx" and reader == "openpyxl":
        known = {("escaped", "first\r\nsecond, _x000D_"): (["escaped", "first_x000D_\nsecond, _x000D_"], "it stays escaped")}
    wrong = 0
    for at in range(max(len(want), len(got))):
        w, g = (x[at] if at < len(x) else None for x in (want, got))
        if w == g or (w and tuple(w) in known and g == known[tuple(w)][0]):
            continue
        wrong += 1
        print(f"{fixture} {sheet} row {at + 1}, {reader}: twin {w}, read {g}")
    print(f"{'ok' if not wrong else 'not ok'} {fixture} {sheet} {reader}: {len(want)} rows, {wrong} otherwise")
    return wrong


def check(fixture, folder):
    wrong = 0
    name = fixture.name
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx",
                    "--outdir", f"{folder}/{name}.d", str(fixture)], check=True, stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=300)
    converted = pathlib.Path(folder, f"{name}.d", fixture.with_suffix(".xlsx").name)
    for path in sorted(twin.FOLDER.glob(f"{name}.*.csv")):
        sheet, want = path.name[len(name) + 1:-4], twin_rows(path)
        readers = {"LibreOffice": converted, **({"openpyxl": fixture} if fixture.suffix == ".xlsx" else {})}
        for reader, file in readers.items():
            try:
                wrong += compare(name, reader, sheet, want, rows_of(file, sheet))
            except Exception as why:  # pylint: disable=broad-except
                print(f"not ok {name} {sheet} {reader}: cannot read it: {why!r}")
                wrong += 1
    return wrong


def main():
    fixtures = [p for p in sorted(twin.FOLDER.iterdir()) if p.suffix in (".xlsx", ".ods")]
    with tempfile.TemporaryDirectory() as folder:
        wrong = sum(check(p, folder) for p in fixtures if not sys.argv[1:] or p.name in sys.argv[1:])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
