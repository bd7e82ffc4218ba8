#!/usr/bin/env python3
"""The page of a run (--html) as it is written, and as a reader meets it in headless Chromium.  Prints TAP.

    BUILD=build tests/page_test.py [--install]

The pages are of true runs against the practice server; page/page.mjs clicks, types, searches, prints and looks for what
axe-core calls a violation.  playwright-core and axe-core go into BUILD/browser, --install does that alone.  Where there is no
Chromium, no npm or no registry, the test says so, and is skipped.
"""
import base64
import hashlib
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
os.environ.setdefault("SANDBOX", str(BUILD / "claimpipe-sandbox"))

import npm  # noqa: E402
import sandbox_test as tap  # noqa: E402
from sandbox_test import Server, address, check, claim, config, equal, password, uses  # noqa: E402

PACKAGES = {"playwright-core": "1.65.1", "axe-core": "4.14.1"}
INTEGRITY = {
    "playwright-core": "sha512-hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHbNZDFgZ9JfBFr+X5/BLo0qw==",
    "axe-core": "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="}
MODULES = BUILD / "browser"
KEY, WORD = "sandbox-key", "open sesame"
RUN_SECONDS, BROWSER_SECONDS = 180, 500
MANY, MOST = 100000, 200000
HOSTILE = [b'</script><script>alert(1)</script>', b'"<img src=x onerror=alert(2)>"', b'"a\xe2\x80\xaeb\xe2\x80\xa8c\xff"',
           '"שלום ""quoted"" \'too\' &amp;"'.encode(), b"]]>-->{{rows}}"]


def chromium():
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def lacking():
    return npm.lacking(MODULES, PACKAGES) or (None if chromium() else "Chromium is not installed")


class World:
    def __init__(self, folder, server):
        self.folder, self.server = folder, server

    def run(self, want, *args):
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        env |= {"BITBADGES_API_URL": f"http://127.0.0.1:{self.server.port}", "BITBADGES_API_KEY": KEY, "CLAIM_PASSWORD": WORD,
                "XDG_STATE_HOME": str(self.folder / "state")}
        run = subprocess.run([BUILD / "claimpipe", *args], cwd=self.folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, errors="replace", timeout=RUN_SECONDS, check=False)
        equal(run.returncode, want, f"claimpipe {args[0]} … {args[-1]}")
        if run.returncode != want:
            print("# " + run.stderr.replace("\n", "\n# "))
        return run.stderr

    def page(self, name):
        return (self.folder / name).read_text(encoding="utf-8")


CLAIM = ("--set", "password-1.password=env:CLAIM_PASSWORD", "--settle-timeout", "10s")


def make_mixed(w):
    rows = [b"Wallet"]
    rows += [address(0).encode(), *HOSTILE, address(1).encode(), address(2).encode(), address(0).encode(), address(3).encode()]
    # The claim takes one of each who may have it: two get none.
    (w.folder / "mixed.csv").write_bytes(b"\n".join(rows) + b"\n")
    said = w.run(1, "claim", "mixed.csv", "-c", "two", *CLAIM, "--keep-going", "--in-flight", "1", "--encoding", "UTF-8", "--address", "Wallet", "-o", "mixed.out.csv",
                 "--html", "mixed.html")
    check("a page of it in mixed.html" in said, "the summary says where it is", said)
    again = w.run(0, "report", "last", "--html", "again.html")
    check("a page of it in again.html" in again and not (w.folder / "mixed.results.csv").exists(), "a report's page alone", again)


def make_others(w):
    (w.folder / "one.csv").write_text(f"Wallet\n{address(50)}\n")
    w.run(0, "claim", "one.csv", "-c", "any", *CLAIM, "--simulate", "--html", "dry.html")
    w.run(0, "claim", "one.csv", "-c", "any", *CLAIM, "--html", "done.html")
    (w.folder / "sixty.csv").write_text("Wallet\n" + "".join(address(i + 100) + "\n" for i in range(60)))
    w.run(4, "claim", "sixty.csv", "-c", "wrong", *CLAIM, "--in-flight", "1", "--html", "stopped.html")


def make_index(w):
    """As watch keeps it; of no true runs, for that is for watch's own tests."""
    run = subprocess.run([BUILD / "unit" / "page", w.folder / "index.html"], stdin=subprocess.DEVNULL, check=False)
    equal(run.returncode, 0, "a list of runs")


