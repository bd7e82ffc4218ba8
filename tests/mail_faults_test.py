#!/usr/bin/env python3
"""claimpipe mail and mail servers that do what none should: each reply at each stage, cuts, silence, wrong TLS.

    BUILD=build tests/mail_faults_test.py [NAME...]

tests/smtpd.py is the server, one for each test.  Whatever it does, its journal and the results must agree: see judge.
Nothing waits for a time.  Prints TAP.
"""
import collections
import contextlib
import json
import sys

import mailing
import smtpd
from mailing import PASSWORD, SMTP_PASSWORD, SMTP_TOKEN, TOKEN, Mailing, address, defects, equal, parse, until, want

ROWS = 4
TIMES = ["--connect-timeout", "2s", "--tries", "3", "--in-flight", "1", "--patience", "3s", "--fail-on", "any"]
SUCCESS, FAILED, UNKNOWN, UNSENT = "success", "failed", "unknown", "unsent"


def taken_of(server):
    """address -> the messages that the server has taken for it"""
    taken = collections.defaultdict(list)
    for event in server.messages():
        if event["taken"]:
            for to in event["to"]:
                taken[to].append(event["content"])
    return taken


def judge(job, server):
    """What must hold after each execution, whatever the server does."""
    taken = taken_of(server)
    for row in job.rows():
        n, status = len(taken[row["Email"]]), row["status"]
        want(n <= 1, f"{row['Email']} has had {n} messages", row)
        want(status not in (SUCCESS, "duplicate") or n == 1, f"{status}, and the server has taken none", row)
        want(status not in (FAILED, UNSENT, "invalid") or n == 0, f"{status}, and the server has taken one", row)
        want(status in (SUCCESS, "duplicate", UNSENT) or row["error"], f"{status}, and nobody says why", row)
    for event in server.messages():
        equal(event["faults"], [])
        equal(defects(parse(event["content"].encode("latin-1"))), [])
        equal(len(event["to"]), 1)
    job.tells_no_secret()


def message_ids(server):
    """address -> those of all messages that came for it, taken or not"""
    ids = collections.defaultdict(set)
    for event in server.messages():
        ids[event["to"][0]].add(parse(event["content"].encode("latin-1"))["Message-ID"])
    return ids


def finish(job, server, *more):
    """The server is good from now on: the same command brings everybody who is left their message, and nobody a second
    one; who is unknown is only sent to with --resend-unknown, and that is the same message."""
    server.script.source = {**server.script.source, "rules": []}
    unknown = {row["Email"] for row in job.rows() if row["status"] == UNKNOWN}
    job.run(server.url, *TIMES, *more, code=1 if unknown else None)
    judge(job, server)
    equal({row["Email"] for row in job.rows() if row["status"] == UNKNOWN}, unknown)
    if unknown:
        job.run(server.url, *TIMES, *more, "--resend-unknown", code=None)
    twice = {to for to, messages in taken_of(server).items() if len(messages) > 1}
    equal(twice - unknown, set(), "have had two messages")
    equal({to for to, ids in message_ids(server).items() if len(ids) > 1}, set(), "have had other messages")
    failed = {row["Email"] for row in job.rows() if row["status"] == FAILED}
    equal({row["Email"] for row in job.rows()} - failed - set(taken_of(server)), set(), "have nothing")


@contextlib.contextmanager
def serving(folder, rows=ROWS, script=None, rules=()):
    """(a mailing, its server)"""
    job = Mailing(folder, rows)
    with smtpd.Server({**(script or {}), "rules": list(rules)}, str(job.path("server"))) as server:
        yield job, server


def rule(at, reply=None, **more):
    return {"at": at, **({"reply": reply} if reply else {}), **more}


def case(folder, statuses, rules, code, *words, more=(), rows=ROWS, script=None):
    """One execution under these rules, whose results are these; then the rest, from a good server."""
    with serving(folder, rows, script, rules) as (job, server):
        said = job.run(server.url, *TIMES, *more, code=code)
        judge(job, server)
        equal([row["status"] for row in job.rows()], statuses, said)
        told = said + "".join(row["error"] + row["note"] for row in job.rows())
        for word in words:
            want(word in told, f"{word!r} is not said", told)
        finish(job, server, *more)
        return server.events()


