#!/usr/bin/env python3
"""Makes openpyxl.xlsx and openpyxl-several.xlsx and their twins.

    apt-get install python3-openpyxl
    /usr/bin/python3 tests/workbooks/make/openpyxl_.py

Run with openpyxl 3.0.9 of Debian 12, as scripts write workbooks.  openpyxl.xlsx: a table that does not begin in A1, whose
formulas have no values (openpyxl saves none), and a chart sheet in front of it.  openpyxl-several.xlsx: two tables, an empty
sheet, one with a single title, and a hidden one with a table.
"""
import datetime

import openpyxl
import openpyxl.chart
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

import twin

DAY = datetime.date(2026, 11, 30)
KINDS = [  # what it is, the value, its format or None, what must come of it
    ("text with zeros", "00123", None, "00123"),
    ("e-mail", "ann@example.org", None, "ann@example.org"),
    ("whole", 12, None, "12"),
    ("half", 12.5, "0.00E+00", "1.25E+01"),
    ("0.1+0.2", 0.1 + 0.2, None, "0.3"),
    ("16 digits", 1234567890123456, "General", "1.23456789012346E+15"),
    ("16 digits, text", "1234567890123456", "@", "1234567890123456"),
    ("percent", 0.285, "0%", "28.5%"),
    ("zeros only", 42, "00000", "00042"),
    ("date", DAY, None, "2026-11-30"),
    ("date, in words", DAY, "ddd, mmm d", "2026-11-30"),
    ("date-time", datetime.datetime(2026, 11, 30, 15, 4, 5), None, "2026-11-30T15:04:05"),
    ("time", datetime.time(15, 4, 5), None, "15:04:05"),
    ("duration", datetime.timedelta(hours=27, minutes=15), None, "27:15:00"),
    ("true", True, None, "TRUE"),
    ("no value", "#N/A", None, "#N/A"),
    ("lost", "#REF!", None, "#REF!"),
    ("formula", "=C6+1", None, ""),
    ("formula, text", '=B4&"x"', None, ""),
    ("formula, date", "=DATE(2026,11,30)", "yyyy-mm-dd", ""),
    ("umlauts", "Jürgen Größe, Đặng, Łukasz", None, "Jürgen Größe, Đặng, Łukasz"),
    ("emoji", "🦊 👩‍👩‍👧 東京", None, "🦊 👩‍👩‍👧 東京"),
    ("lines and quotes", 'she said "hi"\nand\n\nleft', None, 'she said "hi"\nand\n\nleft'),
    ("blanks", " a   b ", None, " a   b "),
]


def save(book, name):
    """At a time that stays the same, so that the same bytes come again but for the ZIP's own times."""
    book.properties.created = book.properties.modified = datetime.datetime(2026, 11, 30)
    book.save(twin.FOLDER / name)


def kinds():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kinds"
    want = [[], [], ["", "Kind", "Value", "Mark"]]
    for column, name in enumerate(want[2]):
        if name:
            sheet.cell(3, column + 1, name).font = Font(bold=True)
    for i, (what, value, form, text) in enumerate(KINDS):
        mark = f"m{i}" if i % 2 else ""
        sheet.cell(4 + i, 2, what)
        made = sheet.cell(4 + i, 3, value)
        if form:
            made.number_format = form
        if mark:
            sheet.cell(4 + i, 4, mark)
        want.append(["", what, text, mark])
    sheet["C4"].comment = Comment("a remark, no text of the cell", "Ann")
    sheet.column_dimensions["D"].hidden = True
    for row in range(500, 520):  # whole rows that were colored once
        for column in range(1, 9):
            sheet.cell(row, column).fill = PatternFill("solid", "FFFF00")
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(sheet, min_col=3, min_row=6, max_row=8))
    book.create_chartsheet("Chart", 0).add_chart(chart)
    save(book, "openpyxl.xlsx")
    twin.write("openpyxl.xlsx", "Kinds", want)


def several():
    tables = {"People": [["Email", "Score"], ["ann@example.org", 12.5], ["bob@example.org", 7]],
              "Cover": [["Report of November"]],
              "Orders": [["Order", "Email"], ["0001", "ann@example.org"]],
              "Old people": [["Email"], ["zoe@example.org"]]}
    book = openpyxl.Workbook()
    book.active.title = "Empty"
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book["Old people"].sheet_state = "hidden"
    save(book, "openpyxl-several.xlsx")
    for name, rows in tables.items():
        twin.write("openpyxl-several.xlsx", name, [[str(x) for x in row] for row in rows])


if __name__ == "__main__":
    kinds()
    several()
