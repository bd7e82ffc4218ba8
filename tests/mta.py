"""Postfix in a folder of its own: with TLS, AUTH and mailboxes, on free ports of loopback, for as long as a test takes.

    BUILD=build tests/mta.py --install      fetches the packages of it into BUILD/mta and unpacks them there

Nothing is installed, for a second mail server may not be beside one that the machine has, and none may be left behind:
the programs run from BUILD/mta, with a configuration, a queue, users (SASL's own database) and mailboxes in a temporary
folder.  They want root, for each of Postfix's parts becomes another user; so somebody else runs the test by sudo.
"""
import email
import email.policy
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
# A build for another purpose lies in the one for all.
MTA = next((folder / "mta" for folder in (BUILD, BUILD.parent) if (folder / "mta").exists()), BUILD / "mta")
PACKAGES = ["postfix", "sasl2-bin"]
DAEMONS = MTA / "usr/lib/postfix/sbin"
SECONDS = 60  # more than anything takes
REALM = "mail.test"
# Users of every Debian that own nothing here: Postfix wants one that is nobody else's, and a group.
OWNER, GROUP, KEEPER = "uucp", "news", "games"
QUEUES = ("incoming", "active", "deferred", "bounce", "defer", "corrupt", "hold", "flush", "trace", "saved", "private")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {mta}/usr/sbin
daemon_directory = {mta}/usr/lib/postfix/sbin
shlib_directory = {mta}/usr/lib/postfix
meta_directory = {folder}/etc
mail_owner = {owner}
setgid_group = {group}
import_environment = MAIL_CONFIG LD_LIBRARY_PATH
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mail.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
default_transport = error:nothing leaves this machine
alias_maps =
local_recipient_maps =
local_header_rewrite_clients =
always_add_missing_headers = no
append_dot_mydomain = no
smtputf8_enable = yes
strict_rfc821_envelopes = yes
recipient_delimiter = +
virtual_mailbox_domains = regexp:{folder}/etc/domains
virtual_mailbox_maps = regexp:{folder}/etc/mailboxes
virtual_mailbox_base = {folder}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_security_options = noanonymous
smtpd_sasl_local_domain = {realm}
smtpd_client_restrictions =
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_delay_reject = no
smtpd_sender_restrictions = check_sender_access regexp:{folder}/etc/senders, permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access regexp:{folder}/etc/recipients, permit_sasl_authenticated, reject
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
message_size_limit = 2000000
"""

MASTER = """
127.0.0.1:{starttls} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{ascii} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_discard_ehlo_keywords=smtputf8
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

SASL = """
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/etc/users
mech_list: PLAIN LOGIN
"""


def environment():
    """Programs that were unpacked, not installed, find their libraries so."""
    libraries = [MTA / "usr/lib/postfix", *MTA.glob("usr/lib/*-linux-gnu")]
    return {"PATH": f"{MTA}/usr/sbin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_true(look, what):
    """what look() gives, as soon as it gives something"""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.02)
    raise RuntimeError(f"waited in vain for {what}")