ALL, NONE = [SUCCESS] * ROWS, [UNSENT] * ROWS
ONE = {"to": address(1)}
LATER = ("--mail-later", "0s")  # what is put off is tried at once, a few times, and then left to the next run
# stage: (what happens, results, exit code, words)
STAGES = {
    "connect": [(rule("connect", "554 5.3.2 no service today"), NONE, 4, ["554", "no service today"]),
                (rule("connect", "421 4.3.2 too busy", times=1), ALL, 0, []),
                (rule("connect", close="before"), NONE, 4, []),
                (rule("connect", close="before", reset=True, times=1), ALL, 0, []),
                (rule("connect", delay=2.5), ALL, 0, []),  # longer than the server may take to be reached
                (rule("connect", "nonsense"), NONE, 4, []),
                (rule("connect", "220-first\n220-second\n220 third"), ALL, 0, [])],
    "ehlo": [(rule("ehlo", "502 5.5.1 what?"), ALL, 0, []),
             (rule("ehlo", "421 4.7.0 too many connections", times=1), ALL, 0, []),
             (rule("ehlo", close="before", times=1), ALL, 0, []),
             (rule("ehlo", close="before"), NONE, 4, [])],
    "mail": [(rule("mail", "550 5.7.1 you may not send"), NONE, 4, ["550", "you may not send"]),
             (rule("mail", "530 5.7.0 log in first"), NONE, 4, ["530", "log in first"]),
             (rule("mail", "451 4.3.0 later, please", times=1), ALL, 0, []),
             (rule("mail", "452 4.3.1 disk full", times=1), ALL, 0, []),
             (rule("mail", "421 4.7.28 unusual rate", times=2), ALL, 0, []),
             (rule("mail", close="before", times=1), ALL, 0, []),
             (rule("mail", close="before", nth=2), ALL, 0, []),
             (rule("mail", close="before", nth=2, reset=True), ALL, 0, [])],
    "rcpt": [(rule("rcpt", "550 5.1.1 no such user", **ONE), [SUCCESS, FAILED, SUCCESS, SUCCESS], 1, ["550", "no such user"]),
             (rule("rcpt", "550-5.1.1 The account does not exist.\n550 5.1.1 See https://example.org/?p=1", **ONE),
              [SUCCESS, FAILED, SUCCESS, SUCCESS], 1, ["does not exist", "https://example.org/?p=1"]),
             (rule("rcpt", "553 5.1.3 bell \x07 and \x1b[31mred, größe \u202e", **ONE), [SUCCESS, FAILED, SUCCESS, SUCCESS], 1, ["553"]),
             (rule("rcpt", "450 4.2.0 greylisted, come back", **ONE), [SUCCESS, UNSENT, SUCCESS, SUCCESS], 1, ["450", "greylisted"]),
             (rule("rcpt", "452 4.2.2 mailbox full", **ONE), [SUCCESS, UNSENT, SUCCESS, SUCCESS], 1, ["mailbox full"]),
             (rule("rcpt", "421 4.7.0 slow down", times=1, **ONE), ALL, 0, []),
             (rule("rcpt", close="before", times=1, **ONE), ALL, 0, []),
             (rule("rcpt", close="after", times=1, **ONE), ALL, 0, []),
             (rule("rcpt", "251 2.1.5 will forward", **ONE), ALL, 0, [])],
    "data": [(rule("data", "554 5.7.1 we do not like it", **ONE), [SUCCESS, FAILED, SUCCESS, SUCCESS], 1, ["554", "do not like it"]),
             (rule("data", "451 4.3.0 not now", **ONE), [SUCCESS, UNSENT, SUCCESS, SUCCESS], 1, ["451"]),
             (rule("data", close="before", times=1, **ONE), ALL, 0, []),
             (rule("data", "421 4.3.2 closing down", times=1, **ONE), ALL, 0, [])],
    "end": [(rule("end", "554 5.6.0 it looks like spam", **ONE), [SUCCESS, FAILED, SUCCESS, SUCCESS], 1, ["554", "looks like spam"]),
            (rule("end", "552 5.3.4 too large", **ONE), [SUCCESS, FAILED, SUCCESS, SUCCESS], 1, ["too large"]),
            (rule("end", "451 4.7.1 greylisted", **ONE), [SUCCESS, UNSENT, SUCCESS, SUCCESS], 1, ["451", "greylisted"]),
            (rule("end", "452 4.3.1 disk full", **ONE), [SUCCESS, UNSENT, SUCCESS, SUCCESS], 1, ["disk full"]),
            (rule("end", "421 4.3.2 closing down", times=1, **ONE), ALL, 0, []),
            (rule("end", close="before", taken=True, **ONE), [SUCCESS, UNKNOWN, SUCCESS, SUCCESS], 1, []),
            (rule("end", close="before", taken=False, **ONE), [SUCCESS, UNKNOWN, SUCCESS, SUCCESS], 1, []),
            (rule("end", reset=True, taken=True, **ONE), [SUCCESS, UNKNOWN, SUCCESS, SUCCESS], 1, []),
            (rule("end", reset=True, taken=False, **ONE), [SUCCESS, UNKNOWN, SUCCESS, SUCCESS], 1, []),
            (rule("end", close="after", **ONE), ALL, 0, []),
            (rule("end", "nonsense", taken=True, close="after", **ONE), [SUCCESS, UNKNOWN, SUCCESS, SUCCESS], 1, []),
            (rule("end", "250-taken\n250-and\n250 done", **ONE), ALL, 0, [])],
    "quit": [(rule("quit", close="before"), ALL, 0, []), (rule("quit", "500 5.0.0 no"), ALL, 0, []),
             (rule("quit", silent=True), ALL, 0, []),
             (rule("rset", "500 5.0.0 no"), ALL, 0, [])],
}


