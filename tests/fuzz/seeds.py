#!/usr/bin/env python3
"""What fuzzing begins with: seeds.py FOLDER writes FOLDER/TARGET/* from the samples, the cases and what is known
of the service's answers."""
import csv
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTIONS, QUESTIONS = 3, 4
BODIES = [
    {}, [], None, "text", 17, {"claimAttemptId": "a1"}, {"success": True}, {"success": False, "error": "Code already used"},
    {"errorMessage": "One or more of the challenges were not satisfied (Password) : Invalid password."},
    {"errorMessage": "Exceeded rate limit. Too many requests, please try again later."},
    {"claim": {"version": "7", "claimedUsers": {"numUses-1": {"claimedUsers": {"bb1x": [0, 1]}}}}},
    {"claims": [{"version": 7, "plugins": [{"pluginId": "numUses", "publicState": {"numUses": 3}}]}]},
    {"docs": [{"claimAttemptId": "a1", "attemptedAt": 1788739200000, "success": True, "bitbadgesAddress": "bb1x"}],
     "pagination": {"bookmark": "b", "hasMore": True}},
    {"docs": [], "pagination": {"bookmark": "", "hasMore": False}},
    {"successCount": 1}, {"code": "x"}, {"dynamicStores": [{"dynamicDataId": "s1", "handlerId": "addresses", "label": "x"}]},
    {"results": [{"success": True}, {"success": False, "errorMessage": "no"}]},
    {"val": True, "history": [{"activityId": "a", "status": "pending"}]},
    {"docs": [{"dynamicDataId": "s1", "status": "completed"}]}, {"status": "completed", "actions": []},
]
HEADS = ["HTTP/1.1 200 OK\nRetry-After: 7\nDate: Mon, 07 Sep 2026 00:00:00 GMT\n",
         "RateLimit-Limit: 100\nRateLimit-Remaining: 0\nRateLimit-Reset: 9\nRateLimit-Policy: 100;w=60\n",
         "X-RateLimit-Limit: 10\nX-RateLimit-Reset: 1788739200\nRetry-After: Mon, 07 Sep 2026 00:00:09 GMT\n", ""]


def answers():
    for action in range(ACTIONS):
        for question in range(QUESTIONS):
            for i, body in enumerate(BODIES):
                yield (bytes([action * QUESTIONS + question, i % 3 and i, 8 * (i % 3)]) + HEADS[i % 4].encode() + b"\n"
                       + json.dumps(body).encode())
            yield bytes([action * QUESTIONS + question, 14, 0]) + b"\n<!DOCTYPE html><html>502 Bad Gateway</html>"


def ledgers():
    yield b""
    yield b"\xff\xff\xff\xff"
    yield b"SQLite format 3\0" + bytes(84)
    for page in range(0, 60, 3):
        yield bytes([page >> 4, page << 4 & 255, 0, 13, page >> 4, page << 4 & 255, 5, 255])


def identities():
    """Each file whose cells are recipients, as cells that tabs divide; and what is wrapped around one."""
    globs = ("tests/cases/identity/*/in*.csv", "tests/cases/filter/*/in*.csv", "tests/cases/report/safe-cells/in*.csv",
             "samples/exports/*.csv")
    for path in (path for each in globs for path in sorted(ROOT.glob(each))):
        rows = csv.reader(path.read_bytes().decode("utf-8", "replace").splitlines())
        yield "\n".join("\t".join(row) for row in list(rows)[:16]).encode()
    address = "0x092bb4851ae26850588243e7bef22a56287f4739"
    for around in ["%s (MetaMask)", "ETH: %s", "%s - main", "<%s>", "(%s)", "%s / %s", "“%s„", "`%s`", "＂%s＂", "'+%s",
                   '="%s"', "mailto:%s?a=b", "{{%s}}", "%s;", "email:%s", "[x](%s)", "null %s", "%s.", "%s%%", "%s\u0301"]:
        yield "\n".join(around.replace("%s", x) for x in [address, "jo@example.org", "NULL", "00123", "ＮＵＬＬ", ""]).encode()


def files(*globs):
    return (path.read_bytes() for glob in globs for path in ROOT.glob(glob) if path.stat().st_size < 20000)


SEEDS = {
    "job": lambda: files("samples/jobs/*.json", "tests/cases/*/*/job*.json"),
    "preset": lambda: files("pipeline/presets/*.json", "tests/cases/*/*/*preset*.json",
                            "tests/cases/*/*/presets/*.json"),
    "codes": lambda: files("tests/cases/*/*/codes", "tests/cases/*/*/*codes*.csv", "tests/cases/*/*/*.txt",
                           "tests/corpora/*/*.csv"),
    "answer": answers,
    "identity": identities,
    "ledger": ledgers,
}

for target, seeds in SEEDS.items():
    folder = pathlib.Path(sys.argv[1]) / target
    folder.mkdir(parents=True)
    for n, seed in enumerate(dict.fromkeys(seeds())):
        (folder / f"{n:04}").write_bytes(seed)
