#!/usr/bin/env python3
"""claimpipe and the practice server against the vendor's own contract.  Prints TAP.

    BUILD=build tests/contract/contract.py [--install]

    claimpipe -> a hop, which takes everything down -> Prism, which validates -> the practice server

Prism holds each request and each answer against the vendor's OpenAPI: ../shared/vendor/openapi-*.json where that folder
is there, else openapi.json beside this file, our own account of the routes that we use (which is itself held against the
vendor's, where that is there).  Then the vendor's own client asks the practice server: sdk.js.

Node's packages go into BUILD/contract, in the versions below; --install does that alone.  Where there is no npm, or no
registry, the test says so, and is skipped.
"""
import glob
import http.client
import http.server
import json
import os
import pathlib
import re
import socketserver
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
os.environ.setdefault("SANDBOX", str(BUILD / "claimpipe-sandbox"))

import npm  # noqa: E402
import sandbox_test as tap  # noqa: E402
from sandbox_test import BB, Server, address, check, claim, config, equal, password, uses  # noqa: E402
from tls_test import free_port  # noqa: E402

PACKAGES = {"@stoplight/prism-cli": "5.14.2", "bitbadgesjs-sdk": "0.27.2"}
MODULES = BUILD / "contract"
VENDOR = HERE.parents[2] / "shared" / "vendor"
OURS = HERE / "openapi.json"
KEY = "sandbox-key"
START_SECONDS, RUN_SECONDS = 120, 120
LOST = [3, 7]  # of the completes: their answers never come
ROUTES = [
    (r"claim/[^/]+", "claim"), (r"claims/complete/[^/]+/[^/]+", "complete"), (r"claims/simulate/[^/]+/[^/]+", "simulate"),
    (r"claims/status/[^/]+", "status"), (r"claims/success/[^/]+/[^/]+", "success"), (r"claims/reserved/[^/]+/[^/]+", "reserved"),
    (r"claims/fetch", "fetch"), (r"claims/[^/]+/attempts", "attempts"), (r"codes", "codes"), (r"storeActions/single", "store"),
    (r"storeActions/batch", "batch"), (r"dynamicStore/[^/]+/value", "value"), (r"dynamicStore/[^/]+/values", "values"),
    (r"dynamicStores/activity", "activity")]


# ---- the contract ----


def vendors(folder):
    """The vendor's document, as far as it is about our routes, in a form that Prism can read; None: it is not there."""
    found = sorted(glob.glob(str(VENDOR / "openapi-*.json")))
    mend = VENDOR / "openapi-mend.py"
    if not found or not mend.exists():
        return None
    out = pathlib.Path(folder) / "vendor.json"
    subprocess.run([sys.executable, mend, found[-1], out], stderr=subprocess.DEVNULL, check=True)
    document, ours = json.loads(out.read_text()), json.loads(OURS.read_text())
    document["paths"] = {path: item for path, item in document["paths"].items() if path in ours["paths"]}
    # These are told of in the vendor's prose alone; as we have them, an answer with such a status can be validated.
    document["components"]["schemas"] |= {name: ours["components"]["schemas"][name] for name in ("Credits", "Error")}
    for item in document["paths"].values():
        for operation in item.values():
            for status in ("401", "402", "404", "429"):
                operation["responses"].setdefault(status, ours["components"]["responses"][status])
    out.write_text(json.dumps(document))
    return out