def stage(folder, name):
    for n, (fault, statuses, code, words) in enumerate(STAGES[name]):
        own = mailing.pathlib.Path(folder, str(n))
        own.mkdir()
        try:
            case(own, statuses, [fault], code, *words, more=LATER)
        except mailing.Failure as e:
            raise mailing.Failure(f"{json.dumps(fault)}: {e}") from e


def test_connect(folder):
    """a greeting that is a refusal, none, or nonsense"""
    stage(folder, "connect")


def test_ehlo(folder):
    """EHLO is refused, put off, cut"""
    stage(folder, "ehlo")


def test_mail(folder):
    """MAIL is refused: it stops; put off: all wait; a kept connection that dies there has sent nothing: again"""
    stage(folder, "mail")


def test_rcpt(folder):
    """RCPT is refused or put off: that row alone, in the server's words"""
    stage(folder, "rcpt")


def test_data(folder):
    """DATA is refused, put off, cut: nothing has left"""
    stage(folder, "data")


def test_end(folder):
    """the final dot is answered by all there is, or not at all: unknown, and never sent again by itself"""
    stage(folder, "end")


def test_quit(folder):
    """what happens behind the last message changes nothing"""
    stage(folder, "quit")


def test_body(folder):
    """cut within a large message: no final dot has left, or it is unknown; never two"""
    for n, fault in enumerate((rule("body", bytes=1000, **ONE, times=1), rule("body", bytes=1000, reset=True, **ONE, times=1),
                               rule("body", "452 4.3.1 disk full", bytes=1000, **ONE, times=1))):
        own = mailing.pathlib.Path(folder, str(n))
        own.mkdir()
        with serving(own, rules=[fault]) as (job, server):
            job.path("large.bin").write_bytes(bytes(range(256)) * 8000)
            attach = ["--attach", "large.bin"]
            job.run(server.url, *TIMES, *attach, code=None)
            judge(job, server)
            want(job.rows()[1]["status"] in (SUCCESS, UNKNOWN, UNSENT), job.rows()[1])
            finish(job, server, *attach)


def test_silent(folder):
    """no answer to the final dot, ever: unknown after --timeout, and the others get theirs over other connections"""
    events = case(folder, [SUCCESS, UNKNOWN, SUCCESS, SUCCESS], [rule("end", silent=True, taken=True, **ONE)], 1,
                  more=("--timeout", "1s"))
    want(len([e for e in events if e["event"] == "connect"]) >= 2, events)


