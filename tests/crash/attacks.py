"""The ledger is attacked: deleted, cut, linked, mounted or copied by halves, between executions and during one.

Either the program refuses, with exit code 5 and a word on what to do, or it goes on and nothing is issued twice:
both are right.  Where the ledger that was left can be used again, everything comes to its end with it.
"""
import os
import shutil
import signal
import subprocess

from common import Wrong, address, said, wait
from lies import EXITS, GROWTH, Lied

FILES = ("ledger.db", "ledger.db-wal", "ledger.db-shm")
SLOW = {"route": "complete", "kind": "slow", "delayMs": 30, "every": 1}


class Attacked(Lied):
    def __init__(self, rng, folder):
        people = [address(i) for i in range(3 * GROWTH)]
        super().__init__(folder, people, {"seed": rng.randrange(1 << 30), "faults": [SLOW]},
                         ["--in-flight", "4", "--rate", "none", "--no-skip-claimed"])
        self.rng, self.refusals = rng, 0

    def has_sent(self, process):
        """Some of them, or it is over."""
        count = self.rng.randint(1, len(self.people) * 2 // 3)
        while process.poll() is None and not self.server.reached("complete", count, 100):
            pass

    def kill(self):
        process = self.launch()
        self.has_sent(process)
        process.kill()
        if wait(process) == -signal.SIGKILL:
            self.kills += 1
        self.settle()

    def must_not_double(self, process):
        """Refused, or at its end; and nobody has the claim twice."""
        code, words = wait(process), said(process)
        twice = self.server.stats()["completedTwice"]
        if twice:
            raise Wrong(f"doubled: {twice}; it ends with {code}: {words}")
        if code == 5:
            self.refusals += 1
            if "ledger" not in words.splitlines()[-1]:
                raise Wrong(f"refused, and it does not say what: {words}")
        elif code not in EXITS:
            raise Wrong(f"it ends with {code}: {words}")

    def use(self, ledger):
        """The same command with the ledger that is at this path."""
        own, self.used = self.used, ledger
        process = self.launch()
        self.used = own
        self.must_not_double(process)


# ---- between two executions ----

def deleted(trial):
    trial.kill()
    for name in FILES:
        (trial.ledger / name).unlink(missing_ok=True)
    trial.must_not_double(trial.launch())


def log_deleted(trial):
    trial.kill()
    for name in FILES[1:]:
        (trial.ledger / name).unlink(missing_ok=True)
    trial.must_not_double(trial.launch())


def cut(trial):
    trial.kill()
    path = trial.ledger / "ledger.db"
    os.truncate(path, trial.rng.randrange(path.stat().st_size))
    trial.must_not_double(trial.launch())


def copied_alone(trial):
    """The .db without its -wal, after kill -9, elsewhere; and then the right one."""
    trial.kill()
    (trial.folder / "copy").mkdir()
    shutil.copyfile(trial.ledger / "ledger.db", trial.folder / "copy" / "ledger.db")
    trial.use("copy/ledger.db")
    if not trial.refusals:  # it was whole, and has gone on: now the right one is behind
        trial.must_not_double(trial.launch())
        if not trial.refusals:
            raise Wrong("a ledger that does not know what its copy has issued is used")
        trial.ledger, trial.used = trial.folder / "copy", "copy/ledger.db"
    trial.finish()


def put_back(trial):
    """An older copy, made when the program was at its end, takes the place of what was used since."""
    everybody = trial.people
    trial.people = everybody[:GROWTH]
    trial.write("in.csv", trial.people)
    trial.run()
    shutil.copyfile(trial.ledger / "ledger.db", trial.folder / "old.db")
    trial.people = everybody
    trial.write("in.csv", trial.people)
    trial.kill()
    for name in FILES:
        (trial.ledger / name).unlink(missing_ok=True)
    shutil.copyfile(trial.folder / "old.db", trial.ledger / "ledger.db")
    trial.must_not_double(trial.launch())


def linked(trial):
    """A second name of the file, beside which no -wal lies."""
    trial.kill()
    (trial.folder / "other").mkdir()
    second = trial.folder / "other" / "ledger.db"
    os.link(trial.ledger / "ledger.db", second)
    trial.use("other/ledger.db")
    second.unlink()
    trial.finish()


def mounted(trial):
    """The file alone in a container."""
    trial.kill()
    (trial.folder / "other").mkdir()
    second = trial.folder / "other" / "ledger.db"
    second.touch()
    subprocess.run(["mount", "--bind", trial.ledger / "ledger.db", second], check=True)
    try:
        trial.use("other/ledger.db")
    finally:
        subprocess.run(["umount", second], check=True)
    trial.finish()


# ---- during one ----

def deleted_meanwhile(trial):
    process = trial.launch()
    trial.has_sent(process)
    for name in FILES:
        (trial.ledger / name).unlink(missing_ok=True)
    trial.must_not_double(process)
    trial.must_not_double(trial.launch())


def cut_meanwhile(trial):
    process = trial.launch()
    trial.has_sent(process)
    path = trial.ledger / trial.rng.choice(FILES[:2])
    if path.exists():
        os.truncate(path, trial.rng.randrange(path.stat().st_size + 1))
    trial.must_not_double(process)
    trial.must_not_double(trial.launch())


def replaced_meanwhile(trial):
    process = trial.launch()
    trial.has_sent(process)
    shutil.copyfile(trial.ledger / "ledger.db", trial.folder / "copy.db")
    (trial.folder / "copy.db").rename(trial.ledger / "ledger.db")
    trial.must_not_double(process)
    trial.must_not_double(trial.launch())


def unlocked(trial):
    """Whatever looks like a lock is deleted, and a second process begins with the same rows."""
    first = trial.launch()
    trial.has_sent(first)
    for path in trial.ledger.iterdir():
        if path.name not in FILES and not path.name.endswith("-seal"):
            path.unlink()
    second = trial.launch()
    trial.must_not_double(second)
    trial.must_not_double(first)
    trial.finish()


def used_twice(trial):
    """A second process begins with the same rows, by a second name, while the first is at work."""
    first = trial.launch()
    trial.has_sent(first)
    (trial.folder / "other").mkdir()
    os.link(trial.ledger / "ledger.db", trial.folder / "other" / "ledger.db")
    trial.use("other/ledger.db")
    trial.must_not_double(first)


ATTACKS = (deleted, log_deleted, cut, copied_alone, put_back, linked, mounted, deleted_meanwhile, cut_meanwhile,
           replaced_meanwhile, unlocked, used_twice)


def can_mount(folder):
    """Only root may, and in a container often nobody."""
    for name in ("from", "to"):
        (folder / name).touch()
    if os.geteuid() != 0 or subprocess.run(["mount", "--bind", folder / "from", folder / "to"], check=False,
                                           stderr=subprocess.DEVNULL).returncode != 0:
        return False
    subprocess.run(["umount", folder / "to"], check=True)
    return True


def test_attack(rng, folder, attack, tally):
    trial = Attacked(rng, folder)
    trial.kinds = ("attacked",)
    try:
        attack(trial)
        tally.add(trial)
    finally:
        trial.close()
    return f"{trial.refusals} refusals, {trial.kills} kills"
