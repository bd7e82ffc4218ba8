"""Delivery reports as mail systems write them, about messages that a results CSV lists.

    bouncebox.py RESULTS KIND:ROW[:DETAIL]... > MBOX

KIND: a function below; ROW counts from 1.  DETAIL is the kind's own.  Also bouncebox.eml(...) for other tests.
"""
import csv
import sys

DATE = "Mon, 30 Nov 2026 12:00:00 +0100"
COPY = """From: Ann Lee <ann@example.com>
To: {to}
Subject: Your code
Message-ID: <{id}>
"""


def report(frm, subject, to, date, text, fields, copy, extra="", copy_type="message/rfc822"):
    return f"""From: {frm}
To: {to}
Subject: {subject}
Date: {date}
Message-ID: <{len(text + fields)}.{to.split("@")[0]}@mx.example.net>
{extra}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="=_b"

This is a MIME-encapsulated message.

--=_b
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

{text}
--=_b
Content-Description: Delivery report
Content-Type: message/delivery-status

{fields}
--=_b
Content-Type: {copy_type}

{copy}
--=_b--
"""


def verp(local, message_id):
    token, domain = message_id.split("@")
    return f"{local}+{token}@{domain}"


def postfix(row, action="failed", status="5.1.1", said="550 5.1.1 <{to}>: Recipient address rejected: no such user"):
    to = row["recipient"]
    return report("MAILER-DAEMON@mx.example.com (Mail Delivery System)", "Undelivered Mail Returned to Sender",
                  verp("bounces", row["attempt_id"]), DATE,
                  f"This is the mail system at host mx.example.com.\n\n<{to}>: host mx.example.org said: no such user\n",
                  f"Reporting-MTA: dns; mx.example.com\nX-Postfix-Queue-ID: 4B1\nArrival-Date: {DATE}\n\n"
                  f"Final-Recipient: rfc822; {to}\nOriginal-Recipient: rfc822;{to}\nAction: {action}\nStatus: {status}\n"
                  f"Remote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; {said.format(to=to)}\n",
                  COPY.format(to=to, id=row["attempt_id"]) + "\nHello\n", "Auto-Submitted: auto-replied\n")


def delayed(row):
    return postfix(row, "delayed", "4.4.1", "connect to mx.example.org[192.0.2.1]:25: Connection timed out")


def delivered(row):
    return postfix(row, "relayed", "2.0.0", "250 2.0.0 Ok: queued")


def qmail(row):
    to = row["recipient"]
    return f"""From: MAILER-DAEMON@qmail.example.net
To: ann@example.com
Subject: failure notice
Date: {DATE}

Hi. This is the qmail-send program at qmail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{to}>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.7.1 Mailbox is closed
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <ann@example.com>
{COPY.format(to=to, id=row["attempt_id"])}
Hello
"""


def autoreply(row):
    return f"""From: {row["recipient"]}
To: {verp("bounces", row["attempt_id"])}
Subject: Out of Office: Your code
Date: {DATE}
Auto-Submitted: auto-replied
In-Reply-To: <{row["attempt_id"]}>

I am away.
"""


def stranger(row):
    """Of a message that we never sent: its token is made up."""
    return postfix(dict(row, attempt_id="0123456789abcdef" * 2 + "@example.com"))


def contradicting(row):
    """It came to one message's address and has another's copy."""
    return postfix(row).replace("bounces+" + row["attempt_id"][:2], "bounces+" + ("00" if row["attempt_id"][:2] != "00" else "11"))


def wordless(row):
    return f"""From: Mail Delivery System <MAILER-DAEMON@old.example.net>
To: ann@example.com
Subject: Undeliverable: Your code
Date: {DATE}

Your message did not reach some or all of the intended recipients.
"""


def copy(row):
    """The archive's copy of the message itself."""
    return f"Date: {DATE}\n{COPY.format(to=row['recipient'], id=row['attempt_id'])}\nHello\n"


def letter(row):
    return f"From: {row['recipient']}\nTo: ann@example.com\nSubject: Thank you\nDate: {DATE}\n\nThank you!\n"


def mbox(messages, end="\n"):
    out = []
    for m in messages:
        lines = [">" + x if x.lstrip(">").startswith("From ") else x for x in m.split("\n")]
        out.append("From MAILER-DAEMON Mon Nov 30 12:00:00 2026\n" + "\n".join(lines) + "\n")
    return "".join(out).replace("\n", end)


def main():
    with open(sys.argv[1], newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    made = []
    for wish in sys.argv[2:]:
        kind, row, *detail = wish.split(":")
        made.append(globals()[kind](rows[int(row) - 1], *detail))
    sys.stdout.write(mbox(made))


if __name__ == "__main__":
    main()