def test_late(folder):
    """the answer to a final dot comes after --timeout, when the next message has begun: it is not taken for an answer to that"""
    rules = [rule("end", delay=1.5, **ONE), rule("mail", delay=1, nth=3), rule("mail", delay=1, connection=2)]
    case(folder, [SUCCESS, UNKNOWN, SUCCESS, SUCCESS], rules, 1, more=("--timeout", "1s"))


def test_mute(folder):
    """no greeting, ever: nothing is sent; no reply to QUIT, of each connection: nobody waits for that, and all is success"""
    own = [mailing.pathlib.Path(folder, name) for name in ("greeting", "goodbye")]
    for path in own:
        path.mkdir()
    case(own[0], NONE, [rule("connect", silent=True)], 4, more=("--timeout", "1s"))
    case(own[1], ALL, [rule("quit", silent=True)], 0, more=("--per-connection", "1"))


def test_slow(folder):
    """a server that takes its time is waited for"""
    case(folder, ALL, [rule(at, delay=0.3, times=1) for at in ("connect", "ehlo", "mail", "rcpt", "data", "end")], 0)


def test_grey(folder):
    """greylisting: everybody is put off once, and has their message in the same run, or in the next"""
    with serving(folder, rules=[rule("rcpt", "450 4.2.0 greylisted", to=address(i), times=1) for i in range(ROWS)]) as (job, server):
        job.run(server.url, *TIMES, "--mail-later", "160ms", code=0)
        equal(job.statuses(), {SUCCESS: ROWS})
        judge(job, server)
    own = mailing.pathlib.Path(folder, "next")
    own.mkdir()
    with serving(own, rules=[rule("rcpt", "450 4.2.0 greylisted", times=5 * ROWS)]) as (job, server):
        job.run(server.url, *TIMES, *LATER, code=None)
        equal(job.statuses(), {UNSENT: ROWS})
        job.run(server.url, *TIMES, *LATER, code=0)
        equal(job.statuses(), {SUCCESS: ROWS})
        judge(job, server)


def test_storm(folder):
    """421 in every other answer, at any stage, over several connections: all wait, and in the end everybody has one"""
    rules = [rule(at, "421 4.7.0 too fast", every=every, times=3) for at, every in
             (("connect", 2), ("mail", 5), ("rcpt", 7), ("data", 6), ("end", 9))]
    with serving(folder, 40, rules=rules) as (job, server):
        job.run(server.url, "--in-flight", "4", "--tries", "3", code=0)
        equal(job.statuses(), {SUCCESS: 40})
        judge(job, server)


def test_never(folder):
    """a server that puts off for ever: the run ends as --max-duration says, nothing is lost, and the next one goes on"""
    for n, fault in enumerate((rule("connect", "421 4.3.2 closing down"), rule("mail", "452 4.3.1 disk full"))):
        own = mailing.pathlib.Path(folder, str(n))
        own.mkdir()
        case(own, NONE, [fault], 4, more=("--max-duration", "2s"))


def test_losses(folder):
    """cuts everywhere, with and without a message taken, several at once: what is unknown is said, the rest is there"""
    rules = [rule("mail", close="before", every=5), rule("rcpt", close="before", every=7, reset=True),
             rule("data", close="before", every=6), rule("end", close="before", taken=True, every=4),
             rule("end", reset=True, taken=False, every=5)]
    with serving(folder, 60, rules=rules) as (job, server):
        job.run(server.url, "--in-flight", "6", "--tries", "30", "--fail-on", "any", code=1)
        judge(job, server)
        counts = job.statuses()
        want(counts.get(UNKNOWN, 0) > 5 and counts.get(SUCCESS, 0) > 20, counts)
        finish(job, server)


def test_stop_rule(folder):
    """a list of addresses that nobody has ends the run after a few, and the rest is unsent"""
    with serving(folder, 60, rules=[rule("rcpt", "550 5.1.1 no such user")]) as (job, server):
        job.run(server.url, *TIMES, "--max-failures", "5", code=4)
        counts = job.statuses()
        want(5 <= counts[FAILED] <= 10 and counts[UNSENT] == 60 - counts[FAILED], counts)
        judge(job, server)


