#!/usr/bin/env python3
"""The completions of bash, zsh and fish, in those shells: what is typed, a TAB, and the words that the command then gets."""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", "build")).resolve()
SCRIPTS = ROOT / "pipeline/completions"
PATIENCE_S = 60
# In place of claimpipe stands what shows its words, but for the completions' own questions.
SHOWING = """#!/bin/sh
case $1 in completion) exec '%s/claimpipe' "$@" ;; esac
printf 'GOT'; printf '<%%s>' "$@"; echo END
"""
# What is typed, a TAB behind it, and the words that come of it.
LINES = [
    ("claimpipe cl", ["claim"]),
    ("claimpipe ledger pr", ["ledger", "prune"]),
    ("claimpipe check st", ["check", "store"]),
    ("claimpipe claim Gra", ["claim", "Grades 2026.csv"]),
    ("claimpipe claim people.csv --resend", ["claim", "people.csv", "--resend-unknown"]),
    ("claimpipe store people.csv --secret-", ["store", "people.csv", "--secret-from"]),
    ("claimpipe code people.csv --seed-from env:SESAME_", ["code", "people.csv", "--seed-from", "env:SESAME_SEED"]),
    ("claimpipe code people.csv --seed-from=file:se", ["code", "people.csv", "--seed-from=file:seed.txt"]),
    ("claimpipe claim people.csv --decimal p", ["claim", "people.csv", "--decimal", "point"]),
    ("claimpipe claim people.csv --output-dialect=ex", ["claim", "people.csv", "--output-dialect=excel"]),
    ("claimpipe claim people.csv --preset moodle-q", ["claim", "people.csv", "--preset", "moodle-quiz"]),
    ("claimpipe claim people.csv --address Wal", ["claim", "people.csv", "--address", "Wallet Address"]),
    ("claimpipe claim people.csv --key Email,Cou", ["claim", "people.csv", "--key", "Email,Course"]),
    ("claimpipe claim people.csv --lookup se", ["claim", "people.csv", "--lookup", "seed.txt"]),
    ("claimpipe claim ~/work/people.csv --address Wal", ["claim", "HOME/work/people.csv", "--address", "Wallet Address"]),
    ("claimpipe claim Grades\\ 2", ["claim", "Grades 2026.csv"]),
    ("claimpipe claim people.csv --lookup=Grades\\ 2", ["claim", "people.csv", "--lookup=Grades 2026.csv"]),
    ("claimpipe claim people.csv --address Wallet\\ A", ["claim", "people.csv", "--address", "Wallet Address"]),
    ("claimpipe claim people.csv --address=Wallet\\ A", ["claim", "people.csv", "--address=Wallet Address"]),
    ("claimpipe claim people.csv --address 'Wallet A", ["claim", "people.csv", "--address", "Wallet Address"]),
    ("claimpipe claim 'Grades 2", ["claim", "Grades 2026.csv"]),
    ("claimpipe claim people.csv --where 'x=1' --date-order=y", ["claim", "people.csv", "--where", "x=1", "--date-order=ymd"]),
    ("claimpipe set", ["settle"]),
    ("claimpipe hel", ["help"]),
    ("claimpipe help filt", ["help", "filters"]),
    ("claimpipe help led", ["help", "ledger"]),
    ("claimpipe vers", ["version"]),
    ("claimpipe claim people.csv --dry", ["claim", "people.csv", "--dry-run"]),
    ("claimpipe settle --settle-", ["settle", "--settle-timeout"]),
    ("claimpipe settle -c one --cl", ["settle", "-c", "one", "--claim"]),
    ("claimpipe settle --no-se", ["settle", "--no-se"]),
    ("claimpipe doc", ["doctor"]),
    ("claimpipe doctor jo", ["doctor", "job.json"]),
    ("claimpipe doctor -c one --cl", ["doctor", "-c", "one", "--claim"]),
    ("claimpipe run jo", ["run", "job.json"]),
    ("claimpipe wa", ["watch"]),
    ("claimpipe watch job.json . --onc", ["watch", "job.json", ".", "--once"]),
    # Nothing that it could be: it stays as it is.
    ("claimpipe claim people.csv --seed-f", ["claim", "people.csv", "--seed-f"]),
    ("claimpipe runs --rat", ["runs", "--rat"]),
    ("claimpipe runs la", ["runs", "last"]),
    ("claimpipe runs --format js", ["runs", "--format", "json"]),
    ("claimpipe wh", ["who"]),
    ("claimpipe who ann --code", ["who", "ann", "--codes"]),
]
results = []


