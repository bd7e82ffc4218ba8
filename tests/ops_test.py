#!/usr/bin/env python3
"""samples/ops: systemd accepts the units, and finds them hardened; what they and the crontab start does its work.

No systemd need run: systemd-analyze reads the files, and the commands are run here, with what systemd would put for
%d (the credentials) and %S (the state), against the practice server.  Prints TAP.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPS = ROOT / "samples/ops"
BUILD = Path(os.environ.get("BUILD", "build")).resolve()
PROGRAM = "/usr/local/bin/claimpipe"
EXPOSURE = 20  # tenths; systemd calls up to 2.0 safe or nearly so
PASSWORD = "open sesame"
KEY = "sandbox-key"
PEOPLE = ["0x14574a6DFF2Ddf9e07828b4345d3040919AF5652", "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"]
results = []


def ok(passed, name, why=""):
    results.append(bool(passed))
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}", flush=True)
    if not passed:
        print("#", str(why).replace("\n", "\n# "))


def analyze(*words):
    run = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False,
                         env=dict(os.environ, LC_ALL="C.UTF-8"))
    return run.returncode, run.stdout + run.stderr


def settings(unit):
    """(name, value) of each line"""
    return re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.M)


def check_units(folder):
    """as they will be installed, but for where the program is"""
    units = sorted(p for p in OPS.iterdir() if p.suffix in (".service", ".timer", ".path"))
    ok({p.suffix for p in units} == {".service", ".timer", ".path"}, "there are services, timers and a path unit", units)
    for unit in units:
        (folder / unit.name).write_text(unit.read_text().replace(PROGRAM, str(BUILD / "claimpipe")))
    for unit in units:
        code, said = analyze("verify", "--man=no", str(folder / unit.name))
        ok(code == 0 and unit.name not in said, f"systemd-analyze verify {unit.name}", said)
        if unit.suffix != ".service":
            ok((folder / unit.name).with_suffix(".service").exists(), f"{unit.name} has a service to start")
            continue
        code, said = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(folder / unit.name))
        ok(code == 0 and "Overall exposure level" in said, f"systemd-analyze security {unit.name}: {EXPOSURE / 10} at most",
           said)
        have = settings(unit)
        for want in (("DynamicUser", "yes"), ("ProtectSystem", "strict"), ("NoNewPrivileges", "yes"),
                     ("StateDirectory", "claimpipe"), ("CapabilityBoundingSet", "")):
            ok(want in have, f"{unit.name}: {want[0]}={want[1]}")
        ok({value.split(":")[0] for name, value in have if name == "LoadCredential"} == {"job.json", "api-key", "claim-password"},
           f"{unit.name}: secrets by LoadCredential")
        ok(not [name for name, _ in have if name.startswith(("Environment", "PassEnvironment", "SetCredential"))],
           f"{unit.name}: and by nothing else")
    for unit in units:
        for name, value in settings(unit):
            if name == "OnCalendar":
                ok(analyze("calendar", value)[0] == 0, f"{unit.name}: {name}={value}")


class World:
    """A practice server with the claim of samples/ops/job.json, and a folder."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "config.json").write_text(json.dumps({
            "keys": [KEY], "queueDelayMs": [0, 0], "claims": [{"claimId": "demo-cheese", "version": 0, "plugins": [
                {"pluginId": "numUses", "instanceId": "n-1", "maxUses": 1000},
                {"pluginId": "password", "instanceId": "password-1", "password": PASSWORD}]}]}))
        self.server = subprocess.Popen([BUILD / "claimpipe-sandbox", "-q", "-c", folder / "config.json"],
                                       stdout=subprocess.PIPE, text=True)
        url = self.server.stdout.readline().split()[-1]
        self.environment = {"PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": str(folder / "home"), "TMPDIR": str(folder),
                            "BITBADGES_API_URL": url, "LC_ALL": "C.UTF-8"}
        self.environment |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}

    def close(self):
        self.server.terminate()
        self.server.wait(60)
        self.server.stdout.close()

    def sh(self, command, stdin=""):
        run = subprocess.run(["sh", "-c", command], input=stdin, capture_output=True, text=True, timeout=120, check=False,
                             cwd=self.folder, env=self.environment)
        return run.returncode, run.stdout + run.stderr

    def until(self, command, path):
        """a command that goes on, which is told to end when the file is there"""
        with open(self.folder / "log", "w+", encoding="utf-8") as log:
            run = subprocess.Popen(["sh", "-c", "exec " + command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   cwd=self.folder, env=self.environment)
            deadline = time.monotonic() + 60
            while not path.exists() and run.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            run.terminate()
            code = run.wait(60)
            log.seek(0)
            return code, log.read()

    def export(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Wallet\n" + "".join(f"{person}\n" for person in PEOPLE))


def check_services(w):
    """what ExecStart says, with the folders of the machine here"""
    root = w.folder / "root"
    for name, text in (("job.json", (OPS / "job.json").read_text()), ("api-key", KEY + "\n"),
                       ("claim-password", PASSWORD + "\n")):
        w.export(root / "etc/claimpipe" / name)
        (root / "etc/claimpipe" / name).write_text(text)
    for unit in sorted(OPS.glob("*.service")):
        state, credentials = w.folder / "state" / unit.stem, w.folder / "credentials" / unit.stem
        (state / "claimpipe").mkdir(parents=True)
        credentials.mkdir(parents=True)
        for name, value in settings(unit):
            if name == "LoadCredential":
                inside, outside = value.split(":")
                (credentials / inside).write_text((root / outside.lstrip("/")).read_text())
        command = dict(settings(unit))["ExecStart"].replace("%d", str(credentials)).replace("%S", str(state))
        command = command.replace(PROGRAM, str(BUILD / "claimpipe")).replace("/srv/", f"{root}/srv/")
        w.export(root / "srv/claimpipe/inbox" / f"{unit.stem}.csv")
        w.export(root / "srv/claimpipe/completions.csv")
        ok("%" not in command, f"{unit.name}: each specifier is known here", command)
        goes_on = "--once" not in command and " watch " in command
        code, said = w.until(command, root / f"srv/claimpipe/inbox/done/{unit.stem}.csv") if goes_on else w.sh(command)
        found = list((state / "claimpipe").rglob("*.results.csv"))
        ok(code == (143 if goes_on else 0) and found, f"{unit.name} does its work", f"{code}: {said}")
        ok(KEY not in said and PASSWORD not in said, f"{unit.name}: no secret is said", said)


def check_crontab(w):
    """the lines before it, with the secrets pasted, and then its commands"""
    text = (OPS / "crontab").read_text()
    shared = (OPS / "job.json").read_text()
    (w.folder / "job.json").write_text(shared)
    (w.folder / "home").mkdir()
    for line in re.findall(r"^#   (\w.*)$", text, re.M):
        code, said = w.sh(line, (KEY if "api-key" in line else PASSWORD) + "\n")
        ok(code == 0, f"crontab: {line}", said)
    ok((w.folder / "home/.config/claimpipe/api-key").stat().st_mode & 0o777 == 0o600, "crontab: the key is its owner's")
    w.export(w.folder / "home/inbox/drop1.csv")
    w.export(w.folder / "home/exports/completions.csv")
    lines = re.findall(r"^(?:\S+\s+){5}((?:flock|claimpipe) .*)$", text, re.M)
    ok(len(lines) == 2, "crontab: two lines", text)
    for line in lines:
        ok("%" not in line, "crontab: no % in a command, which cron reads as a line end", line)
        code, said = w.sh(line)
        ok(code == 0 and said == "", f"crontab: {shlex.split(line)[-1]}", f"{code}: {said}")
    for results_file in "inbox/results/drop1.results.csv", "exports/completions.results.csv":
        ok((w.folder / "home" / results_file).exists(), f"crontab: {results_file}")


def check_no_history():
    """nobody who follows these files types a secret where a shell keeps it"""
    for path in sorted(OPS.iterdir()):
        ok(not re.search(r"\bexport \w+=|echo .*\|", path.read_text()), f"{path.name}: no export of a secret")


def main():
    with tempfile.TemporaryDirectory(prefix="claimpipe-ops-") as folder:
        folder = Path(folder)
        (folder / "units").mkdir()
        check_units(folder / "units")
        check_no_history()
        world = World(folder)
        try:
            check_services(world)
            check_crontab(world)
        finally:
            world.close()
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


sys.exit(main())