# ---- TLS and AUTH ----

def refused(folder, script, *words, more=(), rules=(), host=None, trusted=True, times=1):
    """Nothing is sent, and it says why."""
    with serving(folder, script=script, rules=rules) as (job, server):
        url = server.url.replace("127.0.0.1", host or "127.0.0.1")
        cacert = ["--cacert", server.ca] if trusted and script.get("tls", "none") != "none" else []
        said = job.run(url, *TIMES, *cacert, *more, code=4)
        equal(job.statuses(), {UNSENT: ROWS}, said)
        for word in words:
            want(word.lower() in said.lower(), word, said)
        equal(server.messages(), [])
        judge(job, server)
        return server.events()


def each(folder, *tests):
    for n, test in enumerate(tests, 1):
        own = mailing.pathlib.Path(folder, str(n))
        own.mkdir()
        try:
            test(own)
        except mailing.Failure as e:
            raise mailing.Failure(f"the {n}. of them: {e}") from e


def test_tls(folder):
    """an authority that is not known, another host's certificate, none that is needed, a handshake that breaks off"""
    def wrong(tls, *words, **more):
        return lambda own: refused(own, {"tls": tls, **more.pop("script", {})}, *words, **more)
    other = {"names": ["other.example"], "addresses": ["127.0.0.9"]}
    each(folder, *(wrong(tls, "certificate", trusted=False) for tls in ("starttls", "implicit")),
         *(wrong(tls, "certificate", script=other) for tls in ("starttls", "implicit")),
         *(wrong(tls, rules=[rule("tls")]) for tls in ("starttls", "implicit")),
         # 0.0.0.0 reaches this machine and is not called loopback
         wrong("starttls", "TLS", rules=[rule("starttls", "501 5.5.4 TLS not available")], host="0.0.0.0"),
         wrong("none", "TLS", host="0.0.0.0"))


def test_plain_loopback(folder):
    """on loopback a server without TLS will do; one that offers it is asked for it, and nothing goes on if it then refuses"""
    def plain(own):
        with serving(own) as (job, server):
            job.run(server.url)
            equal(job.statuses(), {SUCCESS: ROWS})

    def offered(own):
        with serving(own, script={"tls": "starttls"}) as (job, server):
            job.run(server.url, "--cacert", server.ca)
            want(server.events("tls"), server.events())
            judge(job, server)

    def refusing(own):
        script = {"tls": "starttls", "auth": ["PLAIN"], "plainAuth": True, "users": {"ann": PASSWORD}}
        events = refused(own, script, "not available", more=["--smtp-user", "ann", *SMTP_PASSWORD],
                         rules=[rule("starttls", "501 5.5.4 TLS not available")])
        equal([e for e in events if e["event"] in ("auth", "mail")], [], "it went on without TLS")

    def implicit(own):
        with serving(own, script={"tls": "implicit"}) as (job, server):
            job.run(server.url, "--cacert", server.ca)
            equal(job.statuses(), {SUCCESS: ROWS})
    each(folder, plain, offered, refusing, implicit)