def ok(passed, name, why=""):
    results.append(bool(passed))
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}")
    if not passed:
        print("#", str(why).replace("\n", "\n# "))


class Terminal:
    """an interactive shell"""

    def __init__(self, argv, folder, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, env)
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, text):
        """what has come up to this text; all of it that came, if it does not come"""
        while text not in self.seen:
            if not select.select([self.fd], [], [], PATIENCE_S)[0]:
                return self.seen
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:  # it has ended
                return self.seen
        before, _, self.seen = self.seen.partition(text)
        return before

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def check_typing(shell, argv, begin, folder, env):
    terminal = Terminal(argv, folder, env)
    terminal.type(begin + "\r")
    terminal.until("READY>")
    for line, words in LINES:
        terminal.type(line + "\t\r")
        said = terminal.until("END\r\n")
        wanted = "GOT" + "".join(f"<{word.replace('HOME', env['HOME'])}>" for word in words)
        ok(said.endswith(wanted), f"{shell}: {line}", repr(said))
        terminal.until("READY>")
    terminal.close()


def check_fish(folder, env):
    for line, words in LINES:
        run = subprocess.run(["fish", "--no-config", "-c", f"source '{SCRIPTS}/claimpipe.fish'; complete -C \"$LINE\""],
                             cwd=folder, env=dict(env, LINE=line), text=True, capture_output=True, check=False)
        offered = [one.split("\t")[0] for one in run.stdout.splitlines()]
        # What can't be anything else is not offered.
        wanted = [] if line.endswith(words[-1]) else [words[-1]]
        ok(offered == wanted and not run.stderr, f"fish: {line}", f"{offered} {run.stderr}")
    run = subprocess.run(["fish", "--no-config", "-c", f"source '{SCRIPTS}/claimpipe.fish'; complete -C 'claimpipe claim --tr'"],
                         cwd=folder, env=env, text=True, capture_output=True, check=False)
    ok(run.stdout.startswith("--tries\tstop after so many tries"), "fish: an option's meaning", run.stdout)


def check_candidates(folder, env):
    """What is slow, or no business of a TAB, is left alone."""
    def asked(*words):
        return subprocess.run([BUILD / "claimpipe", "completion", "--", *words], cwd=folder, env=env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=False)

    os.mkfifo(Path(folder, "pipe.csv"))
    Path(folder, "large.csv").write_bytes(b"Name,Wallet\n" + b"x,y\n" * (1 << 20) + b"x,y\n")
    Path(folder, "odd.csv").write_bytes(b'"a\tb",Fine,"c\x1b[2J"\n1,2,3\n')
    for name in ("pipe.csv", "large.csv", "none.csv", "-", "http://127.0.0.1:1/x.csv", "."):
        run = asked("claim", name, "--address", "")
        ok((run.returncode, run.stdout, run.stderr) == (0, "words\n", ""), f"no columns of {name}", run)
    run = asked("claim", "odd.csv", "--address", "")
    ok(run.stdout == "words\nFine\t\n", "no column that a terminal would obey", repr(run.stdout))
    run = asked("claim", "people.csv", "--api-key", "env:SESAME")
    ok("SESAME_SEED" in run.stdout and "poppy" not in run.stdout, "names of variables, never values", run.stdout)


with tempfile.TemporaryDirectory() as place:
    Path(place, "bin").mkdir()
    Path(place, "work").mkdir()
    command = Path(place, "bin/claimpipe")
    command.write_text(SHOWING % BUILD)
    command.chmod(0o755)
    work = Path(place, "work")
    (work / "people.csv").write_text("Name,Email,Course,Wallet Address\nAnn,a@x.example,Go,\n")
    for name in ("Grades 2026.csv", "seed.txt", "job.json"):
        (work / name).write_text("x\n")
    environment = {"PATH": f"{place}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": place, "TERM": "dumb", "LC_ALL": "C.UTF-8",
                   "SESAME_SEED": "poppy seed", "PS1": ""}

    check_candidates(work, environment)
    check_typing("bash", ["bash", "--norc", "--noprofile", "-i"],
                 f"bind 'set bell-style none'; source '{SCRIPTS}/claimpipe.bash'; PS1=READ'Y>'", work, environment)
    for other in ("zsh", "fish"):
        ok(shutil.which(other), f"{other} is there", "make deps installs it")
    if shutil.which("zsh"):
        check_typing("zsh", ["zsh", "-f", "-i"],
                     f"unsetopt beep; fpath=('{SCRIPTS}' $fpath); autoload -Uz compinit; compinit -u -D; PS1=READ'Y>'",
                     work, environment)
    if shutil.which("fish"):
        check_fish(work, environment)

print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
