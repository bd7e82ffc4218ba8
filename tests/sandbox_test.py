#!/usr/bin/env python3
"""The practice server against the contract: every route, refusal, fault and limit.  Prints TAP.

SANDBOX names the program (default build/claimpipe-sandbox); a wrapper with blanks in it is split.
"""
import calendar
import hashlib
import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import quote, urlsplit

SANDBOX = shlex.split(os.environ.get("SANDBOX", "build/claimpipe-sandbox"))
A = [
    ("0x14574a6DFF2Ddf9e07828b4345d3040919AF5652", "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"),
    ("0x0000000000000000000000000000000000000000", "bb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs7gvmv"),
    ("0xffffffffffffffffffffffffffffffffffffffff", "bb1llllllllllllllllllllllllllllllllu0frux"),
    ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"),
    ("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "bb1ld53vz2u580kpwmee6fvu048fsmut56eu4qnae"),
    ("0x092bb4851ae26850588243e7bef22a56287f4739", "bb1py4mfpg6uf59qkyzg0nmau322c5873eeysp5ue"),
]
BB = [bb for _, bb in A]
NUMBER = 0
FAILED = 0


def check(ok, name, got=None):
    global NUMBER, FAILED
    NUMBER += 1
    print(f"{'ok' if ok else 'not ok'} {NUMBER} - {name}", flush=True)
    if not ok:
        FAILED += 1
        print(f"# got {got!r}"[:2000])


def equal(got, want, name):
    check(got == want, name, got)


def address(i):
    return "0x%040x" % (i + 1)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    @property
    def error(self):
        return (self.json or {}).get("errorMessage")


class Server:
    def __init__(self, config=None, journal=None, port=0):
        self.dir = tempfile.TemporaryDirectory()
        command = SANDBOX + ["--quiet", "--port", str(port)]
        if config is not None:
            path = os.path.join(self.dir.name, "config.json")
            with open(path, "w") as f:
                json.dump(config, f)
            command += ["--config", path]
        if journal:
            command += ["--journal", journal]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        if not line.startswith("listening on http://127.0.0.1:"):
            raise SystemExit(f"Bail out! no server: {line!r}")
        self.port = urlsplit(line.split()[-1]).port
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.drop()
        if self.process.poll() is None:
            self.process.terminate()
            code = self.process.wait(30)
            if code != 0:
                check(False, "the server ends with 0", code)
        self.process.stdout.close()
        self.dir.cleanup()

    def kill(self):
        self.drop()
        self.process.kill()
        self.process.wait()

    def drop(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def call(self, method, path, body=None, key="sandbox-key", content="application/json", headers=None):
        """One request over the kept connection; the exception's class name if it was cut off."""
        h = dict(headers or {})
        if key is not None:
            h["x-api-key"] = key
        if body is not None and content:
            h["Content-Type"] = content
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            self.connection.request(method, path, body, h)
            r = self.connection.getresponse()
            return Answer(r.status, r.headers, r.read())
        except (http.client.HTTPException, OSError) as e:
            self.drop()
            return type(e).__name__

    def api(self, method, path, body=None, **more):
        return self.call(method, "/api/v0/" + path, body, **more)

    def complete(self, claim, who, route="complete", version=0, **body):
        body = {k.replace("__", "-"): v for k, v in body.items()}
        return self.api("POST", f"claims/{route}/{claim}/{who}", {"_expectedVersion": version, **body})

    def accept(self, claim, who, **body):
        return self.complete(claim, who, **body).json["claimAttemptId"]

    def status(self, attempt):
        return self.api("GET", f"claims/status/{attempt}")

    def wait(self, route, count, timeout=20000):
        a = self.call("GET", f"/sandbox/wait?route={route}&count={count}&timeoutMs={timeout}", key=None)
        return a.json["reached"]

    def stats(self, brief=False):
        return self.call("GET", "/sandbox/stats" + ("?brief=1" if brief else ""), key=None).json

    def faults(self, *faults):
        return self.call("POST", "/sandbox/faults", list(faults), key=None)

    def change(self, **change):
        return self.call("POST", "/sandbox/config", change, key=None)


def uses(total=0, each=0):
    """So many in all, and for each address; 0: any number."""
    plugins = [{"pluginId": "numUses", "instanceId": "numUses-1", "maxUses": total}]
    if each:
        plugins.append({"pluginId": "whitelist", "instanceId": "whitelist-1", "maxUsesPerAddress": each})
    return plugins


def password(word="open sesame", instance="password-1"):
    return {"pluginId": "password", "instanceId": instance, "password": word}


def claim(name, *plugins, demand=False, **more):
    """With numUses, unless it is to be on demand."""
    flat = [p for plugin in plugins for p in (plugin if isinstance(plugin, list) else [plugin])]
    if not demand and all(p["pluginId"] != "numUses" for p in flat):
        flat += uses()
    return {"claimId": name, "plugins": flat, "collectionId": name, **more}


def config(*claims, **more):
    return {"keys": ["sandbox-key"], "queueDelayMs": [0, 0], "claims": list(claims), **more}


SESAME = {"password__1": {"password": "open sesame"}}
UNSATISFIED = "One or more of the challenges were not satisfied "


def test_default():
    with Server() as s:
        r = s.complete("sandbox-claim", A[0][0], **SESAME)
        equal(r.status, 200, "complete answers 200")
        attempt = r.json["claimAttemptId"]
        check(len(attempt) == 32 and int(attempt, 16) >= 0, "the attempt's id is 32 hex digits", attempt)
        equal(r.headers["Content-Type"], "application/json; charset=utf-8", "the content type is JSON")
        check(s.wait("completed", 1), "the queue completes it")
        equal(s.status(attempt).json, {"success": True, "error": "", "bitbadgesAddress": BB[0]}, "status: success")
        equal(s.api("POST", f"claims/status/{attempt}", {}).json["success"], True, "status by POST")
        equal(s.call("GET", f"/testnet/api/v0/claims/status/{attempt}").status, 200, "the test network's base")
        for path in ("nothing", "claims/complete/sandbox-claim/" + BB[0], "claims/status/a/b/c/d"):
            r = s.api("GET", path)
            equal((r.status, r.error), (404, "Not found"), f"unknown route {path[:20]}")
        equal(s.call("HEAD", "/api/v0/codes").status, 404, "HEAD is unknown")
        equal(s.call("GET", "/").status, 404, "outside of the API")
        equal(s.call("GET", "/sandbox/nothing").status, 404, "unknown admin route")
        st = s.stats()
        equal(st["claims"]["sandbox-claim"]["completions"], {BB[0]: 1}, "stats: completions")
        equal(st["claims"]["sandbox-claim"]["attemptsByAddress"], {BB[0]: 1}, "stats: attempts by address")
        equal((st["accepted"], st["completed"], st["pending"]), (1, 1, 0), "stats: totals")
        equal(st["requests"]["complete"], 1, "stats: requests by route")
        equal(st["connections"], 1, "keep-alive: one connection")
        check("claims" not in s.stats(brief=True), "brief stats leave out the claims")
        r = s.call("GET", "/api/v0/codes?seedCode=seed&idx=0", headers={"User-Agent": "tester/1"})
        equal(s.stats()["lastUserAgent"], "tester/1", "stats: last user agent")


def test_keys():
    with Server(config(claim("c"), credits=50)) as s:
        r = s.api("GET", "claim/c", key=None)
        equal((r.status, "unauthorized" in r.json), (401, False), "no key: 401, not a matter of sessions")
        check(r.error.startswith("Unauthorized request. This route is only accessible with an API key."), "no key: the message", r.error)
        equal(s.api("GET", "claim/c", key="wrong").status, 401, "wrong key: 401")
        equal(s.stats()["creditsUsed"], 0, "a request without a valid key costs nothing")
    with Server(config(claim("c"), keys=[])) as s:
        equal(s.api("GET", "claim/c", key=None).status, 200, "no keys configured: none is asked for")


def test_credits():
    with Server(config(claim("c"), credits=3)) as s:
        equal([s.api("GET", "claim/c").status for _ in range(5)], [200, 200, 200, 402, 402], "402 after the credits")
        r = s.api("POST", "claims/complete/c/" + BB[0], {"_expectedVersion": 0})
        equal(
            (r.status, r.json["error"], r.json["used"], r.json["remaining"]),
            (402, "Insufficient credits", 3, 0),
            "402: the documented body",
        )
        equal((r.json["topUpUrl"], r.json["onChainTotal"], r.json["decimals"]), ("/developer?tab=apiKeys", 3, 6),
              "402: numbers, not strings")
        check("errorMessage" in r.json, "402: all its fields", r.json)
        equal(s.stats()["accepted"], 0, "402: no effect")
        s.change(credits=4)
        equal([s.api("GET", "claim/c").status for _ in range(2)], [200, 402], "credits topped up at run time")
        equal(s.stats()["creditsUsed"], 4, "stats: credits used")
        s.change(behaviour="IDX")
        equal(s.api("GET", "claim/c").status, 401, "IDX: the quota is a 401")


def test_limit():
    limit = {"limit": 5, "windowMs": 60000, "headers": "standard"}
    with Server(config(claim("c"), rateLimit=limit, credits=100)) as s:
        answers = [s.api("GET", "claim/c", key="sandbox-key") for _ in range(7)]
        equal([a.status for a in answers], [200] * 5 + [429] * 2, "429 after the limit")
        h = answers[0].headers
        equal((h["RateLimit-Policy"], h["RateLimit-Limit"], h["RateLimit-Remaining"]), ("5;w=60", "5", "4"), "headers")
        check(0 < int(h["RateLimit-Reset"]) <= 60, "RateLimit-Reset in seconds left", h["RateLimit-Reset"])
        h = answers[6].headers
        check(0 < int(h["Retry-After"]) <= 60, "429: Retry-After in seconds", h["Retry-After"])
        equal(h["RateLimit-Remaining"], "0", "429: nothing remains")
        equal(answers[6].json, {"errorMessage": "Exceeded rate limit. Too many requests."}, "429: body")
        r = s.complete("c", BB[0])
        st = s.stats()
        equal((r.status, st["accepted"], st["limited"], st["creditsUsed"]), (429, 0, 3, 5), "429: no effect, no credit")
        equal(st["window"], {"windowMs": 60000, "most": 8}, "stats: the busiest window")
        s.change(rateLimit={"limit": 100, "windowMs": 60000, "headers": "x"})
        h = s.api("GET", "claim/c").headers
        equal((h["X-RateLimit-Limit"], "RateLimit-Limit" in h), ("100", False), "X headers")
        check(abs(int(h["X-RateLimit-Reset"]) - time.time()) < 120, "X-RateLimit-Reset is an epoch")
        s.change(rateLimit={"limit": 100, "headers": "none"})
        h = s.api("GET", "claim/c").headers
        check("X-RateLimit-Limit" not in h and "RateLimit-Limit" not in h, "no headers")
        s.change(rateLimit=None)
        equal(s.stats()["limited"], 3, "the limit taken away")
    with Server(config(claim("c"), rateLimit={"limit": 2, "windowMs": 150})) as s:
        begun = time.monotonic()
        got = []
        while len([g for g in got if g == 200]) < 4 and time.monotonic() < begun + 20:
            got.append(s.api("GET", "claim/c").status)
        check(got[:3] == [200, 200, 429] and time.monotonic() - begun >= 0.14, "a new fixed window begins", got[:5])


def test_schema():
    with Server(config(claim("c", password(), version=3))) as s:
        body = {"password-1": {"password": "open sesame"}}
        path = "claims/complete/c/" + BB[0]
        for value, name in (("3", "a string"), (None, "null"), (True, "true")):
            r = s.api("POST", path, {"_expectedVersion": value, **body})
            equal(r.status, 400, f"_expectedVersion {name}: 400")
        r = s.api("POST", path, body)
        check(r.status == 400 and r.error.startswith("Invalid request payload. "), "no version: 400", r.error)
        r = s.api("POST", path, {"_expectedVersion": 3, **body}, content=None)
        equal(r.status, 400, "without a content type the server sees {}")
        r = s.api("POST", path, {"_expectedVersion": 3, **body}, content="text/plain")
        equal((r.status, s.stats()["badContentType"]), (400, 2), "with another as well; both are counted")
        r = s.api("POST", path, {"_expectedVersion": 3, **body}, content="Application/JSON; charset=utf-8")
        equal(r.status, 200, "a content type with a parameter")
        r = s.api("POST", path, '{"_expectedVersion": 3,')
        equal((r.status, r.json, r.headers["Content-Type"]), (400, None, "text/html; charset=utf-8"), "bad JSON: HTML")
        equal(s.api("POST", path, "[1]").status, 400, "an array: 400")
        equal(s.api("POST", path, "").status, 400, "an empty body: 400")
        for ids in ("password-1", [1]):
            r = s.api("POST", path, {"_expectedVersion": 3, "_specificInstanceIds": ids, **body})
            equal(r.status, 400, "_specificInstanceIds must be strings in an array")
        r = s.complete("c", BB[0], version=2, **SESAME)
        equal((r.status, r.error), (500, "Claim has been updated since last fetch"), "another version: refused")
        equal(s.complete("c", BB[0], version=-1, **SESAME).status, 200, "-1: no check")
        s.change(claims=[{"claimId": "c", "version": 4}])
        equal(s.complete("c", BB[0], version=3, **SESAME).status, 500, "the version changes in the middle of a run")
        equal(s.api("GET", "claim/c").json["claim"]["version"], "4", "the version is shown as a string")
        for bad in ("0x14574a6dFF2Ddf9e07828b4345d3040919AF5652", "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jj7mz2jw", "x"):
            r = s.complete("c", bad, version=-1, **SESAME)
            equal((r.status, r.error[:17]), (500, "Could not convert"), f"bad address {bad[:12]}")
        for behaviour, status, message in (("S26", 404, "Not found"), ("IDX", 500, "No doc found")):
            s.change(behaviour=behaviour)
            for got in (s.complete("none", BB[0]), s.api("GET", "claim/none"), s.status("0" * 32),
                        s.api("GET", "claims/success/none/" + BB[0]), s.api("GET", "claims/none/attempts")):
                equal((got.status, got.error), (status, message), f"{behaviour}: what is unknown")
        # a body announced to be too large is refused before it is sent
        with socket.create_connection(("127.0.0.1", s.port), timeout=20) as raw:
            raw.sendall(
                b"POST /api/v0/storeActions/batch HTTP/1.1\r\nHost: x\r\nx-api-key: sandbox-key\r\n"
                b"Content-Type: application/json\r\nContent-Length: 200000000\r\n\r\n"
            )
            equal(raw.recv(12), b"HTTP/1.1 413", "a body over 100 MB: 413")


def test_plugins():
    wl = {"pluginId": "whitelist", "instanceId": "w", "addresses": [A[0][0], BB[1]]}
    codes = {"pluginId": "codes", "instanceId": "codes-1", "codes": ["one", "zwei Ä", "three"]}
    seeded = {"pluginId": "codes", "instanceId": "codes-1", "seed": "seed", "numCodes": 100}
    first = "8efd6168a055d1e45863c237eb3feab2be94f10b7ccdc5bf8bb54305c8b19f7f-0"
    with Server(config(claim("p", password()), claim("w", wl), claim("k", codes), claim("s", seeded),
                       claim("u", uses(3, 1)), claim("h", halted=True))) as s:
        def refused(r, name, why):
            equal((r.status, r.error), (500, f"{UNSATISFIED}({name}) : {why}"), f"refused: {why}")

        refused(s.complete("p", BB[0], password__1={"password": "no"}), "Password", "Incorrect password")
        refused(s.complete("p", BB[0]), "Password", "Incorrect password")
        refused(s.complete("w", BB[2]), "Whitelist", "User not in whitelist")
        equal([s.complete("w", a).status for a in (BB[0], A[1][0])], [200, 200], "whitelist: either form")
        refused(s.complete("h", BB[0]), "Claim", "Claim halted")
        equal([p["pluginId"] for p in s.api("GET", "claim/h").json["claim"]["plugins"]][-1:], ["halt"], "a halted claim shows it")
        s.change(claims=[{"claimId": "h", "halted": False}])
        equal(s.complete("h", BB[0]).status, 200, "no longer halted")
        refused(s.complete("k", BB[0], codes__1={"code": "four"}), "Codes", "Invalid code. Not found in list of codes.")
        refused(s.complete("k", BB[0]), "Codes", "Invalid code. Not found in list of codes.")
        equal(s.complete("k", BB[0], codes__1={"code": "zwei Ä"}).status, 200, "a code of the list")
        equal(s.complete("s", BB[0], codes__1={"code": first}).status, 200, "a code of the seed")
        s.wait("settled", 5)
        refused(s.complete("k", BB[1], codes__1={"code": "zwei Ä"}), "Codes", "Code already used")
        refused(s.complete("s", BB[1], codes__1={"code": first}), "Codes", "Code already used")
        past = hashlib.sha256(b"seed-100").hexdigest() + "-100"
        refused(s.complete("s", BB[1], codes__1={"code": past}), "Codes", "Invalid code. Not found in list of codes.")
        equal(s.stats()["claims"]["k"]["codesUsed"], 1, "stats: codes used")
        equal(s.complete("u", A[0][0]).status, 200, "numUses: the first use")
        s.wait("settled", 6)
        refused(s.complete("u", BB[0]), "Whitelist", "User already exceeded max uses")
        s.complete("u", BB[1]), s.complete("u", BB[2])
        s.wait("settled", 8)
        refused(s.complete("u", BB[3]), "Max Uses", "Overall max uses exceeded")
        r = s.api("GET", "codes?seedCode=" + quote("Grüße-🎉-日本") + "&idx=0")
        equal(r.json["code"], "336d4d6b2b8a63de1ed139ff4c11d96b757eebccf5a5ae4cdcb2fa4502fd8623-0", "codes route")
        equal(s.api("GET", "codes?seedCode=x&idx=-1").status, 400, "codes route: bad index")


def test_simulate():
    two = claim("c", uses(1, 1), password("a", "p1"), password("b", "p2"))
    with Server(config(two)) as s:
        good = {"p1": {"password": "a"}, "p2": {"password": "b"}}
        r = s.complete("c", BB[0], route="simulate", **good)
        equal(r.json, {"claimAttemptId": "0" * 32}, "simulate: zeros")
        s.change(behaviour="IDX")
        equal(s.complete("c", BB[0], route="simulate", **good).json["claimAttemptId"], "0" * 64, "IDX: 64 zeros")
        s.change(behaviour="S26")
        equal(s.complete("c", BB[0], route="simulate", p1={"password": "a"}).status, 500, "simulate: refused")
        r = s.complete("c", BB[0], route="simulate", p1={"password": "a"}, _specificInstanceIds=["p1"])
        equal(r.status, 200, "simulate: specific instances only")
        r = s.complete("c", BB[0], p1={"password": "a"}, _specificInstanceIds=["p1"])
        equal(r.status, 500, "complete: an instance left out is not satisfied")
        equal(s.stats()["accepted"], 0, "simulation spends no use")
        equal(s.complete("c", BB[0], **good, _specificInstanceIds=["p1", "p2", "whitelist-1"]).status, 200, "complete: all named")


def test_simulate_refusals():
    """What complete refuses, simulate refuses in the same words; and it uses nothing up."""
    wl = {"pluginId": "whitelist", "instanceId": "w", "addresses": [BB[0]]}
    codes = {"pluginId": "codes", "instanceId": "k", "codes": ["a", "b"]}
    claims = [claim("p", password()), claim("w", wl), claim("k", codes), claim("u", uses(2, 1)), claim("h", halted=True),
              claim("t", refuse={"name": "Transfer Times", "reason": "We are currently outside the approved time window."}),
              claim("i", refuse={"reason": "Must be authenticated to claim", "addresses": [A[1][0]]}),
              claim("s", {"pluginId": "codes", "instanceId": "k", "seed": "seed", "numCodes": 1000001})]
    with Server(config(*claims)) as s:
        def both(name, who, why, version=0, **body):
            got = [s.complete(name, who, route=route, version=version, **body) for route in ("simulate", "complete")]
            equal([(r.status, r.error) for r in got], [(500, why)] * 2, f"simulate and complete refuse alike: {why[-50:]}")

        for _ in range(3):
            for name, body in (("p", SESAME), ("w", {}), ("k", {"k": {"code": "a"}}), ("u", {}), ("i", {})):
                r = s.complete(name, BB[0], route="simulate", **body)
                equal((r.status, r.json), (200, {"claimAttemptId": "0" * 32}), f"simulate: {name} would do")
        st = s.stats()
        equal([st["claims"][n]["simulated"] for n in "pwkui"], [3] * 5, "stats: simulations apart")
        equal((st["accepted"], st["claims"]["u"]["attemptsByAddress"], st["claims"]["k"]["codesUsed"]), (0, {}, 0),
              "stats: not among the attempts")
        equal(s.api("GET", "claims/p/attempts").json["docs"], [], "attempts: simulations are not listed")
        equal(s.api("GET", "claims/success/u/" + BB[0]).json["successCount"], 0, "simulate spends no use")
        equal(s.complete("k", BB[0], k={"code": "a"}).status, 200, "a code that was simulated is still good")
        s.accept("u", BB[0])
        s.wait("settled", 2)
        both("k", BB[1], UNSATISFIED + "(Codes) : Code already used", k={"code": "a"})
        both("k", BB[1], UNSATISFIED + "(Codes) : Invalid code. Not found in list of codes.", k={"code": "c"})
        both("p", BB[1], UNSATISFIED + "(Password) : Incorrect password", password__1={"password": "x"})
        both("w", BB[1], UNSATISFIED + "(Whitelist) : User not in whitelist")
        both("u", BB[0], UNSATISFIED + "(Whitelist) : User already exceeded max uses")
        s.accept("u", BB[1])
        s.wait("settled", 3)
        both("u", BB[2], UNSATISFIED + "(Max Uses) : Overall max uses exceeded")
        both("h", BB[0], UNSATISFIED + "(Claim) : Claim halted")
        both("t", BB[0], UNSATISFIED + "(Transfer Times) : We are currently outside the approved time window.")
        both("i", BB[1], UNSATISFIED + "(Claim) : Must be authenticated to claim")
        both("p", BB[1], "Claim has been updated since last fetch", version=9, **SESAME)
        equal(s.complete("p", "x", route="simulate", **SESAME).error[:17], "Could not convert", "simulate: bad address")
        equal(s.complete("none", BB[0], route="simulate").status, 404, "simulate: unknown claim")
        equal(s.complete("p", BB[0], route="simulate", version="0").status, 400, "simulate: the schema")
        p = s.stats()["claims"]["p"]
        equal((p["refused"], p["simulated"], p["simulatedRefused"]), (2, 3, 3), "stats: refusals of either kind")
        s.change(claims=[{"claimId": "t", "refuse": None}])
        equal(s.complete("t", BB[0]).status, 200, "refuse taken away at run time")
        last = hashlib.sha256(b"seed-1000000").hexdigest() + "-1000000"
        equal(s.complete("s", BB[0], k={"code": last}).status, 200, "codes of a seed: the last of 1000001")
        for bad in (last[:-8] + "-01000000", last.upper(), last[:-1] + "1"):
            equal(s.complete("s", BB[0], k={"code": bad}).status, 500, "codes of a seed: as they are written, no other way")


VECTORS = [
    ("seed", 0, "8efd6168a055d1e45863c237eb3feab2be94f10b7ccdc5bf8bb54305c8b19f7f-0"),
    ("seed", 1, "0eb026731d9ea3f870511f8c18daeb814eaa2c9e276082b204f2a962212fb5bd-1"),
    ("seed", 1000000, "b6ef3dc224500f7a3f35243dba0e70bac85c067f26af27814ab3ff300e246fbd-1000000"),
    ("a" * 1000, 0, "a9d425fa2ce368004f1dfe54f4e4a8b2f758be44aab97b0b8c35e3ae18ef0e61-0"),
    ("00ff" * 16, 7, "e57affa85732b496ac1a04f6df56fcd8d22e89cf0441e6715a410d7c129a979e-7"),
    ("Grüße-🎉-日本", 0, "336d4d6b2b8a63de1ed139ff4c11d96b757eebccf5a5ae4cdcb2fa4502fd8623-0"),
    ("a-1", 2, "368cb12dbf37bf920c7dfd1c0cba819c7f912e66fd8726c2645356b80829640a-2"),
    ("x" * 62, 0, "f99d86c548fcee6a907e46b2ee110932ff0c6523668d6dcc421f1b9ef2383bb3-0"),
    ("x" * 63, 9999, "d33f480f3d4686d56b276c79bee089877c4fba60c0fa55bdfaaa67fe8ac29d9c-9999"),
]


def test_code_vectors():
    claims = [claim(f"v{i}", {"pluginId": "codes", "instanceId": "k", "seed": seed, "numCodes": n + 1})
              for i, (seed, n, _) in enumerate(VECTORS)]
    with Server(config(*claims)) as s:
        for i, (seed, n, code) in enumerate(VECTORS):
            r = s.api("GET", f"codes?seedCode={quote(seed)}&idx={n}")
            equal(r.json["code"], code, f"codes route: vector {i} of the contract")
            got = [s.complete(f"v{i}", BB[k], k={"code": code}).status for k in range(2)]
            s.wait("settled", 2 * (i + 1), 2000)
            done = s.stats()["claims"][f"v{i}"]
            equal((got[0], done["codesUsed"], len(done["completions"])), (200, 1, 1), f"codes plugin: vector {i}, once")


def test_queue():
    slow = {"queueDelayMs": [300, 300]}
    with Server(config(claim("p", password(), **slow), claim("u", uses(0, 1), **slow), claim("m", uses(1), **slow),
                       claim("k", {"pluginId": "codes", "instanceId": "k", "codes": ["x"]}, **slow))) as s:
        p = [s.accept("p", BB[0], **SESAME) for _ in range(2)]
        equal(s.status(p[0]).json, {"success": False, "error": "", "bitbadgesAddress": BB[0]}, "S26: pending")
        s.change(behaviour="IDX")
        r = s.status(p[0])
        equal((r.status, r.error), (500, "No doc found"), "IDX: pending")
        s.change(behaviour="S26")
        u = [s.accept("u", A[0][i]) for i in range(2)]
        m = [s.accept("m", BB[i]) for i in range(2)]
        k = [s.accept("k", BB[i], k={"code": "x"}) for i in range(2)]
        check(len({*p, *u, *m, *k}) == 8, "all twins are accepted, each with its own id")
        begun = time.monotonic()
        check(s.wait("settled", 8), "all are settled")
        check(time.monotonic() - begun < 1.5, "different collections go in parallel", time.monotonic() - begun)
        for ids, why in ((u, "User already exceeded max uses"), (m, "Overall max uses exceeded"), (k, "Code already used")):
            a, b = (s.status(i).json for i in ids)
            equal((a["success"], b["success"], b["error"]), (True, False, why), f"the second fails: {why}")
        equal([s.status(i).json["success"] for i in p], [True, True], "behind a password both succeed")
        st = s.stats()
        equal(st["completedTwice"], [{"claimId": "p", "address": BB[0], "count": 2}], "stats: completed twice")
        equal((st["accepted"], st["completed"], st["failedInQueue"]), (8, 5, 3), "stats: the queue")
        s.change(behaviour="IDX")
        equal(s.status(p[0]).json, {"success": True}, "IDX: success without error and address")
        equal(s.status(u[1]).json, {"success": False, "error": "Error: User already exceeded max uses"}, "IDX: failed")
    with Server(config(*[claim(f"c{i}", queueDelayMs=[60, 60], collectionId="one") for i in range(3)])) as s:
        begun = time.monotonic()
        for i in range(3):
            for k in range(2):
                s.accept(f"c{i}", BB[k])
        s.wait("settled", 6)
        check(time.monotonic() - begun >= 0.36, "one collection: one after the other", time.monotonic() - begun)
    fail = {"every": 3, "addresses": [A[5][0]], "error": "Overall max uses exceeded"}
    with Server(config(claim("f", failInQueue=fail))) as s:
        ids = [s.accept("f", BB[i]) for i in (0, 1, 2, 5)]
        s.wait("settled", 4)
        got = [s.status(i).json for i in ids]
        equal([g["success"] for g in got], [True, True, False, False], "accepted, then failed in the queue")
        equal(got[2]["error"], "Overall max uses exceeded", "with the configured error")
        s.change(claims=[{"claimId": "f", "failInQueue": {}}])
        i = s.accept("f", BB[5])
        s.wait("settled", 5)
        equal(s.status(i).json["success"], True, "failInQueue taken away at run time")


def test_state():
    with Server(config(claim("c", uses(), claimed={A[0][0]: 2, BB[1]: [7]}), claim("o", onChain=True, collectionId="7"),
                       claim("h", uses(), hideCurrentState=True))) as s:
        equal(s.api("GET", "claims/success/c/" + A[0][0]).json, {"successCount": 2, "claimNumbers": [0, 1]}, "success")
        equal(s.api("GET", "claims/success/c/" + BB[4]).json, {"successCount": 0, "claimNumbers": []}, "success: none")
        equal(s.api("GET", "claims/success/c/nobody").status, 500, "success: bad address")
        s.accept("c", BB[2]), s.accept("o", BB[0]), s.accept("h", BB[0])
        s.wait("completed", 3)
        equal(s.api("GET", "claims/success/c/" + BB[2]).json["claimNumbers"], [8], "the next claim number")
        c = s.api("GET", "claim/c?fetchAllClaimedUsers=true").json["claim"]
        state = c["plugins"][0]["publicState"]
        equal(state["claimedUsers"], {BB[0]: [0, 1], BB[1]: [7], BB[2]: [8]}, "one request tells who has claimed")
        equal((c["claimId"], c["version"], c["standaloneClaim"], "collectionId" in c), ("c", "0", True, False), "claim: its fields")
        equal(c["plugins"][0]["pluginId"], "numUses", "claim: its plugins")
        c = s.api("GET", "claim/c").json["claim"]
        check("claimedUsers" not in c["plugins"][0]["publicState"], "not without fetchAllClaimedUsers")
        c = s.api("GET", "claim/h?fetchAllClaimedUsers=true").json["claim"]
        equal(c["plugins"][0]["publicState"], {}, "a hidden state is not shown")
        r = s.api("GET", "claims/success/h/" + BB[0])
        check(r.status == 500 and r.error, "success does not work where the state is hidden", r.status)
        attempt = s.api("GET", "claims/o/attempts").json["docs"][0]["claimAttemptId"]
        check("code" not in s.status(attempt).json, "on-chain: an API key does not get the code", s.status(attempt).json)
        r = s.api("POST", "claims/reserved/o/" + BB[0], {})
        equal((r.status, r.json["unauthorized"]), (401, True), "reserved codes need a session")
        s.change(claims=[{"claimId": "o", "showCode": True}])
        code = s.status(attempt).json["code"]
        equal((len(code), s.api("POST", "claims/reserved/o/" + BB[0], {}).json),
              (32, {"reservedCodes": [code], "leafSignatures": []}), "showCode: status and reserved tell it")
        equal(s.stats()["completedTwice"], [], "claimed elsewhere does not count as completed here")


def test_attempts():
    with Server(config(claim("c", failInQueue={"addresses": [BB[5]]}))) as s:
        for i in range(60):
            s.accept("c", address(i))
        s.accept("c", BB[5]), s.accept("c", address(7))
        s.wait("settled", 62)
        seen, bookmark, pages = [], "", 0
        while True:
            r = s.api("GET", "claims/c/attempts" + (f"?bookmark={bookmark}" if bookmark else "")).json
            if not r["docs"]:
                break
            pages, bookmark = pages + 1, r["bookmark"]
            seen += r["docs"]
        equal((len(seen), pages, r.get("total")), (61, 3, 61), "attempts: 25 a page, failed ones not listed")
        equal([d["claimNumber"] for d in seen], list(range(60, -1, -1)), "attempts: newest first")
        d = seen[0]
        check(
            isinstance(d["attemptedAt"], str) and isinstance(d["claimNumber"], int) and d["claimId"] == "c"
            and d["success"] is True and len(d["claimAttemptId"]) == 32 and d["bitbadgesAddress"].startswith("bb1"),
            "attempts: the fields of a doc", d)
        r = s.api("GET", "claims/c/attempts?address=" + address(7)).json
        equal((len(r["docs"]), r["total"], r["docs"][0]["claimNumber"]), (2, 2, 60), "attempts of an address")
        r2 = s.api("GET", f"claims/c/attempts?address={address(7)}&bookmark={r['bookmark']}").json
        equal((r2["docs"], r2["bookmark"]), ([], r["bookmark"]), "attempts: the end repeats the bookmark")
        equal(s.api("GET", "claims/c/attempts?address=" + BB[4]).json["docs"], [], "attempts of nobody")
        equal(s.api("GET", "claims/c/attempts?address=x").status, 500, "attempts: bad address")
        r = s.api("GET", "claims/c/attempts?includeErrors=true")
        equal((r.status, r.json["unauthorized"]), (401, True), "attempts: errors need a session")
        r = s.api("POST", "claims/c/attempts", {"address": address(7)}).json
        equal(len(r["docs"]), 2, "attempts by POST")
        s.change(behaviour="IDX")
        check("total" not in s.api("GET", "claims/c/attempts").json, "IDX: no total")


def test_stores():
    stores = [
        {"dynamicDataId": "s1", "dataSecret": "hush", "values": [A[0][0]], "batchLimit": 40, "delayMs": [0, 0]},
        {"dynamicDataId": "mail", "field": "email", "delayMs": [400, 400]},
    ]
    with Server(config(stores=stores)) as s:
        def single(action, who, **more):
            return s.api("POST", "storeActions/single", {"dynamicDataId": "s1", "dataSecret": "hush",
                                                         "actionName": action, "payload": {"address": who}, **more})

        def holds(who):
            return s.api("GET", f"dynamicStore/s1/value?key={who}&dataSecret=hush").json["inStore"]

        def until(who, want):
            end = time.monotonic() + 20
            while holds(who) != want and time.monotonic() < end:
                pass
            return holds(who) == want

        equal(holds(BB[0]), True, "value: there, in either form")
        equal(single("add", A[1][0]).json, {}, "single add")
        check(until(BB[1], True), "it takes effect")
        single("remove", BB[1])
        check(until(A[1][0], False), "single remove")
        equal(single("add", BB[2], _isSimulation=True).json, {}, "single simulated")
        r = single("add", BB[2], dataSecret="x")
        equal((r.status, r.error), (500, "Invalid data secret"), "wrong secret")
        r = single("add", BB[2], dynamicDataId="none")
        equal((r.status, r.error), (500, "Dynamic data doc not found"), "unknown store")
        equal(single("push", BB[2]).status, 400, "unknown action")
        equal(single("add", "nobody").error[:17], "Could not convert", "bad address")
        equal(single("add", 5).status, 400, "payload of another type")
        equal(s.api("POST", "storeActions/single", {"dynamicDataId": "s1"}).status, 400, "no payload")
        equal(holds(BB[2]), False, "none of these had an effect")

        def batch(actions, **more):
            return s.api("POST", "storeActions/batch",
                         {"dynamicDataId": "s1", "dataSecret": "hush", "actions": actions, **more})

        def add(who):
            return {"actionName": "add", "payload": {"address": who}}

        equal(batch([add(address(i)) for i in range(30)]).json, {}, "batch add")
        check(until(address(29), True), "it takes effect")
        r = batch([add(BB[3]), add("nobody"), add(BB[4])])
        equal((r.status, holds(BB[3])), (500, False), "a batch is refused as a whole")
        equal(batch([add(BB[3])] * 41).status, 400, "batch limit")
        equal(batch([add(BB[3])], _isSimulation=True).status, 200, "batch simulated")
        equal(batch("x").status, 400, "batch: no array")
        keys, bookmark = [], "0"
        while True:
            r = s.api("GET", f"dynamicStore/s1/values?dataSecret=hush&bookmark={bookmark}").json
            keys += [v["key"] for v in r["lookupValues"] if v["inStore"]]
            bookmark = r["pagination"]["bookmark"]
            if not r["pagination"]["hasMore"]:
                break
        equal(len(set(keys)), 31, "values: all pages")
        equal(s.api("GET", "dynamicStore/s1/values").status, 500, "values: the secret is needed")
        equal(s.api("GET", "dynamicStore/s1/value?dataSecret=hush").status, 400, "value: a key is needed")
        r = s.api("GET", "dynamicStores/activity?dynamicDataId=s1&dataSecret=hush").json
        equal((r["pending"], len(r["history"]["docs"])), ([], 3), "activity: history")
        s.api("POST", "storeActions/single", {"dynamicDataId": "mail", "actionName": "add",
                                              "payload": {"email": "a@b.c"}})
        r = s.api("GET", "dynamicStores/activity?dynamicDataId=mail").json
        equal((len(r["pending"]), r["pending"][0]["numRetries"]), (1, 0), "activity: pending")
        equal(s.stats()["stores"]["s1"]["values"][BB[1]], {"inStore": False, "added": 1, "removed": 1}, "stats: stores")


def test_attempt_pages():
    listed = [{"address": A[0][0], "attemptedAt": 1788739200123, "claimNumber": 4},
              {"address": BB[1], "error": "Code already used"}, {"address": BB[0]}]
    with Server(config(claim("n", uses(), attempts=60), claim("l", attempts=listed),
                       claim("e", attempts=50, attemptsPage={"size": 10, "end": "absent", "total": False}))) as s:
        def walk(name, more=""):
            pages, bookmark = [], None
            while len(pages) < 12:
                r = s.api("GET", f"claims/{name}/attempts?{more}&" + (f"bookmark={bookmark}" if bookmark else "")).json
                pages.append(r)
                if not r["docs"] or r.get("bookmark") in (None, bookmark):
                    break
                bookmark = r["bookmark"]
            return pages

        pages = walk("n")
        docs = [d for p in pages for d in p["docs"]]
        equal([len(p["docs"]) for p in pages], [25, 25, 10, 0], "preloaded attempts: pages of 25")
        equal([p["total"] for p in pages], [60] * 4, "preloaded attempts: total")
        equal([d["claimNumber"] for d in docs], list(range(59, -1, -1)), "preloaded attempts: newest first")
        equal((docs[59]["attemptedAt"], docs[0]["attemptedAt"]), ("1788739201000", "1788739260000"),
              "preloaded attempts: one a second, as strings in ms")
        equal(len({d["claimAttemptId"] for d in docs}), 60, "preloaded attempts: ids")
        equal(s.api("GET", "claims/success/n/" + address(59)).json["claimNumbers"], [59], "preloaded: they have claimed")
        equal(s.status(docs[0]["claimAttemptId"]).json["success"], True, "preloaded: their status")
        st = s.stats()
        equal((st["completed"], st["accepted"], st["pending"], st["claims"]["n"]["completions"]), (0, 0, 0, {}),
              "preloaded attempts are not among what the server did")
        s.accept("n", BB[5])
        s.wait("completed", 1)
        s.change(claims=[{"claimId": "n", "attempts": 2}])
        r = s.api("GET", "claims/n/attempts").json
        equal(([d["bitbadgesAddress"] for d in r["docs"]][2], r["total"], [d["claimNumber"] for d in r["docs"]][:4]),
              (BB[5], 63, [62, 61, 60, 59]), "attempts added at run time")
        d = s.api("GET", "claims/l/attempts").json["docs"]
        equal([(x["bitbadgesAddress"], x["attemptedAt"], x["claimNumber"]) for x in d],
              [(BB[0], "1788739200000", 5), (BB[0], "1788739200123", 4)], "a list of attempts; failed ones are not shown")
        pages = walk("e")
        equal(([len(p["docs"]) for p in pages], ["bookmark" in p for p in pages]), ([10] * 5, [True] * 4 + [False]),
              "attemptsPage: size, and no bookmark at the end")
        check(not any("total" in p for p in pages), "attemptsPage: no total")
        s.change(claims=[{"claimId": "e", "attemptsPage": {"size": 20, "end": "repeated", "total": True}}])
        pages = walk("e")
        equal([len(p["docs"]) for p in pages], [20, 20, 10, 10], "attemptsPage: the end is repeated")
        check(pages[2] == pages[3] and pages[3]["total"] == 50, "with the same bookmark")
        s.change(claims=[{"claimId": "l", "attemptsPage": {"errors": "on request", "attemptedAt": "number"}}])
        equal([d["success"] for d in s.api("GET", "claims/l/attempts").json["docs"]], [True, True], "errors: on request")
        r = s.api("GET", "claims/l/attempts?includeErrors=true").json
        equal(([(d["success"], d["claimNumber"], d.get("error")) for d in r["docs"]], r["total"]),
              ([(True, 5, None), (False, -1, "Code already used"), (True, 4, None)], 3), "errors: shown")
        equal(r["docs"][2]["attemptedAt"], 1788739200123, "attemptedAt as a number")
        equal(len(s.api("GET", f"claims/l/attempts?address={BB[1]}&includeErrors=true").json["docs"]), 1, "of an address")
        s.change(claims=[{"claimId": "l", "attemptsPage": {"errors": "always"}}])
        equal(len(s.api("GET", "claims/l/attempts").json["docs"]), 3, "errors: always")


def test_store_queue():
    faults = [{"key": A[1][0], "error": "Try again later"}, {"key": BB[2], "times": None, "error": "Stuck"}]
    with Server(config(stores=[{"dynamicDataId": "s", "delayMs": [0, 0], "retryMs": [30, 30], "queueFaults": faults}])) as s:
        def batch(*whom, action="add", **more):
            actions = [{"actionName": action, "payload": {"address": who, "note": "x"}} for who in whom]
            return s.api("POST", "storeActions/batch", {"dynamicDataId": "s", "actions": actions, **more})

        def activity(bookmark=None):
            more = "" if bookmark is None else f"&bookmark={bookmark}"
            return s.api("GET", "dynamicStores/activity?dynamicDataId=s" + more).json

        def store():
            return s.stats()["stores"]["s"]

        equal(batch(BB[0], BB[1], BB[3]).status, 200, "a batch of which one fails in the queue is accepted")
        s.wait("storeRetries", 3)
        p = activity()["pending"]
        check(len(p) == 1 and p[0]["error"] == "Try again later" and p[0]["numRetries"] >= 3 and len(p[0]["actions"]) == 3,
              "activity: pending, with its error and a growing numRetries", p)
        v = store()["values"]
        check(v[BB[0]]["inStore"] and v[BB[3]]["inStore"] and BB[1] not in v, "the good ones are applied meanwhile", v)
        s.change(stores=[{"dynamicDataId": "s", "queueFaults": [{"key": BB[1], "times": 2}, faults[1]]}])
        check(s.wait("storeApplied", 1), "the server tries again until it is applied")
        before = store()
        check(before["retries"] >= 5, "so many times more", before)
        equal([v["added"] for v in before["values"].values()], [1, 1, 1], "each is applied once, whatever the retries")
        d = activity()
        equal((d["pending"], [(j["dynamicDataId"], len(j["actions"]), abs(j["updatedAt"] / 1000 - time.time()) < 60, len(j))
                              for j in d["history"]["docs"]]), ([], [("s", 3, True, 3)]), "history")
        batch(BB[2], BB[4])
        for i in range(30):
            batch(address(i + 100))
        s.wait("storeApplied", 31)
        s.wait("storeRetries", before["retries"] + 4)
        first = activity()
        p = first["pending"]
        check(len(p) == 1 and p[0]["error"] == "Stuck" and p[0]["numRetries"] >= 4, "for ever: numRetries grows", p)
        then = activity(first["history"]["pagination"]["bookmark"])
        equal(([len(x["history"]["docs"]) for x in (first, then)], [x["history"]["pagination"]["hasMore"] for x in (first, then)],
               len(then["pending"])), ([25, 6], [True, False], 1), "pending is on every page of the history")
        check(store()["pending"] == 1 and BB[2] not in store()["values"], "what is stuck is not in the store")
        s.change(stores=[{"dynamicDataId": "s", "queueFaults": []}])
        check(s.wait("storeApplied", 32) and store()["values"][BB[2]]["inStore"], "mended at run time")
        # repeats are harmless
        batch(BB[0]), batch(BB[5], action="remove")
        s.wait("storeApplied", 34)
        v = store()["values"]
        equal((v[BB[0]], v[BB[5]]), ({"inStore": True, "added": 2, "removed": 0}, {"inStore": False, "added": 0, "removed": 1}),
              "adding twice and removing what is not there succeed")
        # what is hidden
        s.change(stores=[{"dynamicDataId": "s", "activity": "hidden", "lookups": "hidden"}])
        for path in ("dynamicStores/activity?dynamicDataId=s", "dynamicStore/s/value?key=" + BB[0], "dynamicStore/s/values"):
            r = s.api("GET", path)
            equal((r.status, r.json.get("unauthorized")), (401, True), f"hidden: {path[:22]}")
        equal(batch(BB[0]).status, 200, "hidden: actions are taken all the same")
        s.change(stores=[{"dynamicDataId": "s", "activity": "open"}])
        equal(s.api("GET", "dynamicStores/activity?dynamicDataId=s").status, 200, "shown again")
        # the stats
        s.change(stores=[{"dynamicDataId": "s", "refuse": [{"key": BB[3], "error": "Bad row", "status": 400}], "batchLimit": 9,
                          "dataSecret": "new"}])
        before = store()
        equal((before["requests"], before["batches"], before["actions"], before["largest"]), (35, 35, 38, 3), "stats: requests")
        r = batch(BB[4], BB[3], dataSecret="new")
        equal((r.status, r.error), (400, "Bad row"), "a key that is refused at once")
        equal([batch(BB[4], dataSecret=x).status for x in ("new", "old")], [200, 500], "a new secret at run time")
        equal(batch(*[address(i) for i in range(10)], dataSecret="new").status, 400, "a new batch limit")
        got = [batch(BB[4], who, dataSecret="new", _isSimulation=True).status for who in (BB[5], BB[3])]
        equal(got, [200, 400], "simulated: the same refusals")
        s.wait("storeApplied", 36)
        after = store()
        equal((after["requests"], after["refused"], after["simulated"], after["simulatedRefused"], after["largest"]),
              (36, 3, 1, 1, 10), "stats: refused and simulated apart")
        equal((after["values"][BB[4]]["added"], after["values"][BB[5]]["added"]), (2, 0), "a simulation adds nothing")
        st = s.stats()
        equal((st["storeAccepted"], st["storeApplied"], st["storeRetries"] == after["retries"]), (36, 36, True), "stats: totals")


CLAIM_FIELDS = {
    "_includesPrivateParams", "claimId", "createdBy", "managedBy", "standaloneClaim", "plugins", "rewards", "estimatedCost",
    "estimatedTime", "showInSearchResults", "categories", "manualDistribution", "approach", "metadata", "assignMethod",
    "lastUpdated", "version", "satisfyMethod"}


def test_claim_as_it_is():
    """GET claim, with each field that the vendor's OpenAPI has and that is not for the manager's eyes alone."""
    codes = {"pluginId": "codes", "instanceId": "k", "seed": "seed", "numCodes": 9}
    times = {"pluginId": "transferTimes", "instanceId": "t", "transferTimes": [{"start": 1, "end": 2}]}
    store = {"pluginId": "whitelist", "instanceId": "w", "useDynamicStore": True, "dynamicDataId": "s", "maxUsesPerAddress": 2}
    every = [uses(5), password(), codes, store, {"pluginId": "initiatedBy", "instanceId": "i"}, times]
    with Server(config(claim("c", *every, version=3), claim("k", codes), claim("o", onChain=True, collectionId="12", approvalId="a b"),
                       claim("n", details={"collectionId": "0", "standaloneClaim": None, "estimatedCost": "free"}),
                       claim("d", password(), demand=True), stores=[{"dynamicDataId": "s"}])) as s:
        c = s.api("GET", "claim/c").json["claim"]
        equal(set(c), CLAIM_FIELDS, "claim: the fields of an off-chain claim")
        equal((c["_includesPrivateParams"], c["standaloneClaim"], c["version"]), (False, True, "3"), "claim: their types")
        equal(c["satisfyMethod"], {"type": "AND", "conditions": ["numUses-1", "password-1", "k", "w", "i", "t"]}, "claim: all must pass")
        equal([set(p) for p in c["plugins"]], [{"instanceId", "pluginId", "version", "publicParams", "privateParams", "publicState"}] * 6,
              "plugins: their fields")
        equal([(p["pluginId"], p["version"], p["privateParams"]) for p in c["plugins"]],
              [(p, "0", {}) for p in ("numUses", "password", "codes", "whitelist", "initiatedBy", "transferTimes")],
              "plugins: what is private stays so")
        equal([p["publicParams"] for p in c["plugins"]],
              [{"maxUses": 5, "hideCurrentState": False, "displayAsUnlimited": False}, {}, {"numCodes": 9, "hideCurrentState": False},
               {"maxUsesPerAddress": 2, "hasPrivateList": True}, {}, {"transferTimes": [{"start": "1", "end": "2"}]}],
              "plugins: what is public")
        check("seed" not in json.dumps(c) and "open sesame" not in json.dumps(c), "no secret is shown", c)
        def use(*places):
            for i in places:
                code = hashlib.sha256(b"seed-%d" % i).hexdigest() + f"-{i}"
                equal(s.complete("k", address(i), k={"code": code}).status, 200, f"code {i} is used")

        use(0, 3, 4, 5, 8)
        s.wait("completed", 5)
        equal(s.api("GET", "claim/k").json["claim"]["plugins"][0]["publicState"]["usedCodeRanges"],
              [{"start": "0", "end": "0"}, {"start": "3", "end": "5"}, {"start": "8", "end": "8"}], "codes: which are used up")
        o = s.api("GET", "claim/o").json["claim"]
        equal((set(o) - CLAIM_FIELDS, o["collectionId"], o["standaloneClaim"]), ({"collectionId", "trackerDetails"}, "12", False),
              "on-chain: it says so")
        equal(o["trackerDetails"], {"collectionId": "12", "approvalId": "a b", "challengeTrackerId": "tracker-1",
                                    "approvalLevel": "collection", "approverAddress": ""}, "on-chain: where its tokens come from")
        n = s.api("GET", "claim/n").json["claim"]
        equal((n["collectionId"], n["estimatedCost"], "standaloneClaim" in n), ("0", "free", False), "details: told otherwise")
        s.change(claims=[{"claimId": "n", "details": {"trackerDetails": None}}])
        equal(set(s.api("GET", "claim/n").json["claim"]), CLAIM_FIELDS, "details: changed at run time")
        r = [s.call("POST", f"/api/{v}/claims/fetch", {"claimsToFetch": [{"claimId": "o"}, {"claimId": "k", "fetchAllClaimedUsers": True},
                                                                         {"claimId": "x"}]}).json for v in ("v0", "v1")]
        equal(([c["claimId"] for c in r[0]["claims"]], r[0] == r[1], r[0]["claims"][0] == o), (["o", "k"], True, True),
              "fetch: many at once, by v0 and v1")
        equal(len(r[0]["claims"][1]["plugins"][1]["publicState"]["claimedUsers"]), 5, "fetch: with their users")
        equal(s.api("POST", "claims/fetch", {}).status, 400, "fetch: the schema")
        equal(s.call("POST", "/api/v1/claims/fetch/x", {}).status, 404, "of v1 there is nothing else")
        equal(s.call("GET", "/api/v1/claim/c").status, 404, "of v1 there is nothing else")
        s.change(behaviour="IDX")
        c = s.api("GET", "claim/c").json["claim"]
        equal((set(c), c["collectionId"]), ({"claimId", "version", "collectionId", "plugins"}, "-1"), "IDX: an off-chain claim")
        equal(set(c["plugins"][0]), {"pluginId", "instanceId", "publicParams", "publicState"}, "IDX: its plugins")
        equal(s.api("GET", "claim/o").json["claim"]["collectionId"], "12", "IDX: an on-chain claim")


def test_on_demand():
    with Server(config(claim("d", password(), demand=True), claim("a", password(), demand=True, attempts=2))) as s:
        equal(s.complete("d", BB[0], **SESAME).status, 200, "on demand: it is completed all the same")
        s.wait("completed", 1)
        r = s.api("GET", "claims/d/attempts").json
        equal((r["docs"], r["total"]), ([], 0), "on demand: no attempts are listed")
        equal(s.api("GET", f"claims/d/attempts?address={BB[0]}").json["docs"], [], "nor those of an address")
        equal([s.api("GET", f"claims/success/d/{BB[i]}").json for i in (0, 1)], [{"successCount": 1}] * 2, "on demand: the count is always 1")
        c = s.api("GET", "claim/d").json["claim"]
        equal((c["cachePolicy"], [p["pluginId"] for p in c["plugins"]]), ({"ttl": "300"}, ["password"]), "on demand: the claim tells it")
        c = s.api("GET", "claim/a").json["claim"]
        equal((c["plugins"][1]["pluginId"], len(s.api("GET", "claims/a/attempts").json["docs"])), ("numUses", 2),
              "what is given attempts has numUses")
        s.change(behaviour="IDX")
        equal((len(s.api("GET", "claims/d/attempts").json["docs"]), s.api("GET", f"claims/success/d/{BB[1]}").json["successCount"]), (1, 0),
              "IDX: there was no such thing")


def test_uses_of_each():
    old = {"pluginId": "numUses", "instanceId": "n", "maxUsesPerAddress": 1}
    now = int(time.time() * 1000)
    def times(start, end):
        return {"pluginId": "transferTimes", "instanceId": "t", "transferTimes": [{"start": 1, "end": 2}, {"start": now + start, "end": now + end}]}

    with Server(config(claim("n", old), claim("w", uses(0, 2)), claim("i", {"pluginId": "initiatedBy", "instanceId": "i"}),
                       claim("t", times(-9000, 600000)), claim("u", times(600000, 700000)))) as s:
        for i in range(2):
            equal([s.complete(c, BB[0]).status for c in "nw"], [200, 200], "numUses knows no limit for each address")
            s.wait("completed", 2 * i + 2)
        equal([s.complete(c, BB[0]).status for c in "nw"], [200, 500], "whitelist does")
        equal(s.complete("w", BB[1]).status, 200, "whitelist: of each")
        s.wait("completed", 6)
        s.change(behaviour="IDX")
        equal(s.complete("n", BB[0]).error, UNSATISFIED + "(Max Uses) : User already exceeded max uses", "IDX: numUses does")
        equal(s.complete("i", BB[0]).error, UNSATISFIED + "(Initiated By) : Must be authenticated to claim", "initiatedBy: no API key can")
        equal([s.complete(c, BB[0]).status for c in "tu"], [200, 500], "transferTimes: within them")
        equal(s.complete("u", BB[0]).error, UNSATISFIED + "(Transfer Times) : We are currently outside the approved time window.",
              "transferTimes: the reason")


def test_limit_headers():
    forms = {
        "none": {}, "three": {"RateLimit-Limit": "9", "RateLimit-Remaining": "8", "RateLimit-Reset": "60"},
        "standard": {"RateLimit-Policy": "9;w=60", "RateLimit-Limit": "9", "RateLimit-Remaining": "8", "RateLimit-Reset": "60"},
        "draft-7": {"RateLimit-Policy": "9;w=60", "RateLimit": "limit=9, remaining=8, reset=60"},
        "draft-8": {"RateLimit-Policy": '"9-in-60s"; q=9; w=60; pk=:MTI3MDAx:', "RateLimit": '"9-in-60s"; r=8; t=60'},
        "draft-10": {"RateLimit-Policy": '"default";q=9;w=60', "RateLimit": '"default";r=8;t=60'}}
    for form, want in forms.items():
        with Server(config(claim("c"), rateLimit={"limit": 9, "windowMs": 60000, "headers": form})) as s:
            h = s.api("GET", "claim/c").headers
            equal({k: v for k, v in h.items() if "ratelimit" in k.lower()}, want, f"headers: {form}")
    dates = {"date": "%a, %d %b %Y %H:%M:%S GMT", "date-850": "%A, %d-%b-%y %H:%M:%S GMT", "asctime": "%a %b %d %H:%M:%S %Y"}
    with Server(config(claim("c"), rateLimit={"limit": 1, "windowMs": 60000})) as s:
        s.api("GET", "claim/c")

        def after(form):
            s.change(rateLimit={"limit": 1, "windowMs": 60000, "retryAfter": form})
            r = s.api("GET", "claim/c")
            return r.headers["Retry-After"] if r.status == 429 else r.status

        check(0 < int(after("seconds")) <= 60, "Retry-After: seconds")
        text = after("decimal")
        check(text.endswith(".5") and 0 < float(text) < 60, "Retry-After: with decimals", text)
        check(0 < int(after("unix")) - time.time() <= 61, "Retry-After: the time of day")
        check(0 < int(after("unix-ms")) / 1000 - time.time() <= 61, "Retry-After: the same in ms")
        equal(after("none"), None, "Retry-After: none")
        for form, pattern in dates.items():
            text = after(form)
            at = calendar.timegm(time.strptime(text, pattern))
            check(0 < at - time.time() <= 61, f"Retry-After: {form}", text)
        odd = {"Retry-After": "soon", "RateLimit-Remaining": ["991", "98"], "X-Long": "x" * 400}
        s.change(rateLimit=None)
        s.faults({"route": "claim", "kind": "status", "status": 429, "first": 1, "headers": odd})
        r = s.api("GET", "claim/c")
        equal((r.status, r.headers["Retry-After"], r.headers.get_all("RateLimit-Remaining"), r.headers["X-Long"]),
              (429, "soon", ["991", "98"], "x" * 400), "faults: any header, and several of a name")
        equal(s.api("GET", "claim/c").headers["X-Long"], None, "faults: of that answer alone")


def test_bookmarks():
    with Server(config(claim("c", attempts=30))) as s:
        r = s.api("GET", "claims/c/attempts").json
        equal((r["bookmark"], len(r["docs"])), ("eyJza2lwIjoyNX0", 25), 'bookmarks: base64url of {"skip":25}')
        r = s.api("GET", "claims/c/attempts?bookmark=" + r["bookmark"]).json
        equal((r["bookmark"], len(r["docs"])), ("eyJza2lwIjo1MH0", 5), "bookmarks: given with the last page, too")
        s.change(claims=[{"claimId": "c", "attempts": 1}])
        equal(s.api("GET", "claims/c/attempts?bookmark=eyJza2lwIjoyNX0").json["docs"][0]["claimNumber"], 5,
              "bookmarks: a place, which what is new moves on")
        equal(len(s.api("GET", "claims/c/attempts?bookmark=nonsense").json["docs"]), 25, "bookmarks: what is none skips nothing")
        s.change(behaviour="IDX")
        docs = s.api("GET", "claims/c/attempts").json
        equal(docs["bookmark"], docs["docs"][24]["claimAttemptId"], "IDX: the id of the last one")


def test_activity_shape():
    with Server(config(stores=[{"dynamicDataId": "s", "delayMs": [0, 0], "retryMs": [50, 50], "queueFaults": [{"key": BB[0], "error": "Stuck"}]},
                               {"dynamicDataId": "m", "field": "email", "delayMs": [60000, 60000]}])) as s:
        for store, payload in (("s", {"address": BB[0]}), ("s", {"address": BB[1]}), ("m", {"email": "a@b.c"})):
            s.api("POST", "storeActions/single", {"dynamicDataId": store, "actionName": "add", "payload": payload})
        s.wait("storeRetries", 2)
        s.wait("storeApplied", 1)
        r = s.api("GET", "dynamicStores/activity?dynamicDataId=s").json
        p = r["pending"][0]
        equal(set(p), {"dynamicDataId", "handlerId", "actions", "lastFetchedAt", "numRetries", "nextFetchTime", "error"}, "activity: pending")
        check((p["dynamicDataId"], p["handlerId"], p["error"]) == ("s", "addresses", "Stuck") and p["numRetries"] >= 2
              and p["nextFetchTime"] >= p["lastFetchedAt"] > 1788739200000, "activity: its numbers", p)
        equal([set(d) for d in r["history"]["docs"]], [{"dynamicDataId", "updatedAt", "actions"}], "activity: history")
        equal(set(r["history"]["pagination"]), {"bookmark", "hasMore"}, "activity: pages")
        p = s.api("GET", "dynamicStores/activity?dynamicDataId=m").json["pending"][0]
        equal((p["handlerId"], p["lastFetchedAt"], p["error"]), ("email", 0, ""), "activity: not tried yet")


def test_store_gate():
    gated = claim("c", {"pluginId": "whitelist", "instanceId": "d", "useDynamicStore": True, "dynamicDataId": "s"})
    with Server(config(gated, stores=[{"dynamicDataId": "s", "delayMs": [0, 0], "values": [BB[0]]}])) as s:
        got = [s.complete("c", A[i][0], route=r).status for i in (0, 1) for r in ("simulate", "complete")]
        equal(got, [200, 200, 500, 500], "a claim for those in a store")
        s.api("POST", "storeActions/single", {"dynamicDataId": "s", "actionName": "add", "payload": {"address": BB[1]}})
        s.wait("storeApplied", 1)
        equal(s.complete("c", BB[1]).status, 200, "once they are in it")
        equal(s.complete("c", BB[2]).error, UNSATISFIED + "(Whitelist) : User not in whitelist", "the others are not in the whitelist")


def test_store_fields():
    stores = [{"dynamicDataId": "m", "fields": ["address", "email"], "values": [A[0][0], "a@b.c"], "delayMs": [0, 0]},
              {"dynamicDataId": "u", "field": "username", "delayMs": [0, 0], "refuse": [{"key": "bad"}]}]
    with Server(config(stores=stores)) as s:
        def single(store, **payload):
            return s.api("POST", "storeActions/single", {"dynamicDataId": store, "actionName": "add", "payload": payload})

        def holds(store, key):
            return s.api("GET", f"dynamicStore/{store}/value?key={quote(key)}").json["inStore"]

        equal([holds("m", k) for k in (BB[0], "a@b.c", "x@y.z")], [True, True, False], "fields: initial values of both")
        equal([single("m", email="x@y.z").status, single("m", address=A[1][0], email="q@r.s").status], [200, 200], "fields")
        equal(single("u", username="zoë", address="nonsense", more=[1]).status, 200, "what a store has no field for is passed over")
        equal([single("m", username="z").status, single("m", address="x").status, single("u", username="").status,
               single("u", username="x" * 256).status, single("u", username="bad").status], [400, 500, 400, 400, 500], "misfits")
        s.wait("storeApplied", 3)
        equal([holds("m", k) for k in ("x@y.z", A[1][0], "q@r.s")], [True, True, False], "fields: the first there is the key")
        equal((holds("u", "zoë"), list(s.stats()["stores"]["u"]["values"])), (True, ["zoë"]), "one field, any text")
        for bad, want in (({"queueFaults": [{"key": "a", "tiems": 1}]}, "$.stores[0].queueFaults[0].tiems: unknown key"),
                          ({"queueFaults": [{"key": "a", "times": "x"}]}, "times: must be a whole number"),
                          ({"refuse": [{"key": "a"}, {"key": "a"}]}, "refuse[1].key: is there twice"),
                          ({"activity": "shown"}, '$.stores[0].activity: "shown"'), ({"values": []}, "values: unknown key")):
            r = s.change(stores=[{"dynamicDataId": "u", **bad}])
            check(r.status == 400 and want in r.error, f"bad change: {want}", r.error)
        equal(s.change(stores=[{"dynamicDataId": "none"}]).status, 400, "change of an unknown store")


def test_keyless():
    with Server(config(claim("c"), keyless={"limit": 10}, credits=100)) as s:
        got = [s.api("GET", "claim/c", key=None) for _ in range(12)]
        equal([r.status for r in got], [200] * 10 + [429] * 2, "without a key: ten in ten seconds")
        check(1 <= int(got[11].headers["Retry-After"]) <= 10, "with Retry-After", got[11].headers["Retry-After"])
        equal(got[0].headers["RateLimit-Policy"], "10;w=10", "with its own headers")
        equal([s.api("GET", "claim/c").status, s.api("GET", "claim/c", key="wrong").status], [200, 401], "a key is another matter")
        st = s.stats()
        equal((st["creditsUsed"], st["limited"]), (1, 2), "without a key nothing is spent")
        s.change(keyless=None)
        equal(s.api("GET", "claim/c", key=None).status, 401, "keyless taken away at run time")


def test_bodies():
    with Server(config(claim("c"))) as s:
        for body in ({"errorMessage": "x", "error": {"code": [1]}}, {"errorMessage": "x", "error": 5, "unauthorized": True}, [], "x"):
            s.faults({"route": "complete", "kind": "status", "status": 400, "body": body, "first": 1})
            r = s.complete("c", BB[0])
            equal((r.status, r.json), (400, body), f"a fault with a body of its own: {body}")
        s.faults({"route": "status", "kind": "status", "status": 200, "body": {"error": ""}, "first": 1})
        equal(s.status(s.accept("c", BB[0])).json, {"error": ""}, "pending without success")


def test_faults():
    with Server(config(claim("c"), seed=5)) as s:
        n = 0

        def cut(name, accepted, **fault):
            nonlocal n
            s.faults({"route": "complete", "first": 1, **fault})
            s.api("GET", "claim/c")  # so that the connection is a used one
            r = s.complete("c", BB[n % 6])
            n += accepted
            equal(s.stats()["accepted"], n, f"{name}: {'processed' if accepted else 'not processed'}")
            return r

        for rst in (False, True):
            for kind, accepted in (("reset-before", 0), ("reset-after", 1)):
                r = cut(f"{kind} rst={rst}", accepted, kind=kind, rst=rst)
                equal(r, "ConnectionResetError" if rst else "RemoteDisconnected", f"{kind} rst={rst}: no answer")
        equal(cut("truncate", 1, kind="truncate"), "IncompleteRead", "truncated")
        r = cut("garbage", 1, kind="garbage")
        equal((r.status, r.json), (200, None), "garbage: 200, not JSON")
        r = cut("huge", 1, kind="huge")
        equal((r.status, len(r.text)), (200, 2 << 20), "huge: 2 MiB")
        begun = time.monotonic()
        r = cut("slow", 1, kind="slow", delayMs=200)
        check(r.status == 200 and time.monotonic() - begun >= 0.2, "slow: late, but whole")
        r = cut("503", 0, kind="status", status=503, json=False, retryAfter=2)
        equal((r.status, r.headers["Retry-After"], r.json), (503, "2", None), "503 of a gateway")
        check(r.text.startswith(b"<html>") and "text/html" in r.headers["Content-Type"], "with an HTML body")
        r = cut("504", 1, kind="status", status=504, json=False, processed=True)
        equal(r.status, 504, "504 after the work was done")
        r = cut("500", 0, kind="status", status=500, errorMessage="Boom")
        equal((r.status, r.error), (500, "Boom"), "500 with JSON")
        r = cut("429", 0, kind="status", status=429, json=True, retryAfter=1)
        equal((r.status, r.headers["Retry-After"]), (429, "1"), "429 by a fault")
        st = s.stats()
        equal(st["faults"], {"reset-before": 2, "reset-after": 2, "status": 4, "slow": 1, "truncate": 1, "garbage": 1,
                             "huge": 1}, "stats: faults")

        def pattern(count, call, **fault):
            s.faults({"kind": "status", "status": 502, **fault})
            return [i for i in range(1, count + 1) if call().status == 502]

        def get():
            return s.api("GET", "claim/c")

        equal(pattern(10, get, route="claim", every=3), [3, 6, 9], "when: every")
        equal(pattern(10, get, route="*", first=2), [1, 2], "when: first, any route")
        equal(pattern(10, get, route="claim", at=[2, 7]), [2, 7], "when: at")
        equal(pattern(10, get, route="status", every=1), [], "another route")
        some = pattern(200, get, route="claim", probability=0.3)
        check(30 <= len(some) <= 90, "when: probability", len(some))
        equal(pattern(200, get, route="claim", probability=0.3), some, "the same seed, the same faults")
        s.faults({"route": "complete", "kind": "status", "status": 502, "addresses": [A[0][0], BB[1]], "times": 2})
        got = [s.complete("c", who).status for who in (BB[0], A[0][0], BB[0], BB[2], A[1][0])]
        equal(got, [502, 502, 200, 200, 502], "when: addresses, so many times each")
        attempt = s.accept("c", BB[3])
        s.faults({"route": "status", "kind": "status", "status": 502, "addresses": [BB[3]]})
        equal(s.status(attempt).status, 502, "a status request is about its attempt's address")
        s.faults()
        equal(s.status(attempt).status, 200, "faults taken away")
        for bad in ({"kind": "reset-before"}, {"kind": "nothing", "first": 1}, {"first": 1}, {"kind": "slow", "first": 1},
                    {"kind": "status", "first": 1}, {"kind": "huge", "first": 1, "every": 2},
                    {"kind": "huge", "first": 1, "colour": 1}, {"kind": "huge", "addresses": ["x"]}):
            r = s.faults(bad)
            check(r.status == 400 and r.error.startswith("$.faults[0]"), f"bad fault {bad}", r.error)
        equal(s.change(claims=[{"claimId": "none"}]).status, 400, "config of an unknown claim")
        equal(s.change(seed=1).status, 400, "config that cannot change")


def test_wait():
    with Server(config(claim("c"))) as s:
        check(not s.wait("claim", 1, 50), "wait: the time runs out")
        done = []
        t = threading.Thread(target=lambda: done.append(Waiter(s.port).wait("claim", 3)))
        t.start()
        for _ in range(3):
            s.api("GET", "claim/c")
        t.join(20)
        equal(done, [True], "wait: woken by the third request")
        equal(s.call("GET", "/sandbox/wait?route=none").status, 400, "wait: no such counter")
        s.faults({"route": "*", "kind": "slow", "delayMs": 300, "first": 8})
        others = [threading.Thread(target=lambda: Waiter(s.port).api("GET", "claim/c")) for _ in range(8)]
        for t in others:
            t.start()
        s.wait("claim", 11)
        for t in others:
            t.join()
        check(2 <= s.stats()["mostInFlight"] <= 8, "stats: most in flight", s.stats()["mostInFlight"])
        # ended while somebody waits and somebody is slow
        s.faults({"route": "*", "kind": "slow", "delayMs": 60000, "every": 1})
        late = [threading.Thread(target=lambda: Waiter(s.port).api("GET", "claim/c")),
                threading.Thread(target=lambda: Waiter(s.port).wait("claim", 1000, 60000))]
        for t in late:
            t.daemon = True
            t.start()
        s.wait("claim", 12)
        s.process.send_signal(signal.SIGHUP)
        check(s.stats() is not None, "SIGHUP is ignored")
        s.process.send_signal(signal.SIGINT)
        equal(s.process.wait(20), 0, "SIGINT: ends at once, with 0")


class Waiter(Server):
    """A client of a running server."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def wait(self, *args):
        try:
            return super().wait(*args)
        except (AttributeError, KeyError, TypeError):
            return None


def test_journal():
    codes = {"pluginId": "codes", "instanceId": "k", "codes": ["a", "b", "c"]}
    conf = config(claim("c", uses(0, 1), queueDelayMs=[200, 200]), claim("k", codes), claim("slow", queueDelayMs=[200, 200]), claim("v"),
                  credits=1000, stores=[{"dynamicDataId": "s", "delayMs": [100, 100]}])
    with tempfile.TemporaryDirectory() as d:
        journal = os.path.join(d, "journal")
        with Server(conf, journal) as s:
            done = s.accept("c", BB[0])
            code = s.accept("k", BB[1], k={"code": "b"})
            s.change(claims=[{"claimId": "v", "version": 9}])
            s.wait("completed", 2)
            twin = s.accept("c", BB[2]), s.accept("c", BB[2])
            s.wait("settled", 4)
            open_ones = [s.accept("slow", BB[i]) for i in range(3)]
            s.api("POST", "storeActions/single", {"dynamicDataId": "s", "actionName": "add",
                                                  "payload": {"address": BB[5]}})
            used = s.stats()["creditsUsed"]
            port = s.port
            s.kill()
        with open(journal, "a") as f:
            f.write('{"event":"accep')  # cut off in the middle of a line
        with Server(conf, journal, port) as s:
            equal(s.port, port, "journal: started again on the same port")
            equal(s.status(done).json["success"], True, "journal: what was done stays done")
            equal(s.status(twin[1]).json["error"] != "", True, "journal: what failed stays failed")
            equal(s.complete("c", A[0][0]).error.split(" : ")[1], "User already exceeded max uses", "uses are kept")
            equal(s.complete("k", BB[0], k={"code": "b"}).error.split(" : ")[1], "Code already used", "codes are kept")
            equal(s.api("GET", "claim/v").json["claim"]["version"], "9", "changes of the configuration are kept")
            check(s.wait("completed", 6), "journal: what was queued goes on")
            equal([s.status(i).json["success"] for i in open_ones], [True] * 3, "with its ids")
            check(s.accept("c", BB[4]) not in (done, code, *twin, *open_ones), "ids do not repeat")
            end = time.monotonic() + 20
            while not s.api("GET", "dynamicStore/s/value?key=" + BB[5]).json["inStore"] and time.monotonic() < end:
                pass
            equal(s.api("GET", "dynamicStore/s/value?key=" + BB[5]).json["inStore"], True, "store actions go on")
            check(s.stats()["creditsUsed"] > used, "credits used are kept")
            s.wait("completed", 7)
            s.kill()
        with Server(conf, journal) as s:
            st = s.stats()
            equal((st["completed"], st["pending"], st["completedTwice"]), (7, 0, []), "journal: a second time")


def test_journal_stores():
    conf = config(claim("c", attempts=3), stores=[{"dynamicDataId": "s", "delayMs": [0, 0], "retryMs": [20, 20], "queueFaults": [
        {"key": BB[0], "times": 3, "error": "Later"}, {"key": BB[1], "error": "Stuck"}]}])

    def add(s, *whom):
        s.api("POST", "storeActions/batch", {"dynamicDataId": "s", "actions": [
            {"actionName": "add", "payload": {"address": who}} for who in whom]})

    with tempfile.TemporaryDirectory() as d:
        journal = os.path.join(d, "journal")
        with Server(conf, journal) as s:
            add(s, BB[0], BB[2])
            s.wait("storeApplied", 1)
            add(s, BB[1], BB[3])
            s.wait("storeRetries", 5)
            s.accept("c", BB[4])
            s.change(claims=[{"claimId": "c", "attempts": 1}])
            s.wait("completed", 1)
            ids = [d["claimAttemptId"] for d in s.api("GET", "claims/c/attempts").json["docs"]]
            s.kill()
        with Server(conf, journal) as s:
            st = s.stats()["stores"]["s"]
            check(st["retries"] >= 5 and st["pending"] == 1, "journal: retries are kept", st)
            equal({k: v["added"] for k, v in st["values"].items()}, {BB[2]: 1, BB[0]: 1, BB[3]: 1}, "nothing is applied twice")
            p = s.api("GET", "dynamicStores/activity?dynamicDataId=s").json["pending"]
            check(len(p) == 1 and p[0]["error"] == "Stuck", "what is stuck stays stuck", p)
            s.change(stores=[{"dynamicDataId": "s", "queueFaults": []}])
            check(s.wait("storeApplied", 2), "and goes on when mended")
            got = [d["claimAttemptId"] for d in s.api("GET", "claims/c/attempts").json["docs"]]
            equal((got, len(set(got))), (ids, 5), "journal: the list of attempts")
            s.kill()
        with Server(conf, journal) as s:
            equal(s.stats()["stores"]["s"]["pending"], 0, "journal: a second time, with a changed store")


def test_determinism():
    def run():
        with Server(config(claim("c"), seed=42, faults=[{"route": "complete", "kind": "status", "status": 502,
                                                         "probability": 0.5}])) as s:
            return [(r.status, r.json.get("claimAttemptId")) for r in (s.complete("c", BB[0]) for _ in range(20))]

    equal(run(), run(), "the same seed: the same ids and faults")
    listed, given = [], []
    for _ in range(2):
        with Server(config(claim("c", uses(0), attempts=2))) as s:
            listed.append([d["claimAttemptId"] for d in s.api("GET", "claims/c/attempts").json["docs"]])
            given += [s.accept("c", BB[k]) for k in range(3)]
    equal(len(set(given)), 6, "without a seed: attempt ids never come again")
    equal(listed[0], listed[1], "but those of the configuration are the same")


def test_many():
    with Server(config(claim("c", uses(0, 1)))) as s:
        count, lanes = 2000, 8

        def lane(k):
            w = Waiter(s.port)
            for i in range(k, count, lanes):
                w.complete("c", address(i))
            w.drop()

        threads = [threading.Thread(target=lane, args=(k,)) for k in range(lanes)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(s.wait("completed", count), "2000 claims over 8 connections")
        st = s.stats()
        equal((len(st["claims"]["c"]["completions"]), st["completedTwice"]), (count, []), "each once")
        equal(st["requests"]["complete"], count, "each counted")


def outcome(*args):
    r = subprocess.run(SANDBOX + list(args), capture_output=True, text=True, timeout=60)
    return r.returncode, r.stdout, r.stderr


def test_command():
    code, out, _ = outcome("--help")
    check(code == 0 and out.startswith("Usage: ") and "rateLimit" in out, "--help")
    code, out, _ = outcome("--version")
    check(code == 0 and out.startswith("claimpipe-sandbox "), "--version", out)
    equal(outcome("--nonsense")[0], 2, "an unknown option: 2")
    equal(outcome("--port", "70000")[0], 2, "a port out of range: 2")
    equal(outcome("extra")[0], 2, "an argument too many: 2")
    equal(outcome("--config", "/nonexistent/x.json")[0], 2, "no such configuration: 2")
    with Server() as s:
        code, _, err = outcome("--port", str(s.port))
        check(code == 5 and "cannot listen" in err, "a port that is taken: 5", (code, err))
    code, _, err = outcome("--journal", "/nonexistent/j")
    check(code == 5 and "/nonexistent/j" in err, "a journal that can't be written: 5", (code, err))
    bad = [
        ('{"keys": [}', ":1:11:"),
        ('{"colour": 1}', "$.colour: unknown key"),
        ('{"claims": [{"claimId": "c", "versoin": 1}]}', "$.claims[0].versoin: unknown key"),
        ('{"claims": [{"claimId": "c", "version": "1"}]}', "$.claims[0].version: must be a whole number"),
        ('{"claims": [{"claimId": "c"}, {"claimId": "c"}]}', "$.claims[1].claimId"),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "x", "instanceId": "i"}]}]}', "plugins[0].pluginId"),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "password", "instanceId": "i"}]}]}', ".password: is missing"),
        ('{"claims": [{"claimId": "c", "claimed": {"x": 1}}]}', "claimed: "),
        ('{"claims": [{"claimId": "c", "failInQueue": {"addresses": ["x"]}}]}', "failInQueue.addresses: item 0"),
        ('{"stores": [{"dynamicDataId": "s", "values": ["x"]}]}', "$.stores[0].values: item 0"),
        ('{"stores": [{"dynamicDataId": "s", "fields": []}]}', "$.stores[0].fields: is empty"),
        ('{"stores": [{"dynamicDataId": "s", "queueFaults": [{"key": "x"}]}]}', "$.stores[0].queueFaults[0].key: is not"),
        ('{"claims": [{"claimId": "c", "attempts": "x"}]}', "$.claims[0].attempts: must be a count"),
        ('{"claims": [{"claimId": "c", "attempts": [{"address": "x"}]}]}', "$.claims[0].attempts[0].address: is not"),
        ('{"claims": [{"claimId": "c", "attemptsPage": {"end": "x"}}]}', "$.claims[0].attemptsPage.end"),
        ('{"claims": [{"claimId": "c", "refuse": {}}]}', "$.claims[0].refuse.reason: is missing"),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "dynamicStore", "instanceId": "d", "dynamicDataId": "x"}]}]}',
         '"dynamicStore" is none of'),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "whitelist", "instanceId": "d", "useDynamicStore": true, '
         '"dynamicDataId": "x"}]}]}', 'there is no store "x"'),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "whitelist", "instanceId": "d", "dynamicDataId": "x"}]}]}',
         'goes with "useDynamicStore"'),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "whitelist", "instanceId": "d"}]}]}', "addresses: is missing"),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "transferTimes", "instanceId": "d"}]}]}', "transferTimes: is missing"),
        ('{"claims": [{"claimId": "c", "plugins": [{"pluginId": "transferTimes", "instanceId": "d", "transferTimes": [{"start": "1", '
         '"end": 2}]}]}]}', "transferTimes: item 0 is not"),
        ('{"claims": [{"claimId": "c", "details": []}]}', "details: must be an object"),
        ('{"claims": [{"claimId": "c", "attempts": 1, "plugins": [{"pluginId": "initiatedBy", "instanceId": "numUses-1"}]}]}',
         "plugins: numUses is missing"),
        ('{"rateLimit": {"limit": 1, "retryAfter": "never"}}', '$.rateLimit.retryAfter: "never" is none of'),
        ('{"faults": [{"kind": "slow", "delayMs": 1, "every": 1, "headers": {}}]}', "$.faults[0].headers: must be"),
        ('{"faults": [{"kind": "status", "status": 429, "every": 1, "headers": {"a": 1}}]}', "$.faults[0].headers: \"a\" is neither"),
        ('{"keyless": {}}', "$.keyless.limit: is missing"),
        ('{"queueDelayMs": [5, 1]}', "$.queueDelayMs"),
        ('{"rateLimit": {"windowMs": 5}}', "$.rateLimit.limit: is missing"),
        ('{"faults": [{"kind": "huge"}]}', "$.faults[0].kind"),
        ('{"behaviour": "S25"}', '$.behaviour: "S25" is none of "S26", "IDX"'),
        ('{"seed": 1, "seed": 2}', "duplicate"),
        ("[]", "$: must be an object"),
    ]
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "c.json")
        for text, want in bad:
            with open(path, "w") as f:
                f.write(text)
            code, _, err = outcome("--config", path)
            check(code == 2 and want in err and path in err, f"bad configuration: {want}", (code, err))
    sample = os.path.join(os.path.dirname(__file__), "..", "samples", "sandbox.json")
    with open(sample) as f:
        conf = json.load(f)
    with Server(conf) as s:
        equal(s.complete("demo-completions", BB[0], **SESAME).status, 200, "samples/sandbox.json serves the demo")


def main():
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
    print(f"1..{NUMBER}")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
