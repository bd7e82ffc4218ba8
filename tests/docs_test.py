#!/usr/bin/env python3
"""Every command that the README, the guides and the man pages show is run, and the man page tells every option."""
import csv
import functools
import gzip
import http.server
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

import smtpd

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", "build")).resolve()
ADDRESSES = ["0x14574a6DFF2Ddf9e07828b4345d3040919AF5652", "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"]
# What other tests run: this one, .ci/run, the demo and install_test.py.
MAKE = {"make deps check", "make deps demo", "make", "make install PREFIX=/usr/local",
        "make uninstall PREFIX=/usr/local"}
results = []


def ok(passed, name, why=""):
    results.append(bool(passed))
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}")
    if not passed:
        print("#", str(why).replace("\n", "\n# "))


def markdown():
    """the README, and the guides that it names"""
    return [ROOT / "README.md", *sorted((ROOT / "samples/guide").glob("*.md"))]


def markdown_commands(page):
    """each with what it is said to print: a text behind its block, of which each line is among those printed"""
    blocks = re.findall(r"^```sh\n(.*?)^```\n(?:```text\n(.*?)^```)?", page.read_text(), re.M | re.S)
    for block, said in blocks:
        lines = [line for line in block.splitlines() if line]
        yield from ((line, said if line == lines[-1] else "") for line in lines)


def help_words():
    """each command and topic, as the completions offer them"""
    run = subprocess.run([BUILD / "claimpipe", "completion", "--", "help", ""], capture_output=True, text=True, check=True)
    return sorted({line.split("\t")[0] for line in run.stdout.splitlines()[1:]})


def help_of(word):
    return subprocess.run([BUILD / "claimpipe", "help", *word.split()], capture_output=True, text=True, check=True).stdout


def check_help(samples):
    """each page fits a terminal, and each command on it that is no usage line can be tried: one with a `\\` at its end goes on"""
    for word in ["", *help_words()]:
        said = help_of(word)
        wide = [line for line in said.splitlines() if len(line) > 80]
        ok(not wide and (word or len(said.splitlines()) <= 24), f"help {word} fits a terminal", wide)
        if "claimpipe report" in said and word != "all":  # what it reports is a run that gave no codes
            samples.check("claimpipe claim courses.csv -c demo-members -o results.csv", "")
        for line in re.findall(r"^(?: {2}| {11})(claimpipe (?:.*\\\n)*.*)$", said, re.M):
            samples.check(re.sub(r"\\\n *", "", line), "")


def man_commands(page):
    for block in re.findall(r"^\.EX\n(.*?)^\.EE", page.read_text(), re.M | re.S):
        yield from ((line.replace("\\-", "-").replace("\\(dq", '"'), "") for line in block.splitlines())


def config(command):
    instance = "password1" if "--credential" in command else "password-1"  # its form has no hyphen
    plugin = {"pluginId": "password", "instanceId": instance, "password": "open sesame"}
    if "codes-1" in command:
        plugin = {"pluginId": "codes", "instanceId": "codes-1", "codes": ["first", "second"]}
    return {"keys": ["sandbox-key"], "queueDelayMs": [1, 3],
            "claims": [{"claimId": "CLAIM_ID", "version": 0,
                        "plugins": [{"pluginId": "numUses", "instanceId": "numUses-1"}, plugin]}]}


