"""The scripts in examples/, each run as its head says (examples/pipeline has test_run.py)."""
import base64
import hmac
import http.client
import mailbox
import os
import subprocess
import time
import urllib.parse

import messages
from harness import BIN, PATIENCE, ROOT, PipelineTest, Submission, wait_for

BOUNCE = b"""From: MAILER-DAEMON@example.net
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; a@example.org
Action: failed
Status: 5.1.1
--b--
""".replace(b"\n", b"\r\n")


class Examples(PipelineTest):
    def setUp(self):
        super().setUp()
        self.hook = self.webhook()

    def environment(self):
        return os.environ | {"PATH": f"{BIN}:/usr/bin:/bin", "SPOOL": str(self.spool), "QUEUE": str(self.queue)}

    def example(self, name, *arguments, input=b""):
        return subprocess.run([ROOT / "examples" / name, *map(str, arguments)], input=input, capture_output=True,
                              env=self.environment(), timeout=PATIENCE)

    def send(self, *texts):
        client = Submission(self.smtp_port)
        ids = [client.send(text.rstrip(b"\r\n")) for text in texts]
        client.close()
        return ids

    def test_cron(self):
        self.accept()
        ids = self.send(*(messages.plain(subject=str(n)).as_bytes() for n in range(4)))
        self.hook.behave = lambda n, *_: 500 if n == 0 else 204
        done = self.example("cron", "--schedule", "1s", self.hook.url)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertIn(b"500", done.stderr)  # cron hears of it
        wait_for("the one that failed", lambda: not self.example("cron", "--schedule", "1s", self.hook.url).returncode
                 and not self.queued())
        self.assertEqual(self.hook.delivered().keys(), set(ids))
        self.assert_empty()

    def test_cron_says_what_it_lacks(self):
        done = subprocess.run([ROOT / "examples" / "cron"], capture_output=True, env={"PATH": os.environ["PATH"]})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"SPOOL", done.stderr)

    def test_filter(self):
        self.accept()
        first, bounce, automatic = self.send(
            messages.plain(subject="Hello").as_bytes(), BOUNCE,
            b"Auto-Submitted: auto-replied\r\nSubject: Out of office\r\n\r\nI am away.\r\n")
        log = open(self.directory / "filter.log", "wb")
        self.logs[log.name] = log
        process = subprocess.Popen([ROOT / "examples" / "filter", self.hook.url], stdin=subprocess.DEVNULL, stderr=log,
                                   env=self.environment(), start_new_session=True)
        self.addCleanup(self.stop_group, process)
        wait_for("the spool to be empty", lambda: not self.spooled())
        self.stop_group(process)
        self.assertEqual(self.hook.documents(), [
            {"id": first, "from": "me@example.net", "to": ["alerts@example.com"], "subject": "Hello", "text": "It works.\n"}])

    def stop_group(self, process):
        if process.returncode is None:
            os.killpg(process.pid, 15)
            process.wait(PATIENCE)

    def test_postfix_pipe(self):
        """As pipe(8) calls it: the message with the fields of O and R on standard input."""
        message = (b"Return-Path: <me@example.net>\nX-Original-To: alerts@example.com\n"
                   b"Received: from there (there.example.net [192.0.2.7])\n\tby mx.example.com (Postfix) with ESMTP id 4abc\n"
                   b"\tfor <alerts@example.com>; Sat, 21 Nov 2026 10:00:00 +0000 (UTC)\n"
                   b"From: me@example.net\nSubject: Hello\n\nIt works.\n")
        done = self.example("postfix-pipe", self.hook.url, input=message)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        document, = self.hook.documents()
        self.assertEqual(document["envelope"]["mailFrom"], "me@example.net")
        self.assertEqual(document["envelope"]["rcptTo"], ["alerts@example.com"])
        self.assertEqual(document["envelope"]["remoteIp"], "192.0.2.7")
        self.hook.behave = lambda *_: 503
        done = self.example("postfix-pipe", "--max-age", "1s", "--schedule", "1s", self.hook.url, input=message)
        self.assertEqual((done.returncode, done.stdout), (75, b""))  # EX_TEMPFAIL: Postfix keeps it
        for mistake in ["--mistyped"], ["--secret-file", self.directory / "missing"]:
            done = self.example("postfix-pipe", *mistake, self.hook.url, input=message)
            self.assertEqual(done.returncode, 75, mistake)  # the operator's, and nothing that a sender should hear of
            self.assertTrue(done.stderr)

    def test_receiver(self):
        """It takes what is signed, and neither what is not nor what somebody has kept and sends again."""
        secret = self.directory / "secret"
        secret.write_text("whsec_" + base64.b64encode(b"k" * 32).decode())
        read, write = os.pipe()
        process = subprocess.Popen([ROOT / "examples" / "receiver", "--secret-file", secret, "--ready-fd", str(write)],
                                   stdout=subprocess.DEVNULL, pass_fds=[write])
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)
        os.close(write)
        with os.fdopen(read) as ready:
            url = urllib.parse.urlsplit(ready.readline().strip())

        def answer(headers):
            connection = http.client.HTTPConnection(url.netloc, timeout=PATIENCE)
            self.addCleanup(connection.close)
            connection.request("POST", "/", b"{}", headers)
            return connection.getresponse().status

        def signed(seconds):
            digest = hmac.digest(b"k" * 32, b"1.%d.{}" % seconds, "sha256")
            return {"webhook-id": "1", "webhook-timestamp": str(seconds),
                    "webhook-signature": "v1," + base64.b64encode(digest).decode()}

        now = int(time.time())
        self.assertEqual(answer(signed(now)), 204)
        self.assertEqual(answer({}), 401)
        self.assertEqual(answer(signed(now - 3600)), 401)
        self.assertEqual(answer(signed(now) | {"webhook-id": "2"}), 401)
        self.assertEqual(answer(signed(now) | {"webhook-timestamp": "soon", "webhook-signature": "v1,\xe9"}), 401)

    def test_mbox_table(self):
        archive = mailbox.mbox(self.directory / "archive.mbox")
        archive.add(messages.plain(subject="One"))
        archive.add(messages.with_attachments({"a.pdf": b"%PDF", "b\tc.txt": b"x"}, subject="Two №"))
        archive.close()
        done = self.example("mbox-table", self.directory / "archive.mbox")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
        self.assertEqual([row[1:] for row in rows], [
            ["me@example.net", "One", ""], ["j.mueller@shop.example.net", "Two №", rows[1][3]]])
        self.assertIn("a.pdf, b", rows[1][3])
