#!/usr/bin/env python3
"""A large export, the same bytes each time: big.py ROWS FILE (- is the standard output).

Columns email,name,course,completed_at,address,score.  Each address is a valid bb1 one; every 1000th row
repeats the address of an earlier row, and no other does.  Some names and courses hold commas, quotes or
letters beyond ASCII.
"""
import hashlib
import sys

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
PREFIX = [3, 3, 0, 2, 2]  # "bb" as BIP 173 expands it
SYMBOLS = 32  # of 5 bits: 20 bytes
PIECES = SYMBOLS // 2  # of 10 bits
REPEAT_EVERY = 1000
BLOCK = 10000  # rows a write

FIRST = ("Ada", "Chloé", "Dilnoza", "Emeka", "Grüße", "Linh", "Mateo", "Noor", "Priya", "Sven", "Yusuf", "Zofia", "晴")
LAST = ("Patel", "Tanaka", "Varga", "Okafor", "Nguyen", "García", "Lindqvist", "Haddad", "O'Brien", "Smith")
COURSE = (
    "Beekeeping for Beginners",
    "Introduction to Analysis",
    "Databases, Queries and Plans",
    "First Aid at Work",
    "Safety in the Workshop",
    "Bread",
    "Public Speaking",
    'The "Inner" Game of Chess',
    "Statistics II",
    "Soil and Water",
)


def polymod(symbols, c):
    for s in symbols:
        top = c >> 25
        c = (c & 0x1FFFFFF) << 5 ^ s
        for i in range(5):
            if top >> i & 1:
                c ^= GENERATOR[i]
    return c


def tables():
    """What each value of each 10-bit piece adds to the checksum, which is linear; and what it starts with."""
    parts = []
    for piece in range(PIECES):
        after = [0] * (SYMBOLS - 2 * (piece + 1) + 6)
        bit = [polymod([1 << i >> 5, (1 << i) & 31] + after, 0) for i in range(10)]
        part = [0] * 1024
        for v in range(1, 1024):
            part[v] = part[v & (v - 1)] ^ bit[(v & -v).bit_length() - 1]
        parts.append(part)
    return parts, polymod(PREFIX + [0] * (SYMBOLS + 6), 1) ^ 1


PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
PARTS, START = tables()


def address(bits):
    """The bb1 address of 160 bits."""
    check, text = START, "bb1"
    shift = 150
    for part in PARTS:
        v = bits >> shift & 1023
        shift -= 10
        check ^= part[v]
        text += PAIRS[v]
    return text + PAIRS[check >> 20] + PAIRS[check >> 10 & 1023] + PAIRS[check & 1023]


def account(i):
    return int.from_bytes(hashlib.sha256(b"account %d" % i).digest()[:20], "big")


def quoted(text):
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def line(i):
    repeat = i % REPEAT_EVERY == REPEAT_EVERY - 1
    bits = account(i * 7 // 11 // REPEAT_EVERY * REPEAT_EVERY if repeat else i)
    chance = bits >> 32  # any bits will do
    first, last = FIRST[chance % len(FIRST)], LAST[(chance >> 8) % len(LAST)]
    name = f"{last}, {first}" if chance >> 16 & 15 == 0 else f"{first} {last}"
    second = chance >> 20
    return (
        f"learner{i}@example.org,{quoted(name)},{quoted(COURSE[second % len(COURSE)])},"
        f"2026-{second % 12 + 1:02}-{second % 28 + 1:02} {second % 24:02}:{second % 60:02}:{second % 59:02},"
        f"{address(bits)},{second % 101}\n"
    )


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        raise SystemExit("usage: big.py ROWS FILE")
    rows, path = int(sys.argv[1]), sys.argv[2]
    with open(1 if path == "-" else path, "w", encoding="utf-8", newline="") as f:
        f.write("email,name,course,completed_at,address,score\n")
        for i in range(0, rows, BLOCK):
            f.write("".join(map(line, range(i, min(i + BLOCK, rows)))))


if __name__ == "__main__":
    main()
