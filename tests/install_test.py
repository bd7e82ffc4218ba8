#!/usr/bin/env python3
"""make install and uninstall, and samples/embed.c built against what was installed."""
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", "build")).resolve()
WORLD = {"keys": ["sandbox-key"], "queueDelayMs": [1, 3],
         "claims": [{"claimId": "CLAIM_ID", "version": 0,
                     "plugins": [{"pluginId": "numUses", "instanceId": "numUses-1"},
                                 {"pluginId": "password", "instanceId": "password-1", "password": "open sesame"}]}]}
ADDRESSES = ["bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h", "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"]
results = []


def ok(passed, name, why=""):
    results.append(bool(passed))
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}")
    if not passed:
        print("#", str(why).replace("\n", "\n# "))


def make(target, folder):
    return subprocess.run(["make", "--no-print-directory", target, "PREFIX=/usr", f"DESTDIR={folder}",
                           f"BUILD={BUILD}"], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def names_in(*options):
    shown = subprocess.run(["nm", "--defined-only", "--format=posix", *options], capture_output=True, text=True, check=True)
    return {line.split()[0].partition("@")[0] for line in shown.stdout.splitlines() if len(line.split()) > 1}


def no_name_of_others(program, archive):
    """A function of ours that is called as one of a library's would be called by the library in the place of its own."""
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    files = re.findall(r"=> (/\S+)", linked)
    theirs = set().union(*(names_in("-D", file) for file in files))
    ok(len(files) > 10 and "workbook_new" in theirs, "the libraries are looked at", linked)
    both = names_in("-g", archive) & theirs
    ok(not both, "no function is called as one of a library's", both)


def build_embed(folder, usr):
    env = dict(os.environ, PKG_CONFIG_PATH=str(usr / "lib/pkgconfig"), PKG_CONFIG_SYSROOT_DIR=folder,
               PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1", PKG_CONFIG_ALLOW_SYSTEM_LIBS="1")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "claimpipe"], env=env, text=True,
                           capture_output=True, check=False).stdout.split()
    for compiler in [["gcc", "-std=c99"], [os.environ.get("CLANG", "clang"), "-x", "c++", "-std=c++11"]]:
        run = subprocess.run([*compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "-o", f"{folder}/embed.o",
                              ROOT / "samples/embed.c", *[f for f in flags if f.startswith("-I")]],
                             text=True, capture_output=True, check=False)
        ok(run.returncode == 0, f"samples/embed.c compiles by {' '.join(compiler)}", run.stderr)
    run = subprocess.run(["gcc", "-o", f"{folder}/embed", ROOT / "samples/embed.c", *flags],
                         text=True, capture_output=True, check=False)
    ok(run.returncode == 0, "samples/embed.c builds by claimpipe.pc", run.stderr)


def embed(folder, usr):
    """samples/embed.c against the practice server that is installed beside it"""
    build_embed(folder, usr)
    Path(folder, "world.json").write_text(json.dumps(WORLD))
    Path(folder, "in.csv").write_text("Name,Wallet\nAnn," + ADDRESSES[0] + "\nBob,0x12\nCy," + ADDRESSES[1] + "\n")
    with subprocess.Popen([usr / "bin/claimpipe-sandbox", "-q", "-c", f"{folder}/world.json"],
                          stdout=subprocess.PIPE, text=True) as server:
        try:
            use_embed(folder, server.stdout.readline().split()[-1])
        finally:
            server.terminate()


def use_embed(folder, url):
    def run_embed(key):
        env = dict(os.environ, HOME=folder, XDG_STATE_HOME=folder, BITBADGES_API_URL=url, BITBADGES_API_KEY=key,
                   CLAIM_PASSWORD="open sesame")
        return subprocess.run([f"{folder}/embed", "in.csv", "CLAIM_ID"], cwd=folder, env=env, text=True,
                              capture_output=True, timeout=60, check=False)

    run = run_embed("another-key")
    ok(run.returncode == 4 and "\nclaim failed: " in run.stderr and f"row 1: {ADDRESSES[0]} unsent" in run.stdout,
       "embed tells why a run stops early", run.stdout + run.stderr)
    run = run_embed("sandbox-key")
    lines = run.stdout.splitlines()
    ok(run.returncode == 1 and len(lines) == 6 and re.fullmatch(r"check: \d{3,} bytes of JSON", lines[0]) and
       lines[1] == "check: result 1, 0 rows" and re.match(r"row 2: .*invalid: .*0x12", lines[3]) and
       [lines[2], *lines[4:]] == [f"row 1: {ADDRESSES[0]} success", f"row 3: {ADDRESSES[1]} success",
                                  "claim: result 1, 3 rows"],
       "embed is told of each row", run.stdout + run.stderr)
    ok("3 of 3 rows\n" in run.stderr and "info: 3 rows, 2 success, 1 invalid" in run.stderr,
       "embed is told how far it is, and the summary", run.stderr)
    with open(Path(folder, "in.results.csv"), newline="", encoding="utf-8") as f:
        statuses = [row["status"] for row in csv.DictReader(f)]
    ok(statuses == ["success", "invalid", "success"], "the results say the same", statuses)
    run = run_embed("sandbox-key")
    ok(run.stdout.count(" duplicate: ") == 2, "embed once more: nothing is claimed twice", run.stdout + run.stderr)
    with urllib.request.urlopen(f"{url}/sandbox/stats", timeout=10) as answer:
        done = json.load(answer)["claims"]["CLAIM_ID"]["completions"]
    ok(done == {a: 1 for a in ADDRESSES}, "the server has completed each once", done)


with tempfile.TemporaryDirectory() as folder:
    usr = Path(folder, "usr")
    run = make("install", folder)
    ok(run.returncode == 0, "make install", run.stdout)
    for name in ["bin/claimpipe", "bin/claimpipe-sandbox", "lib/libclaimpipe.a",
                 "lib/pkgconfig/claimpipe.pc", "include/claimpipe.h", "share/man/man1/claimpipe.1",
                 "share/man/man1/claimpipe-sandbox.1", "share/man/man5/claimpipe-job.5",
                 "share/bash-completion/completions/claimpipe",
                 "share/zsh/vendor-completions/_claimpipe", "share/fish/vendor_completions.d/claimpipe.fish",
                 "share/claimpipe/job.schema.json", "share/claimpipe/plan.schema.json",
                 "share/claimpipe/summary.schema.json"]:
        ok((usr / name).is_file(), f"installs {name}")
    for name in ["claimpipe", "claimpipe-sandbox"]:
        run = subprocess.run([usr / "bin" / name, "--version"], capture_output=True, text=True, check=False)
        ok(run.stdout == f"{name} 0.1.0\n", f"{name} --version", run.stdout + run.stderr)
    for page in ["man1/claimpipe.1", "man1/claimpipe-sandbox.1", "man5/claimpipe-job.5"]:
        run = subprocess.run(["mandoc", "-Tlint", "-Wwarning", usr / "share/man" / page],
                             capture_output=True, text=True, check=False)
        ok(run.returncode == 0, f"{page} is a well-formed page", run.stdout)

    headers = [str(p.relative_to(usr / "include")) for p in (usr / "include").rglob("*")]
    ok(headers == ["claimpipe.h"], "one header is installed", headers)
    declared = set(re.findall(r"^[a-z].*?\b(claimpipe_\w+)\(", (usr / "include/claimpipe.h").read_text(), re.M))
    shown = subprocess.run(["nm", "-g", "--defined-only", "--format=posix", usr / "lib/libclaimpipe.a"],
                           capture_output=True, text=True, check=False).stdout
    names = {line.split()[0] for line in shown.splitlines() if len(line.split()) > 1}
    ok(names == declared and len(declared) >= 10, "the library shows what the header declares, and nothing else",
       names ^ declared)
    no_name_of_others(usr / "bin/claimpipe", BUILD / "libclaimpipe.a")
    embed(folder, usr)

    run = make("uninstall", folder)
    left = [p for p in usr.rglob("*") if p.is_file()]
    ok(run.returncode == 0 and not left, "make uninstall leaves nothing", left)

print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
