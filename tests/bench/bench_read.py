"""How fast CSV is read, beside bare libcsv and Miller, of the same file in the same run, in turn; of each the
best of several rounds.

What is measured is not the same work: libcsv counts fields, Miller (on all processors) reads and writes, and
claimpipe copies each field, hashes the bytes and looks for damage.
"""
import os
import subprocess
import time

from bench_codes import SEED, export
from bench_work import program

ROW = "{:34} {:>8} {:>8} {:>12} {:>12}"


def timed(command):
    begun = time.monotonic()
    if subprocess.run(command, stdout=subprocess.DEVNULL, env=os.environ | SEED, check=False).returncode != 0:
        raise SystemExit(f"bench: {command[0]} has failed")
    return time.monotonic() - begun


def told(command):
    """What a program says of itself: seconds, and then how many records and fields."""
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


class Reading:
    """name -> the best seconds"""

    def __init__(self, claimpipe, build, folder, rows):
        program("mlr", "miller")
        self.rows, self.path, self.folder = rows, export(build, rows), folder
        self.claimpipe, self.programs = claimpipe, os.path.join(build, "bench")
        self.seconds = {}

    def keep(self, name, seconds):
        self.seconds[name] = min(self.seconds.get(name, seconds), seconds)

    def round(self):
        libcsv, *counted = told([os.path.join(self.programs, "libcsv"), self.path])
        opened, passed, *read = told([os.path.join(self.programs, "read"), self.path])
        if read != counted or int(read[0]) != self.rows:
            raise SystemExit(f"bench: claimpipe has read {read} records and fields, libcsv {counted}")
        self.keep("libcsv, counting", float(libcsv))
        self.keep("mlr --icsv --ocsv cat", timed(["mlr", "--icsv", "--ocsv", "cat", self.path]))
        self.keep("claimpipe's reader, one pass", float(passed))
        self.keep("claimpipe's reader, open and pass", float(opened) + float(passed))
        ledger = os.path.join(self.folder, "read.db")
        self.keep("claimpipe check code", timed(
            [self.claimpipe, "check", "code", self.path, "--email", "email", "--seed-from", "env:BENCH_SEED", "--count", "100000000",
             "--ledger", ledger]))

    def show(self):
        size = os.path.getsize(self.path) / 1e6
        libcsv, mlr = (self.seconds[name] for name in ("libcsv, counting", "mlr --icsv --ocsv cat"))
        for name, seconds in self.seconds.items():
            print(ROW.format(name, f"{seconds:.2f}", f"{size / seconds:,.0f}", f"{libcsv / seconds:.2f}",
                             f"{mlr / seconds:.2f}"))


def bench(claimpipe, build, folder, rows, rounds):
    print(f"\nreading, {rows:,} rows, the best of {rounds}:")
    print(ROW.format("", "seconds", "MB/s", "of libcsv's", "of mlr's"))
    reading = Reading(claimpipe, build, folder, rows)
    for _ in range(rounds):
        reading.round()
    reading.show()