def run_claim(command):
    """(exit code, what was said, statuses in the results); other commands come after a claim"""
    first = "" if "claimpipe claim" in command else (
        "claimpipe claim completions.csv -q -c CLAIM_ID --set password-1.password=env:CLAIM_PASSWORD && ")
    if "ledger restore" in command:
        first += "claimpipe ledger backup copy.db && "
    with tempfile.TemporaryDirectory() as folder:
        rows = "Name,Wallet,Code\n" + "".join(
            f"Learner,{a},{c}\n" for a, c in zip(ADDRESSES, ["first", "second"]))
        Path(folder, "completions.csv").write_text(rows)
        with gzip.open(Path(folder, "completions.csv.gz"), "wt") as packed:
            packed.write(rows)
        Path(folder, "key.txt").write_text("sandbox-key\n")
        Path(folder, "password.txt").write_text("open sesame\n")
        Path(folder, "config.json").write_text(json.dumps(config(command)))
        with subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", f"{folder}/config.json"],
                              stdout=subprocess.PIPE, text=True) as server:
            env = dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}", HOME=folder,
                       BITBADGES_API_URL=server.stdout.readline().split()[-1],
                       BITBADGES_API_KEY="sandbox-key", CLAIM_PASSWORD="open sesame",
                       XDG_STATE_HOME=folder, ZAP_CREDENTIAL="CLAIM_ID-password1-open sesame")
            run = subprocess.run(["bash", "-c", first + command], cwd=folder, env=env, text=True,
                                 capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
                                 check=False)
            server.terminate()
        written = [p for p in Path(folder).glob("*results*.csv")]
        statuses = []
        if written:
            with open(written[0], newline="", encoding="utf-8") as f:
                statuses = [row["status"] for row in csv.DictReader(f)]
        return run.returncode, run.stderr, statuses


def run_sandbox(command):
    with subprocess.Popen(["bash", "-c", "exec " + command], cwd=ROOT, stdout=subprocess.PIPE,
                          text=True, env=dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}")) as p:
        line = p.stdout.readline()
        p.terminate()
    return p.returncode == 0 and line.startswith("listening on http://127.0.0.1:")


def is_of_samples(command):
    """does it need what stands in samples/, and commands that were run before it?"""
    return re.search(r"samples/|demo-|(people|courses|new)\.csv|codes\.txt|CODE_SEED|STORE_ID|successes|"
                     r"exports/|workshop|samples/mail|EXPORT_URL|claimpipe presets|\.config|plan\.json|claimpipe (who|undo)", command)


