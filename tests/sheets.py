#!/usr/bin/env python3
"""A workbook of CSV files, for tests: each cell a text, as it stands.

    tests/sheets.py OUT.xlsx [NAME=]FILE.csv...

A name that begins with ! is that of a hidden sheet, which is called so without it.  A cell that begins with # is a
number, one that begins with = a formula whose value was not saved, and row numbers in the environment variable
HIDDEN_ROWS ("2 5") are hidden, in each sheet.
"""
import csv
import os
import pathlib
import sys
import zipfile
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def column(n):
    name = ""
    while n >= 0:
        name = chr(65 + n % 26) + name
        n = n // 26 - 1
    return name


def cell(at, text):
    if text.startswith("#"):
        return f'<c r="{at}"><v>{escape(text[1:])}</v></c>'
    if text.startswith("="):
        return f'<c r="{at}"><f>{escape(text[1:])}</f></c>'
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else ""


SHEET_BEGINS = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>'
SHEET_ENDS = "</sheetData></worksheet>"


def sheet(rows, hidden):
    out = [SHEET_BEGINS]
    for n, row in enumerate(rows, 1):
        out.append('<row r="%d"%s>' % (n, ' hidden="1"' if n in hidden else ""))
        out += [cell(f"{column(i)}{n}", text) for i, text in enumerate(row)]
        out.append("</row>")
    return "".join(out) + SHEET_ENDS


def relation(n, kind, target):
    return f'<Relationship Id="rId{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'


def make_around(z, names, hidden=()):
    """All but the sheets, which are to be xl/worksheets/sheetN.xml, from 1, and shared strings."""
    z.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">'
               '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
               f'<Default Extension="xml" ContentType="{TYPE}.worksheet+xml"/>'
               f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
               f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/></Types>')
    z.writestr("_rels/.rels", f'<Relationships xmlns="{PACKAGE}/relationships">'
               + relation(1, "officeDocument", "xl/workbook.xml") + "</Relationships>")
    z.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>' + "".join(
        '<sheet name=%s sheetId="%d"%s r:id="rId%d"/>' % (quoteattr(name), n, ' state="hidden"' if name in hidden else "", n)
        for n, name in enumerate(names, 1)) + "</sheets></workbook>")
    z.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">' + "".join(
        relation(n, "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1))
        + relation(0, "sharedStrings", "sharedStrings.xml") + "</Relationships>")


def make(path, sheets, hidden_rows=()):
    """sheets: (name, is hidden, rows)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        make_around(z, [name for name, _, _ in sheets], [name for name, away, _ in sheets if away])
        z.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"/>')
        for n, (_, _, rows) in enumerate(sheets, 1):
            z.writestr(f"xl/worksheets/sheet{n}.xml", sheet(rows, hidden_rows))


def main():
    sheets = []
    for n, word in enumerate(sys.argv[2:], 1):
        name, _, file = word.rpartition("=")
        name = name or f"Sheet{n}"
        with open(file, newline="", encoding="utf-8") as f:
            sheets.append((name.removeprefix("!"), name.startswith("!"), list(csv.reader(f))))
    make(pathlib.Path(sys.argv[1]), sheets, {int(n) for n in os.environ.get("HIDDEN_ROWS", "").split()})


if __name__ == "__main__":
    main()
