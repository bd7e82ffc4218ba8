#!/usr/bin/env python3
"""claimpipe mail and a real mail server: Postfix, with TLS and AUTH, whose mailbox is read back.

    BUILD=build tests/mail_test.py [NAME...]

tests/mta.py runs Postfix from BUILD/mta, for as long as this takes.  What arrives is taken apart by Python's email
module, and by zbarimg where it is a picture of a QR code.  It wants root; somebody else's is run by sudo.  Prints TAP.
"""
import email.utils
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import mailing
import mta
from authority import Authority
from mailing import PASSWORD, SMTP_PASSWORD, Failure, Mailing, defects, equal, parse, want

USERS = {"ann": PASSWORD, "deputy": "another"}
COURSE = "Safety at sea, on land and in the air"
LONG = "A course whose name nobody wanted to shorten, " * 6 + "Ünïcode 🎓 included to the very end of its three hundred characters"
PEOPLE = [  # (name, address, to whom the server delivers, subject's course)
    ("Ann Lee", "ann@example.org", None, COURSE),
    ("Ünïcode Nämé-Größe", "unicode@example.org", None, "Größenlehre"),
    ("李小龍", "li@example.org", None, "漢字入門"),
    ("أحمد بن محمد", "ahmad@example.org", None, "دورة السلامة"),
    ("x\u202eevil\u202c שלום", "rtl@example.org", None, "‏עברית‏ and English"),
    ('Quo"te "Q" O\'Neil', "quotes@example.org", None, 'The "best" course'),
    ("Lee, Bob (Sales); <bob@evil.test>", "comma@example.org", None, "A, B; C: D <x@y>"),
    ("Back\\slash, =?utf-8?q?not_a_word?=", "words@example.org", None, "=?utf-8?q?not_a_word?="),
    ("Maximiliana " + "von und zu Hohenstein-" * 12 + "Löwenburg", "long@example.org", None, LONG),
    ("X" * 300, "solid@example.org", None, "Y" * 300),
    ("👩‍👩‍👧‍👦 Family", "emoji@example.org", None, "🎉🎉🎉 " * 30 + "done"),
    ("e\u0301 combining", "combining@example.org", None, "a\u0308o\u0308"),
    ("Plus", "plus+course.2026@example.org", None, "C++"),
    ("Odd", "o'brien_{x}|y~z@example.org", None, "100 % done & <b>more</b>"),
    ("Bücher", "bob@bücher.example", "bob@xn--bcher-kva.example", COURSE),
    ("Domain", "li@例え.jp", "li@xn--r8jz45g.jp", COURSE),
    ("Capital", "Carol.Smith@EXAMPLE.org", "Carol.Smith@example.org", COURSE),
    ("Local", "jürgen@bücher.example", "jürgen@xn--bcher-kva.example", COURSE),
    ("", "nameless@example.org", None, COURSE),
]
BAD = [  # (name, address, word of the error)
    ("Two\r\nBcc: evil@evil.test", "lines@example.org", "To holds a line break"),
    ("Nul", "nobody at example.org", "Email"),
    ("None", "", "Email"),
    ("List", "a@example.org, b@example.org", "Email"),
    ("Injected", "a@example.org>\r\nRCPT TO:<evil@evil.test", "Email"),
]
LETTER = """From: =?utf-8?q?Kursb=C3=BCro?= <courses@bücher.example>
To: {{Name|}} <{{Email}}>
Reply-To: help+{{Number}}@example.org
Subject: 🎓 {{Course}}: your code
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Dear {{Name|friend}},

.the code for {{Course}} is {{code}}
..
From here on: {{link}}
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<p>Dear {{Name|friend}},</p><p>the code for <b>{{Course}}</b> is <code>{{code}}</code>: <a href="{{link}}">here</a>,
or with a telephone:</p>
{{qr}}
--b--
"""
LETTER_OF_JOB = """From: Courses <courses@example.org>
To: {{Name}} <{{Email}}>
Subject: {{code}}

Your code is {{code}}.
"""
PORTS = {"starttls": lambda server: f"smtp://127.0.0.1:{server.starttls}", "smtps": lambda server: f"smtps://127.0.0.1:{server.smtps}",
         "ascii": lambda server: f"smtps://127.0.0.1:{server.ascii}"}
AUTHORITY = None


def login(*more):
    return ["--cacert", AUTHORITY.ca, "--smtp-user", "ann", *SMTP_PASSWORD, *more]


def link(number):
    return f"https://claims.example.org/claim/c{number}?code=CODE-{number}&name=Ü"