def greets(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Postfix:
    """authority: cert and key, of 127.0.0.1; users: name -> password"""

    def __init__(self, authority, users):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="claimpipe-mta-"))
        self.starttls, self.smtps, self.ascii = free_port(), free_port(), free_port()  # the last one: no SMTPUTF8
        self.process = None
        try:
            self.furnish(authority, users)
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, name, text):
        (self.folder / "etc" / name).write_text(text)

    def furnish(self, authority, users):
        self.folder.chmod(0o755)
        for name in ("etc", "etc/sasl", "mail", "data", "queue", *(f"queue/{queue}" for queue in QUEUES)):
            (self.folder / name).mkdir(mode=0o755 if name.startswith("etc") else 0o700)
        (self.folder / "queue").chmod(0o755)
        (self.folder / "queue/pid").mkdir(mode=0o755)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            (self.folder / "queue" / name).mkdir()
            shutil.chown(self.folder / "queue" / name, OWNER, GROUP)
            (self.folder / "queue" / name).chmod(mode)
        for name in ("data", *(f"queue/{queue}" for queue in QUEUES)):
            shutil.chown(self.folder / name, OWNER)
        shutil.chown(self.folder / "mail", KEEPER)
        keeper = (self.folder / "mail").stat()
        names = {"folder": self.folder, "mta": MTA, "owner": OWNER, "group": GROUP, "realm": REALM, "cert": authority.cert,
                 "key": authority.key, "uid": keeper.st_uid, "gid": keeper.st_uid, "starttls": self.starttls, "smtps": self.smtps,
                 "ascii": self.ascii}
        self.write("main.cf", MAIN.format(**names))
        self.write("master.cf", MASTER.format(**names))
        self.write("sasl/smtpd.conf", SASL.format(**names))
        self.write("dynamicmaps.cf", "")
        self.write("domains", "/./ here\n")
        self.write("mailboxes", "if !/^nobody@/\n/./ inbox/\nendif\n")
        self.write("senders", "/^banned@/ 550 5.7.1 This sender is banned\n")
        self.write("recipients", "/^grey@/ 450 4.2.0 Greylisted, see you later\n/^full@/ 452 4.2.2 Mailbox full\n"
                                 "/^refused@/ 550 5.7.1 Not wanted here\n")
        for name, password in users.items():
            subprocess.run([MTA / "usr/sbin/saslpasswd2", "-p", "-c", "-f", self.folder / "etc/users", "-u", REALM, name],
                           input=password, text=True, env=environment(), check=True)
        if users:
            shutil.chown(self.folder / "etc/users", OWNER)

    def start(self):
        with open(self.folder / "master.err", "wb") as err:
            self.process = subprocess.Popen([DAEMONS / "master", "-d", "-c", self.folder / "etc"], env=environment(),
                                            stdin=subprocess.DEVNULL, stdout=err, stderr=err, start_new_session=True)
        await_true(lambda: self.process.poll() is not None or greets(self.starttls) and greets(self.smtps), "Postfix")
        if self.process.poll() is not None:
            raise RuntimeError(f"Postfix does not start: {(self.folder / 'master.err').read_text()} {self.log()}")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)  # which it passes on to its parts
            self.process.wait(SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def received(self):
        """How many messages it has said 250 to."""
        return len(re.findall(r"postfix/cleanup\[\d+\]: \w+: message-id=", self.log()))

    def sent_nothing_on(self):
        return not re.search(r"status=(bounced|deferred)", self.log())

    def queued(self):
        return [path for queue in ("incoming", "active", "deferred") for path in (self.folder / "queue" / queue).rglob("*")
                if path.is_file()]

    def mails(self, count):
        """The bytes of what is in the mailbox once so many are there and the queue is empty; by whom it was delivered to."""
        await_true(lambda: len(self.inbox()) >= count and not self.queued(), f"{count} mails\n{self.log()[-3000:]}")
        return [path.read_bytes() for path in self.inbox()]

    def inbox(self):
        return sorted((self.folder / "mail/inbox/new").glob("*"))


def parse(content):
    return email.message_from_bytes(content, policy=email.policy.default.clone(utf8=True))


def lacking():
    """why it can't be run, or None"""
    if not (DAEMONS / "master").exists():
        return "Postfix is not fetched: make deps check, or BUILD=build tests/mta.py --install"
    if os.geteuid() != 0:
        return "Postfix wants root"
    return None


def libraries_of(package):
    said = subprocess.run(["dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(?:^|, )(lib[a-z0-9.+-]+)", said)


def is_installed(package):
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, check=False).stdout
    return "ok installed" in said


def download(packages, folder):
    run = subprocess.run(["apt-get", "-q", "download", *packages], cwd=folder, capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stderr


def install():
    """The packages, and those libraries which they need and the machine has not, into MTA."""
    if (DAEMONS / "master").exists() and (MTA / "usr/sbin/saslpasswd2").exists():
        return
    MTA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)  # apt fetches as somebody else
        wanted, fetched = PACKAGES, set()
        while wanted:
            good, why = download(wanted, folder)
            if not good:  # lists that are too old, or none
                sudo = [] if os.geteuid() == 0 else ["sudo"]
                subprocess.run([*sudo, "apt-get", "-qq", "update"], check=True)
                good, why = download(wanted, folder)
            if not good:
                raise SystemExit(f"{' '.join(wanted)}: {why}")
            fetched |= set(wanted)
            debs = list(pathlib.Path(folder).glob("*.deb"))
            needed = {name for deb in debs for name in libraries_of(deb)}
            wanted = sorted(name for name in needed - fetched if not is_installed(name))
        for deb in debs:
            subprocess.run(["dpkg-deb", "-x", deb, MTA], check=True)
    print(f"unpacked into {MTA}: {' '.join(sorted(fetched))}")


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit(__doc__)
    install()