def test_auth(folder):
    """each mechanism, also with a token; refused: it stops, at once and for all; put off: again"""
    def good(mechanism, how):
        def test(own):
            script = {"tls": "implicit", "auth": [mechanism], "users": {"ann": PASSWORD}, "tokens": {"ann": TOKEN}}
            with serving(own, script=script) as (job, server):
                job.run(server.url, "--cacert", server.ca, "--smtp-user", "ann", *how)
                equal(job.statuses(), {SUCCESS: ROWS})
                want(all(e["ok"] and e["tls"] and e["mechanism"] == mechanism for e in server.events("auth")), server.events())
                judge(job, server)
        return test

    def bad(own):
        script = {"tls": "implicit", "auth": ["PLAIN", "LOGIN"], "users": {"ann": "another"}}
        events = refused(own, script, "535", more=["--smtp-user", "ann", *SMTP_PASSWORD, "--in-flight", "4"])
        # a server may lock who is wrong too often
        want(1 <= len([e for e in events if e["event"] == "auth"]) <= 4, events)

    def later(own):
        script = {"tls": "implicit", "auth": ["PLAIN"], "users": {"ann": PASSWORD}}
        with serving(own, script=script, rules=[rule("auth", "454 4.7.0 temporary failure", times=1)]) as (job, server):
            job.run(server.url, *TIMES, "--cacert", server.ca, "--smtp-user", "ann", *SMTP_PASSWORD)
            equal(job.statuses(), {SUCCESS: ROWS})

    def not_offered(own):
        refused(own, {"tls": "implicit"}, "log in", more=["--smtp-user", "ann", *SMTP_PASSWORD])

    def not_for_tokens(own):
        script = {"tls": "implicit", "auth": ["PLAIN", "LOGIN"], "users": {"ann": PASSWORD}}
        events = refused(own, script, "log in", more=["--smtp-user", "ann", *SMTP_TOKEN])
        equal([e for e in events if e["event"] == "auth"], [], "it went on without the token")
    each(folder, good("PLAIN", SMTP_PASSWORD), good("LOGIN", SMTP_PASSWORD), good("CRAM-MD5", SMTP_PASSWORD),
         good("XOAUTH2", SMTP_TOKEN), good("OAUTHBEARER", SMTP_TOKEN), bad, later, not_offered, not_for_tokens)


def test_size(folder):
    """a server that says how large a message may be: the row that is larger fails, and is not sent in vain"""
    with serving(folder, script={"features": ["8BITMIME", "SIZE 20000"]}) as (job, server):
        rows = [["Name", "Email", "code", "File"], ["Ann", address(0), "A", "small"], ["Bob", address(1), "B", "large"]]
        job.write(rows)
        job.path("small").write_bytes(b"x" * 100)
        job.path("large").write_bytes(b"x" * 100000)
        job.run(server.url, *TIMES, "--attach", "{{File}}", code=1)
        equal([row["status"] for row in job.rows()], [SUCCESS, FAILED])
        want("552" in job.rows()[1]["error"], job.rows()[1])
        judge(job, server)


# ---- several at once ----

def test_two(folder):
    """two processes with one ledger: each person has one message, and each row an end"""
    with serving(folder, 60, rules=[rule("rcpt", delay=0.01)]) as (job, server):
        first = job.start(server.url, "--in-flight", "2")
        until(lambda: len(server.messages()) >= 3, "some messages")
        second = job.start(server.url, "--in-flight", "2", "--quiet")
        job.end(second)
        job.end(first)
        equal({to: len(messages) for to, messages in taken_of(server).items()}, {address(i): 1 for i in range(60)})
        want(first.returncode in (0, 1, 4, 5) and second.returncode in (0, 1, 4, 5), first.returncode, second.returncode)
        job.run(server.url)
        equal(job.statuses(), {"duplicate": 60})


def test_interrupted(folder):
    """Ctrl-C: what is under way is ended, the rest is unsent, and the same command goes on"""
    with serving(folder, 60, rules=[rule("rcpt", delay=0.02)]) as (job, server):
        process = job.start(server.url, "--in-flight", "2")
        until(lambda: len(server.messages()) >= 5, "some messages")
        process.send_signal(mailing.signal.SIGINT)
        job.end(process, 130)
        judge(job, server)
        counts = job.statuses()
        want(counts[SUCCESS] >= 5 and counts.get(UNSENT, 0) > 10 and not counts.get(UNKNOWN), counts)
        job.run(server.url)
        equal({to: len(messages) for to, messages in taken_of(server).items()}, {address(i): 1 for i in range(60)})


def test_rate(folder):
    """--rate is kept, whatever the server could take"""
    with serving(folder, 30) as (job, server):
        process = job.start(server.url, "--rate", "20/h", "--in-flight", "8")
        until(server.messages, "a message")
        process.send_signal(mailing.signal.SIGINT)
        job.end(process, 130)
        want(job.statuses().get(SUCCESS, 0) <= 20, job.statuses())
        until(lambda: len(server.messages()) == job.statuses()[SUCCESS], "as many as there are successes")
        judge(job, server)


if __name__ == "__main__":
    sys.exit(mailing.run_tests(sys.modules[__name__]))
