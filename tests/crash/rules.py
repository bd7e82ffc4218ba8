"""What each rule of at-most-once is good for: a server on which it matters, once with the rule and once without.

With all rules nothing is wrong; with one taken away (crashpoint_breaks of base/crashpoint.h) the proof must
find out: a claim that is issued twice, a success that is none, two rows with one attempt, a secret that is
told, a limit that is not kept.  `intent` and `codes` are taken away in crash.py and codes.py.
"""
import re
import time

from common import KEY, PASSWORD, Wrong, address, said, wait
from lies import EMPTY, SOMEBODY, Lied

ROWS = 10
DENIED = [{"route": route, "kind": "status", "status": 500, "errorMessage": "Not for you", "every": 1}
          for route in ("attempts", "success")]
FAILED = {"route": "status", "kind": "status", "status": 200, "every": 1,
          "body": {"success": False, "error": "Error: bookkeeping broke"}}
RETRY = ["--retry-failed", "--no-skip-claimed"]


def lost(*places, taken=True):
    return {"route": "complete", "kind": "reset-after" if taken else "reset-before", "at": list(places)}


def answered(route, status, body, **when):
    return {"route": route, "kind": "status", "status": status, "body": body} | (when or {"every": 1})


class Ruled(Lied):
    """Ten rows, one after the other."""

    def __init__(self, folder, broken, rows=ROWS, arguments=("--in-flight", "1", "--rate", "none"), **config):
        super().__init__(folder, [address(i) for i in range(rows)], config, arguments, broken)

    def claim(self, *faults):
        self.server.tell("faults", list(faults))
        return self.run()


# ---- what is lost ----

def fence(trial):
    """A list that shows nothing proves nothing."""
    trial.claim(lost(3, 5, 10), *EMPTY)


def lag(trial):
    """A list that shows the row before does not yet have to show the last one."""
    trial.arguments += ["--settle-timeout", "6s", "--timeout", "5s"]
    trial.server.tell("config", {"reads": {"lagMs": 6000}})
    trial.claim({"route": "complete", "kind": "slow", "delayMs": 3000, "at": [ROWS - 1]}, lost(ROWS))


def stretch(trial):
    """A host that is behind answers for the address; what one page of the claim's list shows is not all of it."""
    trial.server.tell("config", {"claims": [{"claimId": "c1", "attemptsPage": {"size": 1}}]})
    trial.claim(lost(3), answered("attempts", 200, {"docs": []}, addresses=[address(2)]),
                answered("success", 200, {"successCount": 0}, addresses=[address(2)]))


def count(trial):
    """Lists that leave out what the count of successes has, of a claim whose numbers do not tell."""
    drawn = [{"address": address(100 + n), "claimNumber": n} for n in (7, 5)]
    trial.server.tell("config", {"claims": [{"claimId": "c1", "attempts": drawn,
                                             "attemptsPage": {"without": [address(2)]}}]})
    trial.claim(lost(3))


def baseline(trial):
    """What was not there before is ours."""
    trial.claim(lost(3, 5))


def stamps(trial):
    """The clock that stamps is put back."""
    everybody = trial.people
    trial.server.tell("config", {"clocks": {"attemptsMs": 3600000}})
    trial.people = everybody[:5]
    trial.write("in.csv", trial.people)
    trial.claim()
    trial.server.tell("config", {"clocks": {"attemptsMs": 0}})
    trial.people = everybody
    trial.write("in.csv", trial.people)
    trial.claim(lost(2))


def forgotten(trial):
    """Accepted and forgotten is not absent."""
    trial.claim(answered("status", 500, {"error": "No doc found", "errorMessage": "No doc found"}), *EMPTY)


# ---- what is somebody else's ----

def foreign(trial):
    """The attempt of another row; the server of 2024 does not tell whose a status is."""
    trial.server.tell("config", {"behaviour": "IDX"})
    everybody = trial.people
    trial.people = everybody[:5]
    trial.write("in.csv", trial.people)
    trial.claim()
    attempt = trial.rows()[0]["attempt_id"]
    trial.people = everybody
    trial.write("in.csv", trial.people)
    trial.claim(answered("complete", 200, {"claimAttemptId": attempt}))


def zeros(trial):
    """A simulation's attempt, which is a success for ever."""
    trial.claim(answered("complete", 200, {"claimAttemptId": "0" * 32}),
                answered("status", 200, {"success": True, "error": ""}))


def status(trial):
    """Another recipient's success."""
    trial.server.tell("config", {"claims": [{"claimId": "c1", "failInQueue": {
        "addresses": [address(1)], "error": "User in denylist"}}]})
    trial.claim(answered("status", 200, {"success": True, "error": "", "bitbadgesAddress": SOMEBODY}))


