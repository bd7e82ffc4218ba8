"""How fast claims are issued, and settled, beside a bare libcurl-multi loop (post.c), which only posts and remembers
nothing, and beside what one would write without claimpipe (peers/claims.mjs).

In a round all have the same server, in turn, each with a claim of its own; of each the best of several rounds is
told.  Whether the work was done is counted at the server, which must also have come to the end of its queue before
the next begins.  The ledger is durable as ever, on the disk of BUILD.
"""
import os
from functools import partial
from typing import NamedTuple

from bench_work import BUILD, IN_FLIGHT, KEY, Input, must, program, server, spend, url
from sandbox_test import BB

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "claims.mjs")
ROW = "{:30} {:>8} {:>9} {:>11} {:>13} {:>9} {:>15}"
HEAD = ("", "seconds", "claims/s", "requests/s", "of libcurl's", "x node's", "CPU us/request")
LOOP, WRK = "libcurl-multi, bare", f"wrk -t2 -c{IN_FLIGHT}"
NODE, NODE_SETTLED = "node claims.mjs", "node claims.mjs --settle"
PENDING = 1  # claimpipe's exit code then
QUEUE_MS = 60000
WRK_LUA = """
wrk.method = "POST"
wrk.path = "/api/v0/claims/complete/%s/%s"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["x-api-key"] = "%s"
wrk.body = '{"_expectedVersion":0}'
"""


class Result(NamedTuple):
    seconds: float
    claims: int
    requests: int
    cpu: float

    @property
    def speed(self):
        return self.claims / self.seconds


class Claims:
    """name -> its best result"""

    def __init__(self, folder, rows, wrk_seconds):
        self.folder, self.work, self.wrk_seconds = folder, Input(folder, rows), wrk_seconds
        self.programs = {name: program(name, package) for name, package in (("node", "nodejs"), ("wrk", "wrk"))}
        issuing = {
            LOOP: self.loop,
            NODE: self.node,
            "claimpipe --no-settle": partial(self.claimpipe, settle=False),
            "claimpipe --no-settle, 2 lanes": partial(self.claimpipe, lanes=2, settle=False),
        }
        self.settling = {
            NODE_SETTLED: partial(self.node, options=["--settle"]),
            "claimpipe": self.claimpipe,
            "claimpipe, 2 lanes": partial(self.claimpipe, lanes=2),
        }
        # wrk comes last: it sends as many as it can, and the server has them all in memory then.
        self.turns = issuing | self.settling | {WRK: self.wrk}
        self.best = {}

    def loop(self, s, claim):
        return spend([os.path.join(BUILD, "bench", "post"), url(s), claim, str(self.work.rows), str(IN_FLIGHT)], s)

    def wrk(self, s, claim):
        """For so many seconds, always the same address."""
        with open(os.path.join(self.folder, "post.lua"), "w", encoding="utf-8") as f:
            f.write(WRK_LUA % (claim, BB[0], KEY))
        with open(os.path.join(self.folder, "wrk.out"), "w", encoding="utf-8") as out:
            return spend([self.programs["wrk"], "-t2", f"-c{IN_FLIGHT}", f"-d{self.wrk_seconds}s", "-s", f.name, url(s)],
                         s, stdout=out)

    def node(self, s, claim, options=()):
        return spend([self.programs["node"], PEER, self.work.path, "--claim", claim, "-o", self.work.results + ".peer", *options], s)

    def claimpipe(self, s, claim, lanes=1, settle=True):
        command = self.work.command(lanes, claim)
        spent = spend(command, s) if settle else spend([*command, "--no-settle"], s, PENDING)
        self.work.forget()
        return spent

    def turn(self, s, name, claim):
        before = s.stats(brief=True)
        spent = self.turns[name](s, claim)
        must(s.wait("settled", s.stats(brief=True)["accepted"], QUEUE_MS), f"the queue has not come to its end after {name}")
        after = s.stats(brief=True)
        requests = after["requests"]["total"] - before["requests"]["total"]
        completed = after["completed"] - before["completed"]
        expected = requests if name == WRK else self.work.rows
        must(completed == expected > 0, f"{completed} of {expected} claims were completed by {name}")
        result = Result(spent.seconds, completed, requests, spent.cpu)
        self.best[name] = max(self.best.get(name, result), result, key=lambda r: r.speed)

    def round(self):
        claims = {name: f"claim-{i}" for i, name in enumerate(self.turns)}
        with server(claims.values()) as s:
            for name, claim in claims.items():
                self.turn(s, name, claim)
            twice = [x["claimId"] for x in s.stats(brief=True)["completedTwice"]]
        must(set(twice) <= {claims[WRK]}, f"{len(twice)} addresses have a claim twice")

    def show(self):
        for name, best in self.best.items():
            peer = NODE_SETTLED if name in self.settling else NODE
            print(ROW.format(name, f"{best.seconds:.2f}", f"{best.speed:,.0f}", f"{best.requests / best.seconds:,.0f}",
                             f"{best.speed / self.best[LOOP].speed:.2f}", f"{best.speed / self.best[peer].speed:.2f}",
                             f"{best.cpu / best.requests * 1e6:.0f}"))


def bench(folder, rows, wrk_seconds, rounds):
    print(f"claims, {rows:,} rows, the best of {rounds}; the practice server shares the {os.cpu_count()} processors with "
          "whom it serves:")
    print(ROW.format(*HEAD))
    claims = Claims(folder, rows, wrk_seconds)
    for _ in range(rounds):
        claims.round()
    claims.show()
