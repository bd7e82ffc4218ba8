"""How fast a workbook is read, beside xlsx2csv of the same one in the same run, in turn; and what results as a workbook
take, beside results as CSV.  Of each the best of several rounds, and the most memory.

What is measured is the same work for xlsx2csv and claimpipe's reader alone; check reads what that has written twice, and
selects.
"""
import csv
import os
import subprocess
import time
import zipfile
from xml.sax.saxutils import escape

import sheets
from bench_codes import SEED, export
from bench_work import program

JUDGED_MAX = 100000
ROW = "{:34} {:>8} {:>12} {:>14} {:>12}"


def shared(path):
    """The workbook of a CSV, its texts in the table of shared strings, as Excel has them; made once."""
    book, strings = path.removesuffix(".csv") + ".xlsx", path + ".strings"
    if os.path.exists(book):
        return book
    numbers = {}
    with zipfile.ZipFile(book + ".part", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        sheets.make_around(z, ["Export"])
        with z.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out, open(path, newline="", encoding="utf-8") as f:
            out.write(sheets.SHEET_BEGINS.encode())
            for n, row in enumerate(csv.reader(f), 1):
                cells = "".join(f'<c r="{sheets.column(i)}{n}" t="s"><v>{numbers.setdefault(cell, len(numbers))}</v></c>'
                                for i, cell in enumerate(row) if cell)
                out.write(f'<row r="{n}">{cells}</row>'.encode())
            out.write(sheets.SHEET_ENDS.encode())
        with z.open("xl/sharedStrings.xml", "w", force_zip64=True) as out:
            out.write(f'<sst xmlns="{sheets.MAIN}">'.encode())
            for text in numbers:
                out.write(f'<si><t xml:space="preserve">{escape(text)}</t></si>'.encode())
            out.write(b"</sst>")
    os.rename(book + ".part", book)
    return book


class Sheets:
    """name -> the best seconds, the peak of memory in bytes"""

    def __init__(self, claimpipe, build, folder, rows, peak):
        self.path, self.folder, self.rows, self.peak = export(build, rows), folder, rows, peak
        self.book, self.claimpipe = shared(self.path), claimpipe
        self.seconds, self.memory = {}, {}
        self.xlsx2csv, self.sheet = program("xlsx2csv", "xlsx2csv"), os.path.join(build, "bench", "sheet")

    def time(self, name, *command):
        begun = time.monotonic()
        process = subprocess.Popen(command, env=os.environ | SEED, stdout=subprocess.DEVNULL)
        memory = self.peak(process.pid)
        if process.wait() != 0:
            raise SystemExit(f"bench: {name} ended with {process.returncode}")
        self.seconds[name] = min(self.seconds.get(name, float("inf")), time.monotonic() - begun)
        self.memory[name] = max(self.memory.get(name, 0), memory)

    def file(self, name):
        return os.path.join(self.folder, name)

    def code(self, *words):
        ledger = self.file("sheets.db")
        for ending in ("", "-wal", "-shm", "-lock", "-seal"):
            if os.path.exists(ledger + ending):
                os.remove(ledger + ending)
        return [self.claimpipe, *words, "--email", "email", "--seed-from", "env:BENCH_SEED", "--count", "100000000", "--ledger",
                ledger, "--quiet"]

    def round(self):
        self.time("xlsx2csv", self.xlsx2csv, self.book, self.file("peer.csv"))
        self.time("claimpipe's reader, .xlsx to CSV", self.sheet, self.book, self.file("ours.csv"))
        self.time("claimpipe check code, .xlsx", *self.code("check", "code", self.book))
        self.time("claimpipe check code, .csv", *self.code("check", "code", self.path))
        self.time("claimpipe code, .csv to .csv", *self.code("code", self.path, "-o", self.file("out.csv")))
        self.time("claimpipe code, .csv to .xlsx", *self.code("code", self.path, "-o", self.file("out.xlsx")))

    def judge(self):
        """Both have written the same cells."""
        cells = []
        for name in ("peer.csv", "ours.csv"):
            with open(self.file(name), newline="", encoding="utf-8") as f:
                cells.append(list(csv.reader(f)))
        if cells[0] != cells[1] or len(cells[0]) != self.rows + 1:
            raise SystemExit("bench: xlsx2csv and claimpipe have read other cells")

    def show(self):
        for name, seconds in self.seconds.items():
            print(ROW.format(name, f"{seconds:.2f}", f"{self.rows / seconds:,.0f}", f"{self.seconds['xlsx2csv'] / seconds:.1f}",
                             f"{self.memory[name] / 2**20:.1f} MiB"))


def bench(claimpipe, build, folder, rows, peak, rounds):
    print(f"\nworkbooks, {rows:,} rows, the best of {rounds}:")
    print(ROW.format("", "seconds", "rows/s", "x xlsx2csv's", "peak memory"))
    work = Sheets(claimpipe, build, folder, rows, peak)
    for _ in range(rounds):
        work.round()
    if rows <= JUDGED_MAX:
        work.judge()
    work.show()