def listed(trial):
    """A list that is about another claim."""
    trial.claim(lost(3, taken=False), answered("attempts", 200, {"docs": [{
        "claimId": "c9", "success": True, "attemptedAt": str(int(time.time() * 1000)), "claimAttemptId": "aa",
        "bitbadgesAddress": SOMEBODY, "claimNumber": 1}]}, at=list(range(2, 100))),  # the first is before the run
                answered("status", 200, {"success": True, "error": ""}))


# ---- what is sent again ----

def failed(trial):
    """Rows that the server calls failed, and has done."""
    trial.excused.update(trial.people)
    trial.claim(FAILED)


def retry(trial):
    """It is looked first whether it was taken all the same."""
    failed(trial)
    trial.server.tell("faults", [])
    trial.run(*RETRY)


def denied(trial):
    """Told nothing, nothing is sent."""
    failed(trial)
    trial.server.tell("faults", DENIED)
    trial.run(*RETRY)


def resend(trial):
    """Once more is once."""
    nobody = {"route": "complete", "kind": "reset-before", "addresses": [address(ROWS - 1)]}
    trial.claim(nobody, *EMPTY)
    sent = trial.server.counter("complete")
    process = trial.launch("--resend-unknown")
    twice = trial.server.reached("complete", sent + 2, 20000) if trial.broken else False
    if twice:
        process.kill()
    wait(process)
    if trial.server.counter("complete") > sent + 1:
        raise Wrong("sent again and again")


def doubtful(trial):
    """Refused, for it was taken the time before."""
    trial.claim(lost(ROWS), *EMPTY)
    trial.server.tell("faults", [answered("complete", 400, {"errorMessage": "Already claimed"}), *EMPTY])
    trial.run("--resend-unknown")


def closed(trial):
    """Refused for the claim's sake, and taken all the same: seen before it is sent again."""
    trial.on_refusals = ()
    trial.claim({"route": "complete", "kind": "status", "status": 400, "processed": True,
                 "errorMessage": "Overall max uses exceeded (Claim)", "at": [3]})
    trial.server.tell("faults", [])
    trial.run("--no-skip-claimed")


def guard(trial):
    """A ledger that lacks its -wal, after kill -9."""
    trial.server.tell("faults", [{"route": "complete", "kind": "slow", "delayMs": 30, "every": 1}])
    trial.arguments.append("--no-skip-claimed")
    process = trial.launch()
    trial.server.reached("complete", ROWS // 2, 20000)
    process.kill()
    wait(process)
    trial.settle()
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (trial.ledger / name).unlink(missing_ok=True)
    code = wait(trial.launch())
    trial.judge_doubled()
    if code != 5:
        raise Wrong(f"it ends with {code}: {said(trial.process)}")


# ---- and else ----

def redact(trial):
    """A server that repeats what it was told."""
    trial.claim(answered("complete", 400, {"errorMessage": f"wrong: {PASSWORD}, {KEY}"}, at=[4]))


def limit(trial):
    """… in which there are polls as well."""
    trial.people = [address(i) for i in range(60)]
    trial.write("in.csv", trial.people)
    trial.limit = 20
    trial.server.tell("config", {"rateLimit": {"limit": trial.limit, "windowMs": 1000, "headers": "none"}})
    trial.arguments = ["--rate", "20/1s", "--burst", "5", "--in-flight", "4"]
    trial.claim()


# What is found out when the rule is taken away.
RULES = {
    "fence": (fence, "doubled"), "lag": (lag, "doubled"), "count": (count, "doubled"),
    "stretch": (stretch, "doubled"),
    "baseline": (baseline, "doubled"), "stamps": (stamps, "doubled"),
    "forgotten": (forgotten, "may not become planned"),
    "foreign": (foreign, "one attempt|knows nothing"), "zeros": (zeros, "knows nothing|one attempt"),
    "status": (status, "knows nothing"), "list": (listed, "knows nothing"), "retry": (retry, "doubled"),
    "denied": (denied, "doubled"), "resend": (resend, "again and again"),
    "doubtful": (doubtful, "has failed, and has the claim"), "closed": (closed, "knows nothing"),
    "redact": (redact, "secret"),
    "guard": (guard, "doubled"), "limit": (limit, "in a window"),
}


def once(folder, scenario, broken):
    """What is wrong, or None."""
    trial = Ruled(folder, broken)
    try:
        scenario(trial)
        return None
    except Wrong as e:
        return str(e)
    finally:
        trial.close()


def test_rule(folder, rule):
    scenario, expected = RULES[rule]
    (folder / "with").mkdir()
    (folder / "without").mkdir()
    problem = once(folder / "with", scenario, None)
    if problem:
        raise Wrong(problem)
    problem = once(folder / "without", scenario, rule)
    if not problem or not re.search(expected, problem):
        raise Wrong(f"without the rule, {problem or 'nothing is wrong'}: this proof shows nothing")
    return f"found out: {problem[:100]}"