def samples_config():
    """samples/sandbox.json, and for the man page the ids CLAIM_ID and STORE_ID"""
    world = json.loads((ROOT / "samples/sandbox.json").read_text())
    for members, key, like, name in (("claims", "claimId", "demo-members", "CLAIM_ID"),
                                     ("stores", "dynamicDataId", "demo-guests", "STORE_ID")):
        world[members] += [{**one, key: name} for one in world[members] if one[key] == like]
    return world


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Samples:
    """The commands of a page over the samples, run one after the other, as a reader would."""

    def __init__(self):
        # The ledger knows inputs and jobs by their paths, so a folder that does not go with each command.
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(ROOT / "samples", Path(self.folder.name, "samples"))
        shutil.copytree(ROOT / "samples", self.folder.name, dirs_exist_ok=True)
        Path(self.folder.name, "inbox").mkdir()
        shutil.copy(ROOT / "samples/courses.csv", Path(self.folder.name, "inbox"))
        config = Path(self.folder.name, "config.json")
        config.write_text(json.dumps(samples_config()))
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", config],
                                       stdout=subprocess.PIPE, text=True)
        self.web = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Quiet, directory=self.folder.name))
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.mail = smtpd.Server({"auth": ["PLAIN"], "users": {"ann": "a practice password"}})
        self.env = dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}", XDG_STATE_HOME=self.folder.name,
                        HOME=self.folder.name, XDG_CONFIG_HOME="",
                        EXPORT_URL=f"http://127.0.0.1:{self.web.server_port}/courses.csv?output=csv",
                        BITBADGES_API_URL=self.server.stdout.readline().split()[-1],
                        BITBADGES_API_KEY="sandbox-key", CLAIM_PASSWORD="open sesame",
                        CODE_SEED="a practice seed", STORE_SECRET="a practice secret",
                        SMTP_URL=self.mail.url, SMTP_USER="ann", SMTP_PASSWORD="a practice password")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.communicate()
        self.web.shutdown()
        self.web.server_close()
        self.mail.close()
        self.folder.cleanup()

    def statuses(self, command):
        """of the results that it has written, if any"""
        written = re.search(r" -o (\S+)", command)
        if not written:
            return set()
        # In the input's letters and dialect; a status is ASCII in all of them.
        text = Path(self.folder.name, written[1]).read_text(encoding="utf-8-sig", errors="replace")
        delimiter = ";" if ";" in text.splitlines()[0] else ","
        return {row["status"] for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
                if "status" in row}

    def check(self, command, said):
        run = subprocess.run(["bash", "-c", command], cwd=self.folder.name, env=self.env, text=True,
                             capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
        statuses = self.statuses(command) if run.returncode == 0 else set()
        # What check shows may be rows that are invalid.
        good = run.returncode in ([0, 1] if command.startswith("claimpipe check") else [0])
        good = good and statuses <= {"success", "would succeed", "duplicate", "skipped"}
        ok(good, command, f"{run.returncode} {statuses} {run.stderr}")
        missing = [line for line in said.splitlines() if line not in run.stdout.splitlines()]
        if said:
            ok(not missing, "… prints what is shown", missing + [run.stdout])


def check_command(command, said, samples):
    if command.startswith("make"):
        ok(command in MAKE, f"shown and run elsewhere: {command}", "no test runs it")
    elif command.startswith("export PATH"):
        ok(command == 'export PATH="$PWD/build:$PATH"', f"as the tests do: {command}")
    elif command.startswith("export "):
        names = set(re.findall(r"\s(\w+)=", command))
        ok(names <= set(samples.env), f"as the tests do: {command}", names)
        for name, value in re.findall(r"(\w+)='(.*?)'", command):
            ok(samples.env[name] == value, f"{name} is what samples/sandbox.json has", value)
    elif command.startswith("claimpipe-sandbox"):
        ok(run_sandbox(command), command)
    elif is_of_samples(command):
        samples.check(command, said)
    else:
        code, said, statuses = run_claim(command)
        ok(code == 0 and statuses == ["success"] * 2, command, f"{code} {statuses} {said}")


def check_commands():
    pages = [markdown_commands(page) for page in markdown()]
    pages += [man_commands(ROOT / f"pipeline/{page}")
              for page in ("claimpipe.1", "claimpipe-job.5", "sandbox/claimpipe-sandbox.1")]
    for page in pages:
        with Samples() as samples:
            for command, said in page:
                check_command(command, said, samples)


    with Samples() as samples:
        check_help(samples)


def check_jobs():
    """A job or preset that a page shows is one of the samples."""
    jobs = [json.loads(path.read_text()) for path in (ROOT / "samples").glob("*/*.json")]
    shown = [text for page in markdown() for text in re.findall(r"^```json\n(.*?)^```", page.read_text(), re.M | re.S)]
    ok(shown and all(json.loads(text) in jobs for text in shown), "the guides' jobs and presets are samples")
    page = (ROOT / "pipeline/claimpipe-job.5").read_text()
    shown = re.findall(r"^\.nf\n(.*?)^\.fi", page.replace("\\-", "-").replace("\\e", "\\"), re.M | re.S)
    ok(shown and all(json.loads(text) in jobs for text in shown), "claimpipe-job(5) shows samples")
    schema = json.loads((ROOT / "samples/job.schema.json").read_text())
    objects = [schema, schema["properties"]["input"], schema["properties"]["limits"],
               *(schema["$defs"][action] for action in ("claim", "code", "store"))]
    missing = [name for one in objects for name in one["properties"]
               if not name.startswith("$") and not re.search(rf"(?<!\w){name}(?!\w)", page)]
    ok(not missing, "claimpipe-job(5) tells every member", missing)


def check_links():
    """What a page links to, or shows a picture of, is there; and the README leads to every guide."""
    led = set()
    for page in markdown():
        for link in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text()):
            ok((page.parent / link).exists(), f"{page.name} links to {link}")
            led.add((page.parent / link).resolve())
    lost = {page.resolve() for page in markdown()[1:]} - led
    ok(not lost, "every guide is linked to", lost)


def check_options():
    said = help_of("all")
    manual = (ROOT / "pipeline/claimpipe.1").read_text().replace("\\-", "-")
    flags = re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", said, re.M)
    ok(len(flags) > 20, "help all lists the options", flags)
    for flag in flags:
        ok(re.search(re.escape(flag) + r"(?![a-z-])", manual), f"the man page tells {flag}")
    check_defaults(said, manual)


