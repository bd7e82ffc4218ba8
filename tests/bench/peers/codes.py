#!/usr/bin/env python3
"""Gives each recipient of a CSV export a claim code: what one writes without claimpipe.

  codes.py INPUT --seed-from env:NAME --claim CLAIM_ID -o RESULTS

The same results as `claimpipe code`, but nothing is remembered from one run to the next, nothing is
durable before the end, addresses are not checked, and every recipient is in memory.

The file is read as Latin-1, so that any bytes come out as they went in, and fast.  Only records with a
quote in them go through the csv module; the others have nothing for it to do.
"""
import argparse
import csv
import gc
import hashlib
import itertools
import os
import re
import sys
import time
import urllib.parse

ADDED = "status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,finished_at"
BATCH = 2000  # records a write
needs_quotes = re.compile(r'[",\r\n]|^[ \t]|[ \t]$').search
BOM = "\xef\xbb\xbf"  # as Latin-1 reads it


def latin1(text):
    """The text, its UTF-8 bytes taken for Latin-1 as the file's are."""
    return text.encode("utf-8").decode("latin-1")


def quoted(field):
    if needs_quotes(field):
        return '"' + field.replace('"', '""') + '"'
    return field


def canonical(field):
    """Of a field beyond ASCII."""
    return latin1(field.encode("latin-1").decode("utf-8", "replace").strip().lower())


def timestamp():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def coder(seed):
    """code(i); the seed is hashed once."""
    begun = hashlib.sha256(seed.encode("utf-8") + b"-")

    def code(i):
        h = begun.copy()
        h.update(b"%d" % i)
        return f"{h.hexdigest()}-{i}"

    return code


def convert(src, dst, seed, claim):
    header = next(csv.reader(src), None)
    if not header:
        raise SystemExit("codes.py: the input is empty")
    header[0] = header[0].removeprefix(BOM)
    if "address" not in header:
        raise SystemExit('codes.py: there is no column "address"')
    column, width = header.index("address"), len(header)
    dst.write(",".join(map(quoted, header)) + "," + ADDED + "\n")

    code, given, out = coder(seed), {}, []
    target = quoted(latin1(claim))
    success, duplicate = f",success,,,code,{target},", f",duplicate,same recipient as an earlier row,,code,{target},"
    link = f"https://bitbadges.io/claims/{urllib.parse.quote(claim, safe='')}?code="
    now = timestamp()
    for line in src:
        if len(out) >= BATCH:
            dst.write("".join(out))
            out.clear()
            now = timestamp()
        if '"' in line:
            reader = csv.reader(itertools.chain((line,), src))
            fields = next(reader)
            closed = reader.line_num == 1 and line.count('"') % 2 == 0
            record = line.rstrip("\r\n") if closed else ",".join(map(quoted, fields))
        else:
            record = line.rstrip("\r\n")
            if not record:
                continue
            fields = record.split(",")
        if len(fields) != width:
            kept = fields[:width] + [""] * (width - len(fields))
            error = f"the row has {len(fields)} fields and the header {width}"
            behind = "".join("," + quoted(f) for f in fields[width:])
            out.append(f"{','.join(map(quoted, kept))},invalid,{error},,code,{target},,,,,,,{behind}\n")
            continue
        recipient = fields[column]
        recipient = recipient.strip().lower() if recipient.isascii() else canonical(recipient)
        if not recipient:
            out.append(f"{record},invalid,the address is empty,,code,{target},,,,,,,\n")
            continue
        n = len(given)
        index = given.setdefault(recipient, n)
        c = code(index)
        r = recipient if recipient.isalnum() else quoted(recipient)
        if index == n:
            out.append(f"{record}{success}{r},,{c},{link}{c},,,{now}\n")
        else:
            out.append(f"{record}{duplicate}{r},,{c},{link}{c},,,\n")
    dst.write("".join(out))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("input")
    p.add_argument("--seed-from", required=True, metavar="env:NAME")
    p.add_argument("--claim", required=True)
    p.add_argument("-o", "--output", required=True)
    o = p.parse_args()
    seed = os.environ.get(o.seed_from.removeprefix("env:"), "")
    if not seed:
        raise SystemExit("codes.py: the seed is empty")
    csv.field_size_limit(1 << 24)
    gc.disable()  # there are no cycles, and a million recipients to look through for them
    part = o.output + ".part"
    try:
        with open(o.input, encoding="latin-1", newline="\n", buffering=1 << 18) as src:
            with open(part, "w", encoding="latin-1", newline="\n", buffering=1 << 18) as dst:
                convert(src, dst, seed, o.claim)
        os.replace(part, o.output)
    except BaseException:
        if os.path.exists(part):
            os.unlink(part)
        raise


if __name__ == "__main__":
    sys.exit(main())
