"""Real clients, over plain TCP and TLS: what they send arrives as JSON whose attachments equal the originals."""
import base64
import email.policy
import smtplib
import ssl
import subprocess

import messages
from harness import ID, PATIENCE, PipelineTest, Submission, is_signed, wait_for

ATTACHMENTS = {
    "empty.bin": b"",
    "Rechnung № 7.pdf": messages.blob(100_001),
    "crlf.txt": b"one\r\ntwo\nthree\rfour\r\n.\r\n",
    "big.bin": messages.blob(3_000_000, seed=2),
}


class Clients(PipelineTest):
    def setUp(self):
        super().setUp()
        self.hook = self.webhook()
        self.accept("--max-size", "40M")
        self.pipeline(self.hook.url)
        self.message = messages.with_attachments(ATTACHMENTS)
        self.file = self.directory / "message.eml"
        self.file.write_bytes(self.message.as_bytes())

    def arrived(self, count=1):
        wait_for(f"{count} documents", lambda: len(self.hook.delivered()) >= count)
        wait_for("an empty spool", lambda: not self.spooled())
        self.assert_empty()
        for request in self.hook.requests:
            self.assertTrue(is_signed(request))
        return self.hook.documents()

    def assert_is_the_message(self, document, attachments=ATTACHMENTS):
        self.assertNotIn("defects", document)
        self.assertEqual(document["subject"], "Grüße aus Köln: № 42")
        self.assertEqual(document["from"], [{"name": "Jürgen Müller", "email": "j.mueller@shop.example.net"}])
        self.assertEqual(document["text"], "Zwei blaue Stühle, bitte.\n")
        self.assertEqual(document["html"], "<p>Zwei <b>blaue</b> Stühle, bitte.</p>\n")
        got = {a["name"]: base64.b64decode(a["content"], validate=True) for a in document["attachments"]}
        self.assertEqual(got.keys(), attachments.keys())
        for name, content in attachments.items():
            self.assertEqual(got[name], content, name)

    def command(self, *arguments, **options):
        done = subprocess.run([str(a) for a in arguments], capture_output=True, timeout=PATIENCE, **options)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[-3000:])
        return (done.stdout + done.stderr).decode(errors="replace")

    # curl

    def curl(self, *extra):
        self.command(
            "curl", "-sS", f"smtp://127.0.0.1:{self.smtp_port}/client.example.net", "--mail-from", "a@example.net",
            "--mail-rcpt", "alerts@example.com", "--mail-rcpt", "b@example.com", "--upload-file", self.file, *extra)
        [document] = self.arrived()
        self.assert_is_the_message(document)
        self.assertEqual(document["envelope"]["rcptTo"], ["alerts@example.com", "b@example.com"])
        self.assertEqual(document["envelope"]["mailFrom"], "a@example.net")
        self.assertEqual(document["envelope"]["remoteIp"], "127.0.0.1")
        self.assertEqual(document["envelope"]["helo"], "client.example.net")
        return document["envelope"]

    def test_curl_plain(self):
        envelope = self.curl()
        self.assertEqual(envelope["protocol"], "ESMTP")
        self.assertIsNone(envelope.get("tls"))

    def test_curl_tls_1_2(self):
        envelope = self.curl("--ssl-reqd", "--insecure", "--tls-max", "1.2")
        self.assertEqual(envelope["protocol"], "ESMTPS")
        self.assertEqual(envelope["tls"]["version"], "TLSv1.2")

    def test_curl_tls_1_3(self):
        envelope = self.curl("--ssl-reqd", "--insecure", "--tlsv1.3")
        self.assertEqual(envelope["tls"]["version"], "TLSv1.3")
        self.assertRegex(envelope["tls"]["cipher"], "^TLS_")

    # swaks

    def swaks(self, *extra):
        out = self.command(
            "swaks", "--server", f"127.0.0.1:{self.smtp_port}", "--from", "a@example.net", "--to", "alerts@example.com",
            "--ehlo", "client.example.net", "--data", f"@{self.file}", "--suppress-data", *extra)
        [document] = self.arrived()
        self.assert_is_the_message(document)
        self.assertEqual(ID.search(out).group(0), document["id"])
        return document["envelope"]

    def test_swaks_plain(self):
        self.assertEqual(self.swaks()["protocol"], "ESMTP")

    def test_swaks_tls(self):
        self.assertEqual(self.swaks("--tls", "--tls-protocol", "tlsv1_2")["tls"]["version"], "TLSv1.2")

    def test_swaks_tls_1_3_pipelining(self):
        self.assertEqual(self.swaks("--tls", "--tls-protocol", "tlsv1_3", "--pipeline")["tls"]["version"], "TLSv1.3")

    # smtplib

    def test_smtplib_several_messages_on_one_connection(self):
        context = ssl._create_unverified_context()
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=PATIENCE) as client:
            client.starttls(context=context)
            for number in range(5):
                client.send_message(messages.plain(subject=f"number {number}"))
            client.send_message(self.message)
        documents = {d["subject"]: d for d in self.arrived(6)}
        self.assert_is_the_message(documents.pop("Grüße aus Köln: № 42"))
        self.assertEqual(sorted(documents), [f"number {n}" for n in range(5)])

    def test_smtplib_utf8_addresses_and_headers(self):
        message = messages.plain(subject="Übergröße", body="ünïcödé\n", sender="jürgen@example.net")
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=PATIENCE) as client:
            client.ehlo()
            client.sendmail(
                "jürgen@example.net", ["büro@example.com"], message.as_bytes(policy=email.policy.SMTPUTF8),
                mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        [document] = self.arrived()
        self.assertEqual(document["subject"], "Übergröße")
        self.assertEqual(document["from"], [{"name": None, "email": "jürgen@example.net"}])
        self.assertEqual(document["envelope"]["mailFrom"], "jürgen@example.net")
        self.assertEqual(document["envelope"]["rcptTo"], ["büro@example.com"])
        self.assertEqual(document["envelope"]["protocol"], "UTF8SMTP")
        self.assertEqual(document["text"], "ünïcödé\n")

    def test_eight_bit_body_as_senders_write_it(self):
        body = "Grüße, 5 €\n"
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=PATIENCE) as client:
            for charset in "utf-8", "iso-8859-15":
                raw = (f"Subject: {charset}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
                       "Content-Transfer-Encoding: 8bit\r\n\r\n").encode() + body.replace("\n", "\r\n").encode(charset)
                client.sendmail("a@example.net", ["alerts@example.com"], raw, mail_options=["BODY=8BITMIME"])
        for document in self.arrived(2):
            self.assertEqual(document["text"], body, document["subject"])

    def test_25_megabytes(self):
        attachments = {"large.bin": messages.blob(18_500_000, seed=3)}
        message = messages.with_attachments(attachments).as_bytes()
        self.assertGreater(len(message), 25_000_000)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=PATIENCE) as client:
            client.starttls(context=ssl._create_unverified_context())
            client.sendmail("a@example.net", ["alerts@example.com"], message)
        [document] = self.arrived()
        self.assert_is_the_message(document, attachments)

    # openssl s_client

    def s_client(self, *extra):
        """A dialogue in lock step through openssl s_client -starttls smtp."""
        process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.smtp_port}", "-starttls", "smtp", "-crlf", "-quiet", *extra],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, process)
        replies = iter(process.stdout.readline, b"")

        def reply(code):
            for line in replies:
                if not line[3:4] == b"-":
                    self.assertEqual(line[:3], code, line)
                    return line.decode()
            self.fail("openssl s_client ended")

        for line, code in [(b"EHLO client.example.net", b"250"), (b"MAIL FROM:<a@example.net>", b"250"),
                           (b"RCPT TO:<alerts@example.com>", b"250"), (b"DATA", b"354")]:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            reply(code)
        process.stdin.write(b"Subject: by hand\n\n..dot\nend\n.\n")
        process.stdin.flush()
        accepted = ID.search(reply(b"250")).group(0)
        process.stdin.write(b"QUIT\n")
        process.stdin.flush()
        reply(b"221")
        [document] = self.arrived()
        self.assertEqual(document["id"], accepted)
        self.assertEqual(document["text"], ".dot\nend\n")
        return document["envelope"]["tls"]["version"]

    def test_s_client_tls_1_2(self):
        self.assertEqual(self.s_client("-tls1_2"), "TLSv1.2")

    def test_s_client_tls_1_3(self):
        self.assertEqual(self.s_client("-tls1_3"), "TLSv1.3")

    # Envelopes

    def test_two_recipients_stand_in_the_envelope(self):
        client = Submission(self.smtp_port)
        identity = client.send(b"Subject: x\r\n\r\nx", recipients=["a@example.com", "b+tag@example.com"])
        client.close()
        [document] = self.arrived()
        self.assertEqual(document["id"], identity)
        self.assertEqual(document["envelope"]["rcptTo"], ["a@example.com", "b+tag@example.com"])

    def test_good_then_bad_recipient_leaves_the_good_one(self):
        client = Submission(self.smtp_port)
        client.expect(250, client.command("MAIL FROM:<>"))
        client.expect(250, client.command("RCPT TO:<good@example.com>"))
        self.assertEqual(client.command("RCPT TO:<bad@elsewhere.example>")[0], 550)
        client.expect(354, client.command("DATA"))
        client.socket.sendall(b"Subject: x\r\n\r\nx\r\n.\r\n")
        client.expect(250, client.reply())
        [document] = self.arrived()
        self.assertEqual(document["envelope"]["rcptTo"], ["good@example.com"])
        self.assertIsNone(document["envelope"]["mailFrom"])
        client.close()

    def test_urls_are_logged_without_their_secrets(self):
        client = Submission(self.smtp_port)
        client.send(b"Subject: x\r\n\r\nx")
        client.close()
        self.arrived()
        self.assertNotIn("not-for-logs", self.log_text())