def resolve(schema, document):
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def differences(ours, theirs, documents, where):
    """What our account says otherwise than the vendor's; of what it leaves open nothing is said."""
    ours, theirs = resolve(ours, documents[0]), resolve(theirs, documents[1])
    if ours.get("type") != theirs.get("type") and "type" in ours and "type" in theirs:
        return [f"{where}: {ours['type']}, not {theirs['type']}"]
    out = []
    if "properties" in ours and "metadata" not in where:
        names = set(ours["properties"]), set(theirs.get("properties", {}))
        if names[0] != names[1]:
            out.append(f"{where}: {sorted(names[0] ^ names[1])}")
        if set(ours.get("required", [])) != set(theirs.get("required", [])):
            out.append(f"{where}: required are {theirs.get('required')}")
        for name in names[0] & names[1]:
            out += differences(ours["properties"][name], theirs["properties"][name], documents, f"{where}.{name}")
    if "items" in ours and "items" in theirs:
        out += differences(ours["items"], theirs["items"], documents, where + "[]")
    return out


def parameters(operation):
    return {(p["name"], p["in"], p.get("required", False)) for p in operation.get("parameters", []) if p["in"] != "header"}


def content(message):
    return (message or {}).get("content", {}).get("application/json", {}).get("schema", {})


def test_our_account(vendor):
    """openapi.json beside this file says what the vendor's does."""
    ours, theirs = json.loads(OURS.read_text()), json.loads(vendor.read_text())
    for path, item in ours["paths"].items():
        for method, operation in item.items():
            other = theirs["paths"].get(path, {}).get(method)
            if not other:
                check(False, f"the vendor has {method} {path}")
                continue
            where = f"{method} {path}"
            found = [] if parameters(operation) == parameters(other) else [f"parameters {parameters(other)}"]
            found += differences(content(operation["responses"]["200"]), content(other["responses"]["200"]),
                                 (ours, theirs), "answer")
            found += differences(content(operation.get("requestBody")), content(other.get("requestBody")),
                                 (ours, theirs), "request")
            equal(found, [], f"our account: {where}")


# ---- what passes ----


class Prism:
    def __init__(self, document, upstream):
        self.port = free_port()
        main = MODULES / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
        self.process = subprocess.Popen(["node", main, "proxy", "-h", "127.0.0.1", "-p", str(self.port), document, upstream],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        errors="replace")
        said = []
        hung = threading.Timer(START_SECONDS, self.process.kill)
        hung.start()
        for line in self.process.stdout:
            said.append(line)
            if "Prism is listening" in line:
                hung.cancel()
                break
        else:
            raise SystemExit("Bail out! Prism does not start: " + " ".join(said)[-500:])
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(30)


