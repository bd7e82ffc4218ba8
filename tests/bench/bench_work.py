"""What several measurements need: the practice server without limits, an export, and what a program takes for it."""
import os
import shutil
import subprocess
import time
from typing import NamedTuple

from sandbox_test import Server, address, claim, config, uses

BUILD = os.environ.get("BUILD", "build")
CLAIMPIPE = os.path.join(BUILD, "claimpipe")
KEY = "sandbox-key"
IN_FLIGHT = 64


def must(ok, what):
    if not ok:
        raise SystemExit(f"bench: {what}")


def program(name, package):
    """Where a program is that others are compared with."""
    path = shutil.which(name)
    must(path, f"{name} is missing, and nothing is compared without it: apt install {package}")
    return path


def server(claims=("c",), port=0):
    """It has these claims, of which each takes anybody any number of times."""
    many = 2**31 - 1
    return Server(config(*(claim(name, uses(many, many)) for name in claims)), port=port)


def url(s):
    return f"http://127.0.0.1:{s.port}"


class Spent(NamedTuple):
    seconds: float
    cpu: float  # seconds, of user and system together
    memory: int  # the peak, in bytes


def peak(pid):
    """Peak memory until the process ends, which it then is still to be waited for.

    Not ru_maxrss, which a child inherits from the Python that it was forked from."""
    most = 0
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        with open(f"/proc/{pid}/status") as f:
            most = max(most, *(int(line.split()[1]) for line in f if line.startswith("VmHWM")), 0)
        time.sleep(0.01)
    return most * 1024


def spend(command, s=None, ends=0, **more):
    """What the command takes, of the server s; it must end with this code."""
    env = {**os.environ, "BITBADGES_API_KEY": KEY}
    if s:
        env["BITBADGES_API_URL"] = url(s)
    begun = time.monotonic()
    process = subprocess.Popen(command, env=env, **more)
    memory = peak(process.pid)
    seconds = time.monotonic() - begun
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    must(process.returncode == ends, f"{os.path.basename(command[0])} ended with {process.returncode}")
    return Spent(seconds, used.ru_utime + used.ru_stime, memory)


def write_input(path, rows):
    """An export as a course platform writes it, each row for an address of its own."""
    with open(path, "w") as f:
        f.write("First Name,Last Name,Email,Course,Completed On,Wallet\n")
        for i in range(rows):
            f.write(f"Ada{i},Lovelace,ada{i}@example.org,Introduction to Analysis,2026-09-27,{address(i)}\n")


class Input:
    """A file, and the ledger of its runs, which know the server by its port."""

    def __init__(self, folder, rows):
        self.rows = rows
        self.port = 0
        self.path, self.ledger, self.results = (os.path.join(folder, f"{rows}.{x}") for x in ("csv", "db", "out"))
        write_input(self.path, rows)
        self.bytes = os.path.getsize(self.path)

    def command(self, lanes, claim_id="c"):
        return [CLAIMPIPE, "claim", self.path, "-c", claim_id, "--claim-version", "0", "-o", self.results,
                "--ledger", self.ledger, "--rate", "none", "--in-flight", str(IN_FLIGHT), "--lanes", str(lanes),
                "--quiet"]

    def forget(self):
        trace = os.path.join(os.path.dirname(self.results), ".claimpipe.trace")
        for path in (self.ledger, self.results, self.ledger + "-lock", self.ledger + "-seal", trace):
            os.unlink(path)
