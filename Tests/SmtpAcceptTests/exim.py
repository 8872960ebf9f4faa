#!/usr/bin/env python3
"""exim.py [NAME...]: a private Exim as the sender, unpacked by fetch-exim. Needs root; it touches no other instance.

Exim was built for a user Debian-exim, which only a machine with the package has: it runs where /etc/passwd and
/etc/group are ours (a mount namespace)."""
import os, tempfile

from harness import *

EXIM = os.path.abspath(os.path.dirname(os.path.abspath(__file__)) + "/../../.build/exim/usr/sbin/exim4")
SETTINGS = """
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
exim_path = {program}
primary_hostname = relay.example.net
qualify_domain = example.net
never_users =
accept_8bitmime = yes
message_size_limit = 60M
smtputf8_advertise_hosts = *
allow_utf8_domains = yes
keep_environment =
log_selector = +smtp_confirmation +pipelining +tls_cipher
begin routers
out:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = {port}
  allow_localhost
  tls_verify_hosts =
  tls_try_verify_hosts =
  {more}
begin retry
* * F,1m,1s
"""
PLAIN = {"hosts_avoid_tls": "*"}
# Two files of ours in place of the machine's, then Exim.
ENTER = 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && shift && exec "$@"'


USER = 61234


def prepare(folder):
    """Makes a folder one that Exim can run in."""
    os.chmod(folder, 0o755)
    for name in ("passwd", "group"):
        line = f"Debian-exim:x:{USER}:" + (f"{USER}::/nonexistent:/bin/false\n" if name == "passwd" else "\n")
        open(f"{folder}/{name}", "w").write(open("/etc/" + name).read() + line)
    os.mkdir(folder + "/spool")
    for path in (folder, folder + "/spool"):
        os.chown(path, USER, USER)


def command(folder, *arguments):
    """Runs Exim there, by exim.conf."""
    return "unshare", "--mount", "sh", "-c", ENTER, "sh", folder, EXIM, "-C", folder + "/exim.conf", *arguments


class Exim:
    def __init__(self, server, **transport):
        need_root()
        if not os.path.exists(EXIM):
            raise Skipped("no Exim: Tests/SmtpAcceptTests/fetch-exim unpacks it")
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
            raise Skipped("no mount namespaces here")
        self.folder = tempfile.mkdtemp(prefix="smtp-accept-exim.")
        prepare(self.folder)
        more = "\n  ".join(f"{name} = {value}" for name, value in transport.items())
        open(self.folder + "/exim.conf", "w").write(SETTINGS.format(
            folder=self.folder, program=EXIM, port=server.port, more=more))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            print(self.log()[-3000:])
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, message, *to, sender="s@example.net"):
        """Takes a message and delivers it before this returns."""
        run(*command(self.folder, "-odf", "-i", "-f", sender, *to), input=message)

    def log(self):
        path = self.folder + "/mainlog"
        return open(path).read() if os.path.exists(path) else ""


def stored(server):
    return [open(f"{server.spool}/new/{name}", "rb").read() for name in sorted(os.listdir(server.spool + "/new"))]


def test_plain_pipelined_and_in_chunks():
    with Server() as server:
        for chunks in ("", "*"):
            with Exim(server, hosts_try_chunking=chunks, **PLAIN) as exim:
                exim.send(b"Subject: plain\n\n.dot\n..two\n", "a@example.com")
                raw = stored(server)[-1]
                assert b"with ESMTP id" in raw and raw.endswith(b"\r\n\r\n.dot\r\n..two\r\n"), raw
                # L: the group was pipelined; K: it came in chunks.
                line, = [line for line in exim.log().splitlines() if " => a@example.com" in line]
                assert " L " in line and (" K " in line) == (chunks == "*"), line


def test_starttls():
    with Server() as server, Exim(server, hosts_require_tls="*") as exim:
        exim.send(b"Subject: tls\n\nhi\n", "a@example.com")
        raw, = stored(server)
        assert b"with ESMTPS id" in raw and b"using TLSv1.3" in raw, raw


def test_lmtp():
    with Server(listen=("--listen-lmtp", "127.0.0.1:0")) as server, Exim(server, protocol="lmtp", **PLAIN) as exim:
        exim.send(b"Subject: lmtp\n\nhi\n", "a@example.com", "b@example.com", "c@example.org", sender="<>")
        raw, = stored(server)
        assert b"with LMTP id" in raw and raw.count(b"Delivered-To: ") == 2, raw
        log = exim.log()
        assert " => a@example.com" in log and "b@example.com R=out" in log and "** c@example.org" in log, log


def test_eight_bit_and_utf8_addresses():
    with Server() as server, Exim(server, **PLAIN) as exim:
        exim.send("Subject: x\n\ngrün\n".encode("latin-1"), "a@example.com")
        assert stored(server)[0].endswith(b"\r\n\r\ngr\xfcn\r\n")
        exim.send("Subject: grün\n\ngrün\n".encode(), "grün@example.com")
        raw = stored(server)[1]
        assert "Delivered-To: grün@example.com\r\n".encode() in raw and b"with UTF8SMTP" in raw, raw


def test_fifty_recipients_and_a_bounce():
    good = [f"r{number}@example.com" for number in range(50)]
    with Server("--rcpt", "bounces@example.net") as server, Exim(server, **PLAIN) as exim:
        exim.send(b"Subject: many\n\nhi\n", *good, "bad@example.org", sender="bounces@example.net")
        eventually(lambda: len(stored(server)) == 2, "message and bounce", 30)
        raws = stored(server)
        assert raws[0].count(b"Delivered-To: ") == 50
        assert raws[1].startswith(b"Return-Path: <>\r\nDelivered-To: bounces@example.net\r\n")
        assert b"550 5.7.1 <bad@example.org>: not a recipient" in raws[1]


def test_25_megabytes():
    body = b"".join(b"%07d %s\n" % (i, b"x" * 60) for i in range(365_000))
    with Server() as server, Exim(server, **PLAIN) as exim:
        exim.send(b"Subject: big\n\n" + body, "a@example.com")
        raw, = stored(server)
        assert raw.endswith(body.replace(b"\n", b"\r\n"))


if __name__ == "__main__":
    main(globals())
