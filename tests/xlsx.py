#!/usr/bin/env python3
"""Reads an Excel workbook back, without any library for that.

    tests/xlsx.py FILE [SHEET]      the cells of a sheet (default: the first one) as CSV
"""
import csv
import re
import sys
import xml.etree.ElementTree as ET
import zipfile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
NUMBERS = re.compile(r"(step\d_)?(claimpipe_)*(tries|http_status)")


class Cell:
    """What is in it, as text; is it a number; its fill, as RRGGBB or None; is it bold; where it leads to."""

    def __init__(self, text, number, fill, bold):
        self.text, self.number, self.fill, self.bold, self.link = text, number, fill, bold, None


class Sheet:
    """rows: of each row, from the first, its Cells by column from 0."""

    def __init__(self, name, rows, frozen, filtered):
        self.name, self.rows, self.frozen, self.filtered = name, rows, frozen, filtered

    def texts(self):
        """Rows up to their last cell, but as long as the first one at least."""
        width = max(self.rows[0], default=-1) + 1 if self.rows else 0
        for cells in self.rows:
            yield [cells[i].text if i in cells else "" for i in range(max([width, *(at + 1 for at in cells)]))]


def unescaped(text):
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text or "")


def column_of(ref):
    n = 0
    for letter in re.match("[A-Z]+", ref)[0]:
        n = n * 26 + ord(letter) - ord("A") + 1
    return n - 1


def looks_of(book):
    """(fill, bold) by the number of a cell's style."""
    styles = ET.fromstring(book.read("xl/styles.xml"))
    fills = [fill.find(f".//{MAIN}fgColor") for fill in styles.find(f"{MAIN}fills")]
    fills = [None if colour is None else colour.get("rgb", "")[-6:] for colour in fills]
    bold = [font.find(f"{MAIN}b") is not None for font in styles.find(f"{MAIN}fonts")]
    return [(fills[int(xf.get("fillId"))], bold[int(xf.get("fontId"))]) for xf in styles.find(f"{MAIN}cellXfs")]


def cell_of(c, looks):
    fill, bold = looks[int(c.get("s", "0"))]
    if c.find(f"{MAIN}f") is not None:
        raise ValueError(f"{c.get('r')} is a formula")
    if c.get("t") == "inlineStr":
        return Cell(unescaped("".join(t.text or "" for t in c.iter(f"{MAIN}t"))), False, fill, bold)
    if c.get("t") not in (None, "n"):
        raise ValueError(f"{c.get('r')} is of type {c.get('t')}")
    return Cell(c.findtext(f"{MAIN}v", ""), True, fill, bold)


def links_of(book, part, root):
    """Where cells lead to, by their names."""
    links = root.findall(f"{MAIN}hyperlinks/{MAIN}hyperlink")
    if not links:
        return {}
    rels = ET.fromstring(book.read(re.sub(r"([^/]+)$", r"_rels/\1.rels", part)))
    targets = {rel.get("Id"): rel.get("Target") for rel in rels}
    return {link.get("ref"): targets[link.get(f"{RELATION}id")] for link in links}


def sheet_of(book, name, part, looks):
    root = ET.fromstring(book.read(part))
    rows, links = [], links_of(book, part, root)
    for row in root.iter(f"{MAIN}row"):
        rows += [{} for _ in range(int(row.get("r")) - len(rows))]
        for c in row:
            cell = rows[-1][column_of(c.get("r"))] = cell_of(c, looks)
            cell.link = links.get(c.get("r"))
    pane, filtered = root.find(f".//{MAIN}pane"), root.find(f"{MAIN}autoFilter")
    return Sheet(name, rows, None if pane is None else pane.get("topLeftCell"),
                 None if filtered is None else filtered.get("ref"))


def read(path):
    """Its sheets; ValueError: a cell is other than a text or a number."""
    with zipfile.ZipFile(path) as book:
        bad = book.testzip()
        if bad:
            raise ValueError(f"{bad} is damaged")
        rels = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        parts = {rel.get("Id"): "xl/" + rel.get("Target") for rel in rels}
        looks = looks_of(book)
        sheets = ET.fromstring(book.read("xl/workbook.xml")).find(f"{MAIN}sheets")
        return [sheet_of(book, s.get("name"), parts[s.get(f"{RELATION}id")], looks) for s in sheets]


def content(path):
    """The bytes of all its parts."""
    with zipfile.ZipFile(path) as book:
        return b"\n".join(book.read(name) for name in book.namelist())


FILLS = {"success": "C6EFCE", "would succeed": "C6EFCE", "failed": "FFC7CE", "would fail": "FFC7CE", "invalid": "FFC7CE",
         "unknown": "FFD699", "pending": "FFD699", "duplicate": "D9D9D9", "skipped": "D9D9D9", "unsent": "D9D9D9"}


def problems(path, kept, names):
    """What is not as it must be in a results workbook, whose columns behind the first `kept` are called so."""
    sheets = read(path)
    if [sheet.name for sheet in sheets] != ["results", "claimpipe summary"]:
        yield f"the sheets {[sheet.name for sheet in sheets]}"
    table = sheets[0]
    end = re.match("A1:([A-Z]+)([0-9]+)$", table.filtered or "")
    if not end or column_of(end[1]) != kept + len(names) - 1 or int(end[2]) != len(table.rows):
        yield f"a filter over {table.filtered}"
    if table.frozen != "A2":
        yield f"a pane that begins at {table.frozen}"
    if not all(cell.bold for cell in table.rows[0].values()) or any(c.bold for row in table.rows[1:] for c in row.values()):
        yield "a header that is not bold, or another row that is"
    for i, row in enumerate(table.rows[1:], 2):
        for at, cell in row.items():
            name = names[at - kept] if kept <= at < kept + len(names) else ""
            if cell.number != bool(NUMBERS.fullmatch(name)):
                yield f"row {i}: {name or at} is {'a number' if cell.number else 'a text'}"
            if cell.fill not in ((FILLS.get(cell.text),) if re.fullmatch(r"(step\d_)?status", name) else (None, "")):
                yield f"row {i}: {name or at} is filled with {cell.fill}"
            if cell.link is not None and (name[-4:] != "link" or cell.link != cell.text):
                yield f"row {i}: {name or at} leads to {cell.link}"


if __name__ == "__main__":
    found = [sheet for sheet in read(sys.argv[1]) if sys.argv[2:] in ([], [sheet.name])]
    csv.writer(sys.stdout, lineterminator="\n").writerows(found[0].texts())
