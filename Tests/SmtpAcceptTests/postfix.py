#!/usr/bin/env python3
"""postfix.py [NAME...]: a private Postfix as the sender. Needs root and Debian's postfix; it touches no other instance."""
import os, tempfile

from harness import *

SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = relay.example.net
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
smtputf8_enable = yes
message_size_limit = 60000000
mailbox_size_limit = 0
{more}
"""
SERVICES = """
pickup    unix  n       -       n       1       1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
smtp      unix  -       -       n       -       -       smtp
lmtp      unix  -       -       n       -       -       lmtp
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""


class Postfix:
    def __init__(self, **settings):
        need_root()
        if not os.path.exists("/usr/sbin/postfix"):
            raise Skipped("postfix is not installed")
        self.folder = tempfile.mkdtemp(prefix="smtp-accept-postfix.")
        os.chmod(self.folder, 0o755)
        self.config = self.folder + "/etc"
        for name in ("etc", "queue", "data"):
            os.mkdir(f"{self.folder}/{name}")
        run("chown", "postfix", self.folder + "/data")
        more = "\n".join(f"{name} = {value}" for name, value in settings.items())
        open(self.config + "/main.cf", "w").write(SETTINGS.format(folder=self.folder, more=more))
        open(self.config + "/master.cf", "w").write(SERVICES.lstrip())
        open(self.folder + "/maillog", "w").close()

    def __enter__(self):
        run("postfix", "-c", self.config, "start")
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            print(open(self.folder + "/maillog").read()[-3000:])
        subprocess.run(["postfix", "-c", self.config, "abort"], capture_output=True)
        eventually(lambda: not self.is_running(), "postfix ends")
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_running(self):
        return subprocess.run(["postfix", "-c", self.config, "status"], capture_output=True).returncode == 0

    def send(self, message, *to, sender="s@example.net"):
        run("sendmail", "-C", self.config, "-f", sender, *to, input=message,
            env={"MAIL_CONFIG": self.config})

    def log(self):
        return open(self.folder + "/maillog").read()


def arrive(server, count):
    eventually(lambda: len(os.listdir(server.spool + "/new")) >= count, f"{count} messages", 30)
    return [open(f"{server.spool}/new/{name}", "rb").read() for name in sorted(os.listdir(server.spool + "/new"))]


def test_plain_and_tls():
    for level, protocol in (("none", b"with ESMTP id"), ("encrypt", b"with ESMTPS id")):
        with Server() as server, Postfix(relayhost=f"[127.0.0.1]:{server.port}", smtp_tls_security_level=level) as postfix:
            postfix.send(b"Subject: plain\n\n.dot\n..two\n", "a@example.com")
            raw, = arrive(server, 1)
            assert protocol in raw and raw.endswith(b"\r\n\r\n.dot\r\n..two\r\n"), raw


def test_eight_bit_utf8_and_bounces():
    with Server() as server, Postfix(relayhost=f"[127.0.0.1]:{server.port}") as postfix:
        postfix.send("Subject: x\n\ngrün\n".encode("latin-1"), "a@example.com", sender="<>")
        raw, = arrive(server, 1)
        assert raw.startswith(b"Return-Path: <>\r\n") and raw.endswith(b"gr\xfcn\r\n"), raw
        postfix.send("Subject: grün\n\ngrün\n".encode(), "grün@example.com")
        raw = arrive(server, 2)[1]
        assert "Delivered-To: grün@example.com\r\n".encode() in raw and b"with UTF8SMTP" in raw, raw


def test_fifty_recipients_and_some_unknown():
    good = [f"r{number}@example.com" for number in range(50)]
    with Server("--rcpt", "bounces@example.net") as server:
        with Postfix(relayhost=f"[127.0.0.1]:{server.port}") as postfix:
            postfix.send(b"Subject: many\n\nhi\n", *good, "bad@example.org", sender="bounces@example.net")
            raws = arrive(server, 2)
            assert raws[0].count(b"Delivered-To: ") == 50
            assert raws[1].startswith(b"Return-Path: <>\r\nDelivered-To: bounces@example.net\r\n")
            assert b"550 5.7.1 <bad@example.org>: not a recipient" in raws[1]


def test_more_recipients_than_one_transaction_takes():
    good = [f"r{number}@example.com" for number in range(45)]
    soon = {"minimal_backoff_time": "1s", "maximal_backoff_time": "1s", "queue_run_delay": "1s"}
    with Server("--max-recipients", "20") as server, Postfix(relayhost=f"[127.0.0.1]:{server.port}", **soon) as postfix:
        postfix.send(b"Subject: many\n\nhi\n", *good)
        eventually(lambda: b"".join(arrive(server, 1)).count(b"Delivered-To: ") == 45, "all recipients", 60)


def test_25_megabytes():
    body = b"".join(b"%07d %s\n" % (i, b"x" * 60) for i in range(365_000))
    with Server() as server, Postfix(relayhost=f"[127.0.0.1]:{server.port}") as postfix:
        postfix.send(b"Subject: big\n\n" + body, "a@example.com")
        raw, = arrive(server, 1)
        assert raw.endswith(body.replace(b"\n", b"\r\n"))


def test_lmtp_over_a_unix_socket_and_xforward():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        listen = ("--listen", "127.0.0.1:0", "--listen-lmtp", f"unix:{folder}/lmtp")
        with Server("--trust", "unix", listen=listen) as server:
            with Postfix(default_transport=f"lmtp:unix:{folder}/lmtp", lmtp_send_xforward_command="yes") as postfix:
                postfix.send(b"Subject: one\n\nhi\n", "a@example.com", "b@example.com", "c@example.org")
                raw, = arrive(server, 1)
                assert b"with LMTP id" in raw and raw.count(b"Delivered-To: ") == 2, raw
                eventually(lambda: "status=sent (250 2.0.0 Ok: queued as" in postfix.log(), "sent", 10)


main(globals())
