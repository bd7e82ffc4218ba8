#!/usr/bin/env python3
"""Messages as other programs read them: what `claimpipe mail --outbox` writes, read by Python's email module and zbar.

BUILD: the folder of the build.  Prints TAP.
"""
import email
import email.policy
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
TREE = "\U0001f333"
LONG = "Badge " + TREE * 60 + " für alle, die dabei waren: " + "x" * 150

HTML = """From: "Lee, Ann" <ann@example.org>
To: {{Name}} <{{Email}}>
Reply-To: Jörg Groß <j@example.org>, "Team, the" <team@example.org>
Bcc: Archive <archive@example.org>
Subject: {{Subject}}
List-Unsubscribe: <https://example.org/ü?u={{Email}}>

<html><head><title>no</title></head><body><p>Hallo {{First&nbsp;Name|friend}},</p>
<p>dein Code ist <b>{{code}}</b>: <a href="%7B%7Blink%7D%7D">abholen</a></p>{{qr}}</body></html>
"""

ROWS = [
    # Name, Email, First Name, Subject, code, link, File
    ("Jö Müller", "jo@example.org", "Jö", "Grüße " + TREE, "A1", "https://claim.example/?a=1&b=ü", "ü " + TREE + ".txt"),
    ('"Q" \\ Lee', "ann@example.org", "<b>&", LONG, "B2", "https://claim.example/2", "plain.txt"),
    ("דנה", "dana@bücher.example", "", "=?UTF-8?B?SGk=?=", "C3", "https://claim.example/3", "a" * 120 + ".txt"),
    ("אב, כהן", "rtl@example.org", "ת" * 300, "שלום " * 40, "D4", "https://claim.example/" + "x" * 900, 'q"u;o.txt'),
]


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


def write_input(folder):
    lines = ["Name,Email,First Name,Subject,code,link,File"]
    for row in ROWS:
        path = folder / row[6]
        path.write_bytes(("file of " + row[4] + "\r\n").encode() * 30)
        lines.append(",".join(quoted(c) for c in row[:6] + (row[6],)))
    (folder / "in.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "welcome.html").write_text(HTML, encoding="utf-8")


def run(folder, *args):
    done = subprocess.run([BUILD / "claimpipe", *args], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


class Wrong(Exception):
    pass


def same(what, got, want):
    if got != want:
        raise Wrong(f"{what}: {got!r}, not {want!r}")


def check_lines(raw):
    for line in raw.split(b"\r\n"):
        if b"\n" in line or b"\r" in line or len(line) > 78 and not line.startswith((b" <https", b"List-", b" filename")):
            raise Wrong(f"a line is {line!r}")
        line.decode("ascii")


def check_qr(folder, png, link):
    if not shutil.which("zbarimg"):
        raise Wrong("there is no zbarimg: make deps")
    (folder / "qr.png").write_bytes(png)
    said = subprocess.run(["zbarimg", "-q", "--raw", "-Sbinary", folder / "qr.png"], capture_output=True, timeout=60, check=False)
    same("the QR code", said.stdout.rstrip(b"\n").decode("utf-8"), link)


def check_message(folder, raw, row):
    name, address, first, subject, code, link, file = row
    check_lines(raw)
    m = email.message_from_bytes(raw, policy=email.policy.default)
    for part in m.walk():
        same(f"defects of {part.get_content_type()}", part.defects, [])
    same("types", [p.get_content_type() for p in m.walk()],
         ["multipart/mixed", "multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png", "text/plain"])
    same("From", [(a.display_name, a.addr_spec) for a in m["From"].addresses], [("Lee, Ann", "ann@example.org")])
    same("To", [a.addr_spec for a in m["To"].addresses], [address.replace("bücher", "xn--bcher-kva")])
    same("To's name", m["To"].addresses[0].display_name, name)
    same("Reply-To", [(a.display_name, a.addr_spec) for a in m["Reply-To"].addresses],
         [("Jörg Groß", "j@example.org"), ("Team, the", "team@example.org")])
    same("Bcc", m["Bcc"], None)
    same("Subject", str(m["Subject"]), subject.strip())
    same("List-Unsubscribe", m["List-Unsubscribe"], f"<https://example.org/%C3%BC?u={address.replace('ü', '%C3%BC')}>")
    same("Auto-Submitted", m["Auto-Submitted"], "auto-generated")
    text, html = m.get_body(("plain",)).get_content(), m.get_body(("html",)).get_content()
    same("text", text.splitlines(), [f"Hallo {first or 'friend'},", "", f"dein Code ist {code}: abholen <{link}>", "", link])
    if f'href="{link.replace("&", "&amp;")}"' not in html or "<b>&" in html or "cid:qr@claimpipe" not in html:
        raise Wrong(f"HTML: {html}")
    picture, attached = [p for p in m.walk() if p.get_filename()]
    same("the picture", (picture["Content-ID"], picture.get_content_disposition()), ("<qr@claimpipe>", "inline"))
    check_qr(folder, picture.get_content(), link)
    same("the file's name", attached.get_filename(), file)
    old = [p.get_filename() for p in email.message_from_bytes(raw).walk() if p.get_filename()]
    same("the file's name, as it was read of old", old[1], file)
    same("the file", attached.get_payload(decode=True), (folder / file).read_bytes())


def write_messages(folder):
    """Each message, by its recipient."""
    write_input(folder)
    code, said = run(folder, "mail", "in.csv", "--template", "welcome.html", "--attach", "{{File}}", "--outbox", "out",
                     "--ledger", "l.db")
    same("the exit code, of " + said, code, 0)
    messages = {}
    for path in (folder / "out").glob("*.eml"):
        raw = path.read_bytes()
        m = email.message_from_bytes(raw, policy=email.policy.default)
        messages[m["To"].addresses[0].addr_spec] = raw
        same("the Message-ID", m["Message-ID"], f"<{path.stem}@example.org>")
    same("messages", len(messages), len(ROWS))
    return messages


def main():
    failed, messages = 0, {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        tests = [("each row has its message", lambda: messages.update(write_messages(folder)))]
        for row in ROWS:
            tests.append((f"{row[1]}: read as it was meant", lambda row=row: check_message(
                folder, messages[row[1].replace("bücher", "xn--bcher-kva")], row)))
        for n, (what, test) in enumerate(tests, 1):
            try:
                test()
                print(f"ok {n} - {what}")
            except (Wrong, KeyError, ValueError) as e:
                failed += 1
                print(f"not ok {n} - {what}\n# {e}")
        print(f"1..{len(tests)}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