def make_many(w):
    """One code, and 100,001 who want it."""
    (w.folder / "codes.txt").write_text("only-code-there-is\n")
    (w.folder / "many.csv").write_text("Email\n" + "".join(f"p{i}@example.org\n" for i in range(MANY + 1)))
    w.run(1, "code", "many.csv", "--email", "Email", "--codes", "codes.txt", "-o", "many.out.csv", "--html", "many.html")
    equal(w.page("many.html").count("only-code-there-is"), 0, "no code is on a page")
    w.run(0, "report", "last", "--html", "many.again.html")
    w.run(2, "report", "last", "-o", "many.again.csv", "--html", "many.again.html")


def make_more(w):
    """More rows than a page takes: it says where the others are, and is bounded."""
    (w.folder / "more.csv").write_text("Email\n" + "".join(f"p{i}@example.com\n" for i in range(MOST + 3)))
    w.run(1, "code", "more.csv", "--email", "Email", "--codes", "codes.txt", "-o", "more.out.csv", "--html", "more.html")
    text = w.page("more.html")
    check("200,003 rows failed, are invalid or unknown. The first 200,000 are here; all of them are in the results, more.out.csv." in text,
          "a page says that it has not all", re.search("<p>[^<]*unknown.*", text))
    equal(text.count(",0,\"p"), MOST, "and has no more than it may")
    (w.folder / "more.html").unlink()


def make_refusals(w):
    for args in (("--html", "one.csv"), ("--html", "one.results.csv"), ("--html", "state/claimpipe/ledger.db"),
                 ("-o", "x.html", "--html", "x.html"), ("--html", "no/such/folder.html")):
        before = (w.folder / "one.csv").read_bytes()
        w.run(5 if "no/such" in args[-1] else 2, "claim", "one.csv", "-c", "any", *CLAIM, *args)
        equal((w.folder / "one.csv").read_bytes(), before, "the input is as it was")


def test_file(w, name):
    """What needs no browser to be seen."""
    text = w.page(name)
    equal([word for word in (KEY, WORD) if word in text], [], f"{name}: no secret")
    equal(re.findall(r'(?:src|href)="(?!#|data:,")[^"]*"|url\(|@import', re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.S))[:3],
          [], f"{name}: nothing is loaded")
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])
    for kind, tag in (("script-src", "script"), ("style-src", "style")):
        content = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        want = "'sha256-" + base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode() + "'"
        check(len(content) == 1 and f"{kind} {want}" in policy, f"{name}: the policy lets this {tag} alone", policy)
    check("default-src 'none'" in policy and "unsafe" not in policy, f"{name}: and nothing else", policy)
    equal(re.findall(r'<[a-z]+ [^>]*\b(?:style|on[a-z]+)="', re.sub(r"<script.*?</script>", "", text, flags=re.S))[:3], [],
          f"{name}: no style and no handler of its own")
    rows = json.loads(re.search(r'id="rows">(.*?)</script>', text, re.S)[1])
    check(all(len(row) in (5, 6) for row in rows), f"{name}: its rows are JSON")
    return rows


def test_browser(w):
    env = dict(os.environ, NODE_PATH=str(MODULES / "node_modules"))
    with subprocess.Popen(["node", HERE / "page" / "page.mjs", chromium(), w.folder], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as node:
        try:
            out, said = node.communicate(timeout=BROWSER_SECONDS)
        except subprocess.TimeoutExpired:
            node.kill()
            out, said = node.communicate()
    results = [json.loads(line) for line in out.splitlines()]
    for result in results:
        check(result["ok"], result["name"], result["got"])
    check(node.returncode == 0 and len(results) > 100, "the browser's part ends well", (node.returncode, len(results), said[-500:]))


def main():
    why = lacking()
    if sys.argv[1:] == ["--install"]:
        if why:
            print(f"The page of a run will not be tested: {why}")
        return 0
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    equal(npm.differing(MODULES, INTEGRITY), [], "the packages are those that were looked at")
    claims = config(claim("two", password(WORD), uses(2, 1)), claim("any", password(WORD)), claim("wrong", password("another")),
                    rateLimit={"limit": 100000, "windowMs": 60000})
    with tempfile.TemporaryDirectory(prefix="claimpipe-page-") as folder, Server(claims) as server:
        w = World(pathlib.Path(folder), server)
        make_mixed(w)
        make_others(w)
        make_many(w)
        make_index(w)
        make_more(w)
        make_refusals(w)
        equal(len(test_file(w, "mixed.html")), 7, "seven rows need a person")
        equal(test_file(w, "again.html"), test_file(w, "mixed.html"), "a report has the same rows")
        for name in ("done.html", "dry.html", "stopped.html"):
            test_file(w, name)
        equal(len(test_file(w, "many.html")), MANY, "100,000 rows are in the file")
        test_browser(w)
    print(f"1..{tap.NUMBER}")
    return 1 if tap.FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