class Relay(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = None
    OWN = {"connection", "keep-alive", "transfer-encoding", "content-length", "sl-violations", "host"}

    def log_message(self, *unused):
        pass

    def relay(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in self.OWN}
        if self.upstream is None:
            self.upstream = http.client.HTTPConnection("127.0.0.1", self.server.prism.port, timeout=RUN_SECONDS)
        self.upstream.request(self.command, self.path, body if self.command == "POST" else None, headers)
        answer = self.upstream.getresponse()
        data = answer.read()
        if self.server.note(self.command, self.path, body, answer):
            self.close_connection = True  # its answer is lost
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in self.OWN | {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = relay


class Hop(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Takes down each request, its answer and Prism's verdict on both."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, prism):
        super().__init__(("127.0.0.1", 0), Relay)
        self.prism, self.seen, self.lock, self.lose = prism, [], threading.Lock(), []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def note(self, method, path, body, answer):
        """Is the answer to be lost?"""
        plain = path.split("?")[0]
        route = next((name for pattern, name in ROUTES if re.fullmatch("/api/v[01]/" + pattern, plain)), "other")
        violations = json.loads(answer.headers.get("sl-violations") or "[]")
        with self.lock:
            self.seen.append((route, method, path, body[:500], answer.status, violations))
            return route == "complete" and sum(s[0] == route for s in self.seen) in self.lose

    def take(self):
        with self.lock:
            seen, self.seen = self.seen, []
        return seen

    def handle_error(self, *unused):  # a client that has gone
        pass


def wrong(seen, of="request response"):
    return [(route, method, path, status, v["location"], v["message"]) for route, method, path, _, status, violations in seen
            for v in violations if v["location"][0] in of.split()]


class World:
    def __init__(self, server, hop, folder):
        self.server, self.hop, self.folder, self.routes, self.requests = server, hop, pathlib.Path(folder), {}, 0

    def run(self, want, command, *more, **environment):
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        env |= {"BITBADGES_API_URL": self.hop.url, "BITBADGES_API_KEY": KEY, "CLAIM_PASSWORD": "open sesame",
                "STORE_SECRET": "hush", "XDG_STATE_HOME": str(self.folder / "state"), **environment}
        args = [BUILD / "claimpipe", *command.split(), *more]
        run = subprocess.run(args, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=RUN_SECONDS, check=False)
        seen = self.hop.take()
        equal((run.returncode, wrong(seen)), (want, []), f"no violation: {command} ({len(seen)} requests)")
        if run.returncode != want:
            print("# " + run.stderr.replace("\n", "\n# "))
        self.requests += len(seen)
        for route, *_, status, _ in seen:
            self.routes.setdefault(route, set()).add(status)
        return seen

    def rows(self, name, first, n):
        lines = [f"p{i},{address(i)},p{i}@example.org" for i in range(first, first + n)]
        (self.folder / name).write_text("Name,Wallet,Email\n" + "\n".join(lines) + "\n")


# ---- the tests ----


CLAIM = "--set password-1.password=env:CLAIM_PASSWORD --queue-delay 500ms --settle-timeout 10s"


def the_config():
    codes = {"pluginId": "codes", "instanceId": "codes-1", "seed": "seed", "numCodes": 9}
    every = [uses(50, 1), codes, {"pluginId": "initiatedBy", "instanceId": "i"},
             {"pluginId": "transferTimes", "instanceId": "t", "transferTimes": [{"start": 1, "end": 2}]}]
    return config(
        claim("c1", password(), version=7), claim("chain", password(), onChain=True, collectionId="12"),
        claim("shown", password(), onChain=True, showCode=True, collectionId="12"), claim("demand", password(), demand=True),
        claim("hidden", password(), hideCurrentState=True), claim("many", attempts=60), claim("codes", codes), claim("every", *every),
        claim("odd", details={"version": [7]}), claim("bare", details={"_includesPrivateParams": None}),
        claim("whole", details={"_templateInfo": {}, "seedCode": "x", "cachePolicy": {"ttl": "1", "alwaysPermanent": False}}),
        stores=[{"dynamicDataId": "s1", "dataSecret": "hush"}, {"dynamicDataId": "stuck", "queueFaults": [{"key": BB[5], "error": "Stuck"}]},
                {"dynamicDataId": "shy", "dataSecret": "hush", "activity": "hidden"},
                {"dynamicDataId": "mail", "dataSecret": "hush", "field": "email"}], rateLimit={"limit": 100000, "windowMs": 60000})


def test_claims(w):
    w.rows("in.csv", 0, 12)
    w.hop.lose = LOST
    seen = w.run(0, f"claim in.csv -c c1 {CLAIM} -o out.csv")
    w.hop.lose = []
    equal(sum(s[0] == "complete" for s in seen), 12, "answers that were lost are found, and none is sent again")
    w.run(0, f"claim in.csv -c chain {CLAIM} -o chain.csv")
    w.run(0, f"claim in.csv -c shown {CLAIM} -o shown.csv")
    w.hop.lose = LOST
    w.run(1, f"claim in.csv -c demand {CLAIM} -o demand.csv")
    w.run(0, f"claim in.csv -c hidden {CLAIM} -o hidden.csv")
    w.hop.lose = []
    w.rows("in2.csv", 50, 3)
    w.run(1, f"claim in2.csv -c c1 --simulate {CLAIM} -o simulated.csv", CLAIM_PASSWORD="wrong")
    w.run(0, f"claim in2.csv -c c1 --simulate {CLAIM} -o simulated2.csv")
    w.run(1, f"claim in2.csv -c c1 {CLAIM} -o wrong.csv", CLAIM_PASSWORD="wrong")
    w.run(0, f"claim in2.csv -c c1 {CLAIM} --retry-failed -o right.csv")
    w.run(4, f"claim in2.csv -c none {CLAIM} -o none.csv")
    w.run(0, "successes many -o many.csv")


def test_stores(w):
    store = "--secret-from env:STORE_SECRET --settle-timeout 10s"
    w.run(0, f"store in.csv -s s1 {store} -o s1.csv")
    w.run(0, f"store in2.csv -s s1 --batch 1 {store} -o s1b.csv")
    w.run(0, f"store in2.csv -s s1 --remove {store} -o s1c.csv")
    w.run(0, f"store in2.csv -s shy --batch 1 {store} -o shy.csv")
    w.run(0, f"store in2.csv -s mail --email Email {store} -o mail.csv")
    w.run(0, f"store in2.csv -s s1 --simulate {store} -o s1s.csv")
    w.run(4, f"store in2.csv -s s1 --simulate {store} -o s1t.csv", STORE_SECRET="wrong")


def test_stopped(w):
    """What the OpenAPI does not have in its lists, but the vendor's pages tell of."""
    w.rows("in3.csv", 90, 6)
    w.server.change(rateLimit={"limit": 5, "windowMs": 1000, "headers": "draft-8"})
    w.run(0, f"claim in3.csv -c c1 {CLAIM} -o limited.csv")
    w.server.change(rateLimit=None, credits=w.server.stats(brief=True)["creditsUsed"] + 4)
    w.rows("in4.csv", 100, 6)
    w.run(4, f"claim in4.csv -c c1 {CLAIM} -o credits.csv")
    w.server.change(credits=-1)
    w.run(4, f"claim in4.csv -c c1 {CLAIM} -o key.csv", BITBADGES_API_KEY="wrong")


def test_answers(w):
    """Of the routes, and in the cases, that claimpipe does not come to."""
    connection = http.client.HTTPConnection("127.0.0.1", w.hop.server_address[1], timeout=RUN_SECONDS)

    def call(method, path, want, body=None, key=KEY):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key:
            headers["x-api-key"] = key
        connection.request(method, "/api/v0/" + path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        seen = w.hop.take()
        # Wrong requests are sent on purpose; it is the answers that must be right.
        equal((answer.status, wrong(seen, "response" if want in (400, 401) else "request response")), (want, []),
              f"no violation: {method} {path[:60]} ({want})")
        for route, *_, status, _ in seen:
            w.routes.setdefault(route, set()).add(status)

    store = {"dynamicDataId": "s1", "dataSecret": "hush"}
    for name in ("c1", "chain", "demand", "hidden", "many", "codes", "every", "whole"):
        call("GET", f"claim/{name}", 200)
        call("GET", f"claim/{name}?fetchAllClaimedUsers=true", 200)
        call("GET", f"claims/{name}/attempts", 200)
        call("GET", f"claims/success/{name}/{BB[0]}", 500 if name == "hidden" else 200)
    call("POST", "claims/fetch", 200, {"claimsToFetch": [{"claimId": "c1", "fetchAllClaimedUsers": True}, {"claimId": "every"}]})
    call("POST", f"claims/reserved/shown/{address(0)}", 200, {})
    call("POST", f"claims/reserved/chain/{address(0)}", 401, {})
    call("GET", "codes?seedCode=seed&idx=1", 200)
    call("GET", "claims/c1/attempts?includeErrors=true", 401)
    call("GET", "claims/many/attempts?bookmark=eyJza2lwIjoyNX0", 200)
    call("GET", "claims/status/" + "0" * 32, 404)
    call("GET", "claim/c1", 401, key=None)
    call("POST", f"claims/complete/c1/{BB[0]}", 400, {})
    call("POST", f"claims/complete/c1/{BB[0]}", 500, {"_expectedVersion": 1})
    call("POST", "storeActions/single", 200, {**store, "actionName": "add", "payload": {"address": BB[0]}})
    call("POST", "storeActions/single", 500, {**store, "dataSecret": "x", "actionName": "add", "payload": {"address": BB[0]}})
    call("POST", "storeActions/single", 200, {"dynamicDataId": "stuck", "actionName": "add", "payload": {"address": BB[5]}})
    w.server.wait("storeRetries", 1)
    call("GET", "dynamicStores/activity?dynamicDataId=stuck", 200)
    call("GET", "dynamicStores/activity?dynamicDataId=s1&dataSecret=hush", 200)
    call("GET", "dynamicStores/activity?dynamicDataId=shy&dataSecret=hush", 401)
    call("GET", f"dynamicStore/s1/value?key={BB[0]}&dataSecret=hush", 200)
    call("GET", "dynamicStore/s1/values?dataSecret=hush", 200)
    # claimpipe obeys a limit of which it was told; the window under way has been used by now.
    w.server.change(rateLimit={"limit": 1, "windowMs": 3600000, "headers": "draft-8"})
    call("GET", "claim/c1", 429)
    w.server.change(rateLimit=None)


def test_itself(w):
    """What is wrong is found: an answer, a request, and a route that the vendor does not have."""
    connection = http.client.HTTPConnection("127.0.0.1", w.hop.server_address[1], timeout=RUN_SECONDS)
    headers = {"x-api-key": KEY, "Content-Type": "application/json"}
    for method, path, body, location in (("GET", "claim/odd", None, "response"), ("GET", "claim/bare", None, "response"),
                                         ("POST", f"claims/complete/c1/{BB[0]}", {"_expectedVersion": "7"}, "request"),
                                         ("GET", "claims/c1", None, "request")):
        connection.request(method, "/api/v0/" + path, body and json.dumps(body), headers)
        connection.getresponse().read()
        check(wrong(w.hop.take(), location), f"a violation is found: {method} {path[:40]}")


def test_client():
    """The vendor's own client, straight to the practice server: it asks for the status by POST."""
    with Server(the_config()) as s:
        env = dict(os.environ, NODE_PATH=str(MODULES / "node_modules"))
        run = subprocess.run(["node", HERE / "sdk.js", f"http://127.0.0.1:{s.port}", KEY], env=env, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
        results = [json.loads(line) for line in run.stdout.splitlines()]
        for result in results:
            check(result["ok"], "the vendor's client: " + result["name"], result.get("got"))
        equal((run.returncode, len(results)), (0, 22), "the vendor's client: all of its calls")


def main():
    why = npm.lacking(MODULES, PACKAGES)
    if sys.argv[1:] == ["--install"]:
        if why:
            print(f"The contract will not be tested: {why}")
        return 0
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    with tempfile.TemporaryDirectory(prefix="claimpipe-contract-") as folder:
        vendor = vendors(folder)
        print("# the vendor's document" if vendor else "# our own account of the vendor's document")
        if vendor:
            test_our_account(vendor)
        with Server(the_config()) as server, Prism(vendor or OURS, f"http://127.0.0.1:{server.port}") as prism:
            hop = Hop(prism)
            w = World(server, hop, folder)
            test_claims(w)
            test_stores(w)
            test_stopped(w)
            test_answers(w)
            test_itself(w)
            hop.shutdown()
        equal(sorted(set(name for _, name in ROUTES) - set(w.routes)), [], "each route was asked")
        equal("other" in w.routes, False, "and no other")
        statuses = set().union(*w.routes.values())
        check({200, 400, 401, 402, 404, 429, 500} <= statuses, "each status that is documented was answered", statuses)
        print(f"# {w.requests} requests of claimpipe")
    test_client()
    print(f"1..{tap.NUMBER}")
    return 1 if tap.FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