def check_defaults(said, manual):
    """what the help says holds if nothing is said, the man page says, too (tests/unit/settings.c: it does hold)"""
    plain = re.sub(r"\\f[A-Z]", "", re.sub(r"^\.(?!TP)[A-Z]+ ?", "", manual, flags=re.M)).replace('"', "")
    told = re.findall(r"^ +(?:-\w, )?(--[a-z-]+)((?:(?!^ +(?:-\w, )?--)[\s\S])*?)\(default:\s+(\d[^\s,;)]*)", said, re.M)
    ok(len(told) > 10, "help all tells defaults", told)
    for flag, _, value in told:
        own = re.search(r"^\.TP\n(?:-\w, )?" + flag + r"(?![a-z-])[\s\S]*?(?=^\.TP|\Z)", plain, re.M)
        ok(own and re.search(r"(?<!\w)" + re.escape(value) + r"(?!\w)", own[0]), f"the man page tells {flag}: {value}",
           own and own[0])


def check_demo():
    run = subprocess.run([ROOT / "samples/demo.sh"], env=dict(os.environ, BUILD=str(BUILD)), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    ok(run.returncode == 0 and "520 rows, 509 success" in run.stdout, "make demo", run.stdout)
    check_proposed(run.stdout)


def check_proposed(said):
    """What the demo proposes at its end works then, without its server: nothing of it is done twice."""
    proposed = re.findall(r"^  (\S+/claimpipe .*)", said, re.M)
    told = [("509 success", 0), ("", 0), ("511 done in earlier runs", 1)]
    ok(len(proposed) == len(told), "the demo proposes commands", said)
    for command, (want, code) in zip(proposed, told):
        run = subprocess.run(["bash", "-c", command], env=bare_environment(), text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=60, check=False)
        ok(run.returncode == code and want in run.stdout, command, f"{run.returncode} {run.stdout}")
    results = BUILD / "demo/results.csv", BUILD / "demo/again.csv"
    ok(len({path.read_bytes() for path in results}) == 1, "the demo's results are kept, and can be written again")
    for command in re.findall(r"(\S*claimpipe-sandbox --config \S+)", said):
        check_pasted(command, "520 rows, 509 success", 1)
    check_pasted("claimpipe-sandbox", "520 rows", 1)


def bare_environment():
    """that of somebody who has set nothing"""
    return {"PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"} | {
        name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


def check_pasted(command, want, code):
    """What the practice server says at its start can be pasted into another terminal."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "samples", Path(folder, "samples"))
        with subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=folder, env=bare_environment(), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
            said = list(itertools.takewhile(lambda line: line != "Ctrl-C ends it.\n", server.stderr))
            pasted = "".join(line for line in said if line.startswith("  ")).rstrip("\n")
            run = subprocess.run(["bash", "-c", pasted], cwd=folder, env=bare_environment(), text=True,
                                 capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
            server.terminate()
            server.communicate()
        ok(run.returncode == code and want in run.stderr, f"what {command} says can be pasted",
           f"{run.returncode} {pasted} {run.stderr}")


class Newcomer:
    """Somebody who has only the README, in a folder with their own files, and the practice server."""

    def __init__(self, job):
        self.job, self.folder, self.commands = job, tempfile.TemporaryDirectory(), 0
        config = self.write("config.json", json.dumps(samples_config()))
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", config], stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.communicate()
        self.folder.cleanup()

    def write(self, name, text):
        path = Path(self.folder.name, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def types(self, command, code, *said):
        """At most three of them do the job; what they say, and that they say nothing if `said` is None."""
        self.commands += 1
        env = bare_environment() | {"HOME": self.folder.name, "BITBADGES_API_URL": self.url, "BITBADGES_API_KEY": "sandbox-key"}
        run = subprocess.run(["bash", "-c", command], cwd=self.folder.name, env=env, text=True, capture_output=True,
                             stdin=subprocess.DEVNULL, timeout=120, check=False)
        told = run.stdout + run.stderr
        good = not told if said == (None,) else all(text in told for text in said)
        ok(run.returncode == code and good and self.commands <= 3, f"{self.job}: {command}", f"{run.returncode} {told}")

    def completed(self, want):
        with urllib.request.urlopen(f"{self.url}/sandbox/stats") as answer:
            ok(json.load(answer)["completed"] == want, f"{self.job}: the server has completed {want} claims")

    def rows(self, name):
        with open(Path(self.folder.name, name), newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f))


def wallet(n):
    return f"0x{n + 10**6:040x}"


def check_newcomers():
    """Four people's jobs, each in at most three commands."""
    claim = "claimpipe claim {} -c demo-members "
    with Newcomer("800 e-mails and a wallet sheet") as n:
        n.write("members.csv", "Name,E-mail address\n" + "".join(
            f"Member {i},{'Member' if i % 2 else 'member'}{i}@example.org\n" for i in range(797)) +
            "Blank,\nNew,new@example.org\nOdd,odd.example.org\n")
        n.write("wallets.csv", "Mail,Wallet\n" + "".join(f"member{i}@EXAMPLE.org,{wallet(i)}\n" for i in range(797)))
        n.types("claimpipe check claim members.csv -c demo-members --lookup wallets.csv", 1, "797 to send", "3 invalid")
        n.types(claim.format("members.csv") + "--lookup wallets.csv -o results.csv --failed-to failed.csv", 1, "797 success",
                "3 rows need a person", "failed.csv")
        n.completed(797)
        ok(len(n.rows("results.csv")) == 800 and len(n.rows("failed.csv")) == 3, "… and both files have their rows")
    with Newcomer("a nightly export that grows") as n:
        night = claim.format("export.csv") + "--quiet --failed-to 'failed-{date}.csv' -o night.csv"
        rows = [f"Learner {i},{wallet(i)}\n" for i in range(20)] + ["Nobody,\n"]
        n.write("export.csv", "Name,Wallet\n" + "".join(rows))
        n.types(night, 1, "1 new row needs a person")
        n.write("export.csv", "Name,Wallet\n" + f"Later,{wallet(99)}\n" + "".join(rows))
        n.types(night, 0, None)
        n.completed(21)
        ok([row["status"] for row in n.rows("night.csv")] == ["success"] + 20 * ["duplicate"] + ["invalid"], "… as results say")
    with Newcomer("files that are dropped in a folder") as n:
        n.write("job.json", '{"input": {"address": "Wallet"}, "steps": [{"action": "claim", "claim": "demo-members"}]}')
        for i in range(3):
            n.write(f"inbox/drop{i}.csv", f"Name,Wallet\nA,{wallet(i)}\nB,{wallet(i + 1)}\n")
        n.write("inbox/broken.csv", "%PDF-1.4\n")
        n.types("claimpipe watch job.json inbox --once --stable 0s", 3, "broken.csv: failed", "drop2.csv: done")
        n.completed(4)
        n.types("claimpipe watch job.json inbox --once --stable 0s --quiet", 0, None)
        index = Path(n.folder.name, "inbox/results/index.html").read_text()
        ok(all(name in index for name in ("drop0.csv", "drop2.csv", "broken.csv")), "… and index.html lists them")
    with Newcomer("5,000 codes to hand out") as n:
        n.write("codes.txt", "".join(f"CODE-{i:05}\n" for i in range(5000)))
        people = [f"P{i},p{i}@example.org\n" for i in range(4990)]
        n.write("people.csv", "Name,Email\n" + "".join(people))
        code = "claimpipe code people.csv --email Email --codes codes.txt -o given{}.csv"
        n.types(code.format(1), 0, "4,990 success")
        n.write("people.csv", "Name,Email\nLate,late@example.org\n" + "".join(people))
        n.types(code.format(2), 0, "1 success")
        first = {row["Email"]: row["code"] for row in n.rows("given1.csv")}
        second = {row["Email"]: row["code"] for row in n.rows("given2.csv")}
        ok(len(set(second.values())) == 4991 and first.items() <= second.items(), "… each their own, and the same again")
        n.types("claimpipe who late@example.org --codes codes.txt", 0, second["late@example.org"])


check_commands()
check_newcomers()
check_jobs()
check_links()
check_options()
check_demo()
ci = (ROOT / ".ci/run").read_text()
ok("make deps check" in ci and ("make deps check", "") in list(markdown_commands(ROOT / "README.md")), "CI runs the README's second command")
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