def table(people=PEOPLE, bad=BAD):
    header = ["Number", "Name", "Email", "Course", "code", "link", "File"]
    return [header, *([n, name, to, course, f"CODE-{n}", link(n), f"files/{n}/Zeugnis {n} — Größe 李.pdf"]
                      for n, (name, to, _, course) in enumerate(people)),
            *([n, name, to, COURSE, f"CODE-{n}", link(n), f"files/{n}/x.pdf"] for n, (name, to, _) in enumerate(bad, len(people)))]


def file_of(number):
    """Every byte there is, and lines that a server might take for its own."""
    return bytes(range(256)) * 40 + f"\r\n.\r\nQUIT\r\n{number}\n.\n".encode()


def write_files(job, rows):
    for row in rows[1:]:
        path = job.path(row[-1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file_of(row[0]))


def delivered(server, count):
    """address -> message"""
    mails = [parse(content) for content in server.mails(count)]
    found = {str(mail["Delivered-To"]): mail for mail in mails}
    equal(len(found), len(mails), "each has one")
    return found


def judge_fields(mail, row, result):
    token = result["attempt_id"].strip("<>").partition("@")[0]
    want(re.fullmatch("[0-9a-f]{32}", token), result)
    equal(defects(mail), [])
    equal(mail["From"].addresses[0].display_name, "Kursbüro")
    equal(mail["From"].addresses[0].domain, "xn--bcher-kva.example")
    equal(mailing.name_before(mail, "To"), row["Name"])
    equal(len(mail["To"].addresses), 1)
    equal(mail["Subject"], f"🎓 {row['Course']}: your code")
    equal(mail["Reply-To"], f"help+{row['Number']}@example.org")
    want(mail["Message-ID"].startswith(f"<{token}@"), mail["Message-ID"], token)
    equal(mail["Return-Path"], f"<bounces+{token}@example.org>")
    equal(mail["Auto-Submitted"], "auto-generated")
    equal(mail["List-Unsubscribe"], f"<https://example.org/off?who={row['Number']}>")
    equal(mail["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
    equal(mail["MIME-Version"], "1.0")
    want(abs(mail["Date"].datetime.timestamp() - email.utils.localtime().timestamp()) < 600, mail["Date"])
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Reply-To", "Auto-Submitted"):
        equal(len(mail.get_all(name)), 1, name)
    equal([name for name in mail.keys() if name.lower() in ("bcc", "x-mailer", "evil")], [])


def judge_bytes(content, row):
    """Lines as RFC 5322 and 5321 allow them; and ASCII, unless the address itself is not."""
    own = content[content.index(b"\n", content.index(b"\tfor <")) + 1:]
    lines = own.split(b"\n")
    want(max(map(len, lines)) <= 998, max(lines, key=len))
    header = lines[:lines.index(b"")]
    unfoldable = [line for line in header if len(line) > 78 and b" " in line.strip()[1:].partition(b": ")[2]]
    equal(unfoldable, [], "lines of the header that could be shorter")
    want(row["Email"].partition("@")[0].isascii() is False or own.isascii(), [line for line in lines if not line.isascii()][:3])


def judge_parts(mail, row):
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    for part in text, html:
        equal((part.get_content_charset() or "").lower(), "utf-8")
    said = text.get_content().replace("\r\n", "\n")
    for words in f"Dear {row['Name'] or 'friend'},", f"\n.the code for {row['Course']} is {row['code']}\n..\n", row["link"]:
        want(words in said, words, said)
    said = html.get_content()
    escaped = row["Course"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    want(f"<b>{escaped}</b>" in re.sub("&#34;", "&quot;", said), escaped, said)
    want(row["link"].replace("&", "&amp;") in said, said)
    files = [part for part in mail.walk() if part.get_content_disposition() == "attachment"]
    equal([part.get_filename() for part in files], [os.path.basename(row["File"])])
    equal(files[0].get_content_type(), "application/pdf")
    equal(files[0].get_payload(decode=True), file_of(row["Number"]))
    return said


def judge_picture(mail, html, row, folder):
    """The picture that the HTML shows where {{qr}} stood says what the link says."""
    cid = re.search(r'<img[^>]*src="cid:([^"]+)"', html)
    want(cid, html)
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    equal([part["Content-ID"] for part in pictures], [f"<{cid[1]}>"])
    equal([(part.get_content_disposition(), part.get_filename()) for part in pictures], [("inline", "qr.png")])
    picture = os.path.join(folder, f"qr{row['Number']}.png")
    with open(picture, "wb") as f:
        f.write(pictures[0].get_payload(decode=True))
    run = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture], capture_output=True, text=True,
                         timeout=60, check=False)
    equal(run.stdout.rstrip("\n"), row["link"])


def more_options():
    return ["--attach", "{{File}}", "--bounces-to", "bounces@example.org", "--unsubscribe",
            "https://example.org/off?who={{Number}}", "--one-click"]


def test_people(folder):
    """names and addresses of all kinds arrive as they are, with a file and a QR code each; twice, and nobody has two"""
    rows = table()
    job = Mailing(folder, rows, LETTER)
    write_files(job, rows)
    with mta.Postfix(AUTHORITY, USERS) as server:
        said = job.run(PORTS["starttls"](server), *login(), *more_options(), code=1)
        equal(job.statuses(), {"success": len(PEOPLE), "invalid": len(BAD)}, said)
        results = job.rows()
        mails = delivered(server, len(PEOPLE))
        for (_, to, at, _), row in zip(PEOPLE, results):
            mail = mails[at or to]
            judge_fields(mail, row, row)
            judge_picture(mail, judge_parts(mail, row), row, folder)
            want("handed over" in row["note"] and "deliver" not in row["note"], row)
        for content in server.mails(len(PEOPLE)):
            number = re.search(rb"help\+(\d+)@", content)[1]
            judge_bytes(content, results[int(number)])
        for (_, _, word), row in zip(BAD, results[len(PEOPLE):]):
            want(word in row["error"], row)
        for port in "starttls", "smtps":
            job.run(PORTS[port](server), *login(), *more_options(), "--fail-on", "any", code=1)
            equal(job.statuses(), {"duplicate": len(PEOPLE), "invalid": len(BAD)})
        equal(server.received(), len(PEOPLE))
        want("sasl_username=ann@" in server.log() and "Anonymous TLS connection established" in server.log(), server.log())
    job.tells_no_secret()


def test_larger(folder):
    """the next night's file is larger: only who is new gets a message; over kept connections, several at once"""
    job = Mailing(folder, 60)
    with mta.Postfix(AUTHORITY, USERS) as server:
        job.run(PORTS["smtps"](server), *login("--per-connection", "10", "--in-flight", "3"))
        job.write(90)
        job.run(PORTS["smtps"](server), *login("--per-connection", "10", "--in-flight", "3"))
        equal(job.statuses(), {"duplicate": 60, "success": 30})
        found = delivered(server, 90)
        equal(set(found), {mailing.address(i) for i in range(90)})
        for i in range(90):
            want(f"your code is CODE-{i}\n" in found[mailing.address(i)].get_content(), i)
        # of a connection: how many messages, as the server counts them
        counts = [int(n) for n in re.findall(r"disconnect from .* data=(\d+)", server.log())]
        equal(sum(counts), 90, server.log()[-2000:])
        want(max(counts) <= 10 and len(counts) <= 20, counts)


def test_refused(folder):
    """what a real server says no to, and when: those rows say so in its words, and everybody else has theirs"""
    rows = [["Name", "Email", "code"], ["Ann", "ann@example.org", "A"], ["No", "nobody@example.org", "B"],
            ["Refused", "refused@example.org", "C"], ["Bob", "bob@example.org", "D"]]
    job = Mailing(folder, rows)
    with mta.Postfix(AUTHORITY, USERS) as server:
        job.run(PORTS["starttls"](server), *login(), code=1)
        got = job.rows()
        equal([row["status"] for row in got], ["success", "failed", "failed", "success"])
        want("550" in got[1]["error"] and "User unknown" in got[1]["error"], got[1])
        want("Not wanted here" in got[2]["error"], got[2])
        equal(set(delivered(server, 2)), {"ann@example.org", "bob@example.org"})


def test_ascii(folder):
    """a server without SMTPUTF8: an address that needs it fails by itself, a domain that does not goes by its ASCII form"""
    rows = [["Name", "Email", "code"], ["Jürgen", "jürgen@example.org", "A"], ["Bücher", "bob@bücher.example", "B"]]
    job = Mailing(folder, rows)
    with mta.Postfix(AUTHORITY, USERS) as server:
        job.run(PORTS["ascii"](server), *login(), code=1)
        got = job.rows()
        equal([row["status"] for row in got], ["failed", "success"])
        want("SMTPUTF8" in got[0]["error"], got[0])
        mail = delivered(server, 1)["bob@xn--bcher-kva.example"]
        equal(mail["To"].addresses[0].display_name, "Bücher")


def test_strangers(folder):
    """a wrong password, no password, a sender that may not: it stops, nothing is sent, and it says what to do"""
    job = Mailing(folder, 3)
    with mta.Postfix(AUTHORITY, USERS) as server:
        for port in "starttls", "smtps":
            for words, more, env in (("535", login(), {"SMTP_PASSWORD": "wrong"}), ("", ["--cacert", AUTHORITY.ca], {}),
                                     ("certificate", ["--smtp-user", "ann", *SMTP_PASSWORD], {})):
                said = job.run(PORTS[port](server), *more, code=4, **env)
                want(words in said, words, said)
                equal(job.statuses(), {"unsent": 3}, said)
        letter = job.path("letter.eml").read_text()
        job.path("letter.eml").write_text(letter.replace("courses@", "banned@"))
        said = job.run(PORTS["smtps"](server), *login(), code=4)
        want("This sender is banned" in said, said)
        job.path("letter.eml").write_text(letter)
        equal(server.received(), 0)
        job.run(PORTS["smtps"](server), *login())
        equal(server.received(), 3)
    job.tells_no_secret()


def test_sample(folder):
    """--test-to sends one real message to oneself, and the ledger knows nothing of it"""
    job = Mailing(folder, 3)
    with mta.Postfix(AUTHORITY, USERS) as server:
        job.run(PORTS["smtps"](server), *login("--test-to", "me@example.net"))
        mail = delivered(server, 1)["me@example.net"]
        want("your code is CODE-0\n" in mail.get_content(), mail)
        job.run(PORTS["smtps"](server), *login())
        equal(job.statuses(), {"success": 3})
        equal(server.received(), 4)


def test_outbox(folder):
    """what --outbox writes is, but for the way, what the server gets"""
    rows = table(bad=[])
    job = Mailing(folder, rows, LETTER)
    write_files(job, rows)
    job.run("out", *more_options())
    equal(job.statuses(), {"success": len(PEOPLE)})
    written = [path.read_bytes() for path in sorted(job.path("out").glob("*.eml"))]
    equal(len(written), len(PEOPLE))
    for content in written:
        mail = parse(content)
        row = job.rows()[int(re.search(r"help\+(\d+)@", str(mail["Reply-To"]))[1])]
        equal(defects(mail), [])
        equal(mail["Subject"], f"🎓 {row['Course']}: your code")
        judge_picture(mail, judge_parts(mail, row), row, folder)
    job.run("out", *more_options())
    equal(job.statuses(), {"duplicate": len(PEOPLE)})
    equal(len(list(job.path("out").glob("*.eml"))), len(PEOPLE))
    # to practise is not to send: the server's mail is another target
    with mta.Postfix(AUTHORITY, USERS) as server:
        job.run(PORTS["smtps"](server), *login(), *more_options())
        equal(job.statuses(), {"success": len(PEOPLE)})
        delivered(server, len(PEOPLE))


def test_job(folder):
    """a job gives each a code, and mails it: the next night's file gives and mails only what is new"""
    job = Mailing(folder, [["Name", "Email"], *([f"Person {i}", mailing.address(i)] for i in range(20))], LETTER_OF_JOB)
    job.path("codes.txt").write_text("".join(f"SEA-{i:03}-{i * 7919 % 1000:03}\n" for i in range(100)))
    with mta.Postfix(AUTHORITY, USERS) as server:
        job.path("job.json").write_text(json.dumps({
            "input": {"email": "Email"}, "mail": {"smtp": PORTS["smtps"](server), "user": "ann", "password_from": "env:SMTP_PASSWORD"},
            "steps": [{"action": "code", "codes": "codes.txt"},
                      {"action": "mail", "template": "letter.eml", "bounces_to": "bounces@example.org"}]}))
        words = ["run", "job.json", "in.csv", "--cacert", AUTHORITY.ca, "-o", "out.csv", "--ledger", "ledger.db"]
        job.words = lambda *_: [mailing.BUILD / "claimpipe", *words]
        for people in 20, 30:
            job.write([["Name", "Email"], *([f"Person {i}", mailing.address(i)] for i in range(people))])
            job.run("")
            equal(job.statuses(), {"success": 20} if people == 20 else {"duplicate": 20, "success": 10})
        found = delivered(server, 30)
        codes = {row["Email"]: row["step1_code"] for row in job.rows()}
        equal(len(set(codes.values())), 30)
        for to, mail in found.items():
            want(f"Your code is {codes[to]}." in mail.get_body(("plain",)).get_content(), to, codes[to], mail)
        equal(server.received(), 30)


def by_sudo():
    """Postfix wants root."""
    if os.geteuid() != 0 and shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0:
        kept = [f"{name}={value}" for name, value in os.environ.items() if name in ("BUILD", "PATH", "LC_ALL", "ASAN_OPTIONS")]
        os.execvp("sudo", ["sudo", "-n", *kept, sys.executable, *sys.argv])


def main():
    global AUTHORITY
    by_sudo()
    if mta.lacking():
        print(f"not ok 1 - a real mail server: {mta.lacking()}\n1..1")
        return 1
    with tempfile.TemporaryDirectory(prefix="claimpipe-mail-") as folder:
        AUTHORITY = Authority(folder)
        return mailing.run_tests(sys.modules[__name__], 2)


if __name__ == "__main__":
    sys.exit(main())
