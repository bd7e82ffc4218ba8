"""What the crash proofs share: the practice server, the program, its ledger and what a power cut leaves of it."""
import csv
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build/crash")).resolve()
SANDBOX = pathlib.Path(os.environ.get("SANDBOX", BUILD.parent / "claimpipe-sandbox")).resolve()
KEY, PASSWORD = "key-of-the-crash-tests", "open sesame"
SEED, SECRET = "seed of the crash tests", "secret of the crash tests"
VOLATILE = {"attempt_id", "tries", "finished_at"}
HANGS_SECONDS = 120
SECTOR = 512
LEDGER_FILES = ("ledger.db-seal", "ledger.db", "ledger.db-wal")  # the seal first: it is never the newer one
PLANNED, SENDING, ACCEPTED, SUCCESS = range(4)  # base/state.h
KILLS = []  # of all tests together


class Wrong(Exception):
    """The proof has failed."""


def address(i):
    return f"0x{i + 1000000:040x}"


class Server:
    """The practice server; its journal outlives it."""

    def __init__(self, folder, config):
        self.folder, self.port, self.process = folder, 0, None
        (folder / "server.json").write_text(json.dumps(config))
        self.start()

    def start(self):
        with open(self.folder / "server.err", "ab") as err:
            self.process = subprocess.Popen(
                [SANDBOX, "--quiet", "--config", self.folder / "server.json",
                 "--journal", self.folder / "journal", "--port", str(self.port)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err)
        line = self.process.stdout.readline().decode()
        self.process.stdout.close()
        if not line.startswith("listening"):
            raise Wrong("the server does not start: " + (self.folder / "server.err").read_text())
        self.port = int(line.rpartition(":")[2])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, path, method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, "/sandbox/" + path, None if body is None else json.dumps(body), headers)
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def tell(self, path, body):
        self.ask(path, "POST", body)

    def stats(self):
        return self.ask("stats")

    def counter(self, name):
        stats = self.ask("stats?brief=1")
        return stats[name] if name in stats else stats["requests"][name]

    def reached(self, name, count, milliseconds):
        return self.ask(f"wait?route={name}&count={count}&timeoutMs={milliseconds}")["reached"]


class Ledger:
    """What a ledger holds that nobody has open: read from a copy, for reading would tidy it up."""

    def __init__(self, folder):
        self.items, self.codes, self.finished, self.unfinished = {}, {}, {}, False
        if not (folder / "ledger.db").exists():
            return
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            copy_ledger(folder, pathlib.Path(scratch))
            with_ledger(pathlib.Path(scratch) / "ledger.db", self.read)

    def read(self, db):
        if db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            return
        problem = db.execute("PRAGMA integrity_check").fetchone()[0]
        if problem != "ok":
            raise Wrong(f"the ledger is damaged: {problem}")
        items = "FROM items JOIN targets ON targets.id = items.target"
        # What was refused in doubt is planned, and known to have been sent.
        self.items = {(action, who): state
                      for action, who, state in db.execute("SELECT action, recipient, iif(doubtful, max(state, 1), state) " + items)}
        given = db.execute("SELECT recipient, code FROM items WHERE code IS NOT NULL").fetchall()
        self.codes = dict(given)
        if len(set(self.codes.values())) != len(given):
            raise Wrong("the ledger has given a code twice")
        runs = db.execute("SELECT input, finished FROM runs ORDER BY id").fetchall()
        self.finished = {pathlib.Path(name).name: finished for name, finished in runs}
        self.unfinished = bool(runs) and not runs[-1][1]


def with_ledger(path, read):
    db = sqlite3.connect(path)
    try:
        read(db)
    except sqlite3.DatabaseError as e:
        raise Wrong(f"the ledger can't be read: {e}") from e
    finally:
        db.close()


def copy_ledger(source, target):
    for name in LEDGER_FILES:
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)


def rows_of(path):
    """Of a results file, without what may differ from run to run."""
    with open(path, newline="", encoding="utf-8") as f:
        return [{name: value for name, value in row.items() if re.sub(r"^step\d_", "", name) not in VOLATILE}
                for row in csv.DictReader(f)]


class Program:
    """claimpipe in a folder of its own, with its ledger; `broken` is the rule that it does without."""

    def __init__(self, folder, broken=None):
        self.folder, self.broken = folder, broken
        self.ledger, self.used = folder / "ledger", "ledger/ledger.db"
        self.ledger.mkdir()
        self.runs = 0

    def start(self, arguments, port=0, **env):
        """The process, whose `said` names the file of what it says."""
        self.runs += 1
        said = self.folder / f"err.{self.runs}"
        env |= {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder),
                "BITBADGES_API_KEY": KEY, "CLAIM_PASSWORD": PASSWORD, "CODE_SEED": SEED, "STORE_SECRET": SECRET,
                "BITBADGES_API_URL": f"http://127.0.0.1:{port}"}
        if self.broken:
            env["CLAIMPIPE_BREAK"] = self.broken
        with open(said, "wb") as err:
            process = subprocess.Popen([BUILD / "claimpipe", *arguments, "--ledger", self.used],
                                       cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=err)
        process.said = said
        return process


def said(process):
    return process.said.read_text(errors="replace")


def wait(process):
    try:
        process.wait(HANGS_SECONDS)
        if process.returncode == -signal.SIGKILL:
            KILLS.append(process.pid)
        return process.returncode
    except subprocess.TimeoutExpired as e:
        process.kill()
        process.wait()
        raise Wrong(f"not at its end after {HANGS_SECONDS} s: {said(process)}") from e


def killed(process):
    """Waits for a process that was to be killed, or to kill itself."""
    code = wait(process)
    if code != -signal.SIGKILL:
        raise Wrong(f"not killed, but ended with {code}: {said(process)}")


# ---- power cuts ----

def sectors_of(rng, synced, written):
    """What may be left of a file: each sector as it was synced, or as it was written since."""
    size = rng.choice([len(synced), len(written), rng.randint(*sorted((len(synced), len(written))))])
    old, new = (content[:size].ljust(size, b"\0") for content in (synced, written))
    parts = (rng.choice((old, new))[at:at + SECTOR] for at in range(0, size, SECTOR))
    return b"".join(parts)


def content_of(path):
    return path.read_bytes() if path.exists() else b""


def cut_power(rng, folder, what):
    """The ledger becomes what a power cut may have left of it."""
    for name in LEDGER_FILES:
        path = folder / "ledger" / name
        if not path.exists() and not (folder / "synced" / name).exists():
            continue
        synced, written = content_of(folder / "synced" / name), content_of(path)
        left = {"synced": synced, "written": written}.get(what) if what != "torn" else \
            sectors_of(rng, synced, written)
        path.write_bytes(left)
    (folder / "ledger" / "ledger.db-shm").unlink(missing_ok=True)


def shim_of(folder, library):
    (folder / "synced").mkdir(exist_ok=True)
    return {"LD_PRELOAD": str(library), "CLAIMPIPE_SYNCED": str(folder / "synced")}


def make_library(folder):
    library = folder / "synced.so"
    subprocess.run([os.environ.get("CC", "gcc"), "-std=c11", "-O2", "-D_GNU_SOURCE", "-shared", "-fPIC",
                    "-o", library, HERE / "synced.c"], check=True)
    return library
