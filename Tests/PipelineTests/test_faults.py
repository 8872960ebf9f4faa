"""System calls of the running smtp-accept that fail, or at which it is killed, one after the other (FaultyLibc.h)."""
import errno
import os
import shutil
import subprocess
import tempfile

from harness import ROOT, PipelineTest, Submission, wait_for

MESSAGE = b"Subject: x\r\n\r\n" + b"0123456789abcdef\r\n" * 20_000
CALLS = ["openat", "write", "fsync", "linkat", "renameat2"]


class Faults(PipelineTest):
    @classmethod
    def setUpClass(cls):
        cls.build = tempfile.mkdtemp(prefix="mailpipe-")
        cls.addClassCleanup(shutil.rmtree, cls.build, True)
        cls.library = f"{cls.build}/faulty.so"
        compiler = shutil.which("clang") or "cc"
        source = ROOT / "Tests" / "FaultyLibc"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", f"-I{source}/include", "-o", cls.library,
                        source / "FaultyLibc.c", "-ldl"], check=True)

    def setUp(self):
        super().setUp()
        self.stop(self.accept())  # makes the spool, so that later starts make the same calls

    def faults(self, call, nth, error, length=1):
        """The environment in which these calls fail."""
        count = self.directory / "count"
        count.unlink(missing_ok=True)
        return os.environ | {
            "LD_PRELOAD": self.library, "FAULTY_CALL": call, "FAULTY_NTH": str(nth), "FAULTY_ERROR": str(error),
            "FAULTY_FOR": str(length), "FAULTY_COUNT": str(count)}

    def faulty(self, *fault, **options):
        return self.accept("--log-level", "error", env=self.faults(*fault, **options))

    def seen(self):
        count = self.directory / "count"
        return count.stat().st_size if count.exists() else 0

    def exchange(self):
        """Sends one message. Its id, or the code of the refusal, or None when the server went away."""
        client = None
        try:
            client = Submission(self.smtp_port, timeout=20)
            client.command("MAIL FROM:<a@example.net>")
            client.command("RCPT TO:<b@example.com>")
            code, _ = client.command("DATA")
            if code == 354:
                client.socket.sendall(MESSAGE + b".\r\n")
                code, text = client.reply()
            return text.rsplit(" ", 1)[1] if code == 250 else code
        except OSError:
            return None
        finally:
            if client:
                client.close()

    def calls_of_a_message(self, call):
        """How many calls were made before the first message, and how many with it."""
        server = self.faulty(call, 0, 0)
        before = self.seen()
        self.assertIsInstance(self.exchange(), str)
        self.stop(server)
        return before, self.seen()

    def test_the_walk_sees_the_commit(self):
        before, after = self.calls_of_a_message("fsync")
        self.assertGreaterEqual(after - before, 2)

    def test_each_call_fails(self):
        for call in CALLS:
            before, after = self.calls_of_a_message(call)
            for nth in range(before + 1, after + 1):
                for error, code in [(errno.ENOSPC, 452), (errno.EIO, 451)]:
                    with self.subTest(call=call, nth=nth, error=errno.errorcode[error]):
                        server = self.faulty(call, nth, error)
                        here = self.spooled()
                        first = self.exchange()
                        new = sorted(set(self.spooled()) - set(here))
                        if isinstance(first, str):  # not on this message's way
                            self.assertNotIn(call, ("fsync", "linkat"))
                            self.assertEqual(new, [first + ".eml"])
                        else:
                            self.assertEqual(first, code)
                            self.assertEqual(new, [])
                        self.assertEqual(self.drafts(), [])
                        second = self.exchange()
                        self.assertIsInstance(second, str, "it goes on")
                        self.assertIn(second + ".eml", self.spooled())
                        self.assertEqual(self.stop(server), 0)

    def test_killed_at_each_call(self):
        for call in CALLS:
            before, after = self.calls_of_a_message(call)
            for nth in range(before + 1, after + 1):
                with self.subTest(call=call, nth=nth):
                    here = self.spooled()
                    server = self.faulty(call, nth, "kill")
                    answer = self.exchange()
                    server.wait(20)
                    self.assertIsNone(answer)
                    # No reply was sent: the message may be there, whole, or not at all, and no draft outlives a start.
                    new = set(self.spooled()) - set(here)
                    self.assertLessEqual(len(new), 1)
                    for name in new:
                        self.assertTrue((self.spool / "new" / name).read_bytes().endswith(MESSAGE))
                    self.stop(self.accept())
                    self.assertEqual(self.drafts(), [])

    def test_disk_full_for_a_while(self):
        server = self.faulty("write", 3, errno.ENOSPC, length=50)
        codes = [self.exchange() for _ in range(30)]
        self.assertIsInstance(self.exchange(), str, "it recovers without a restart")
        self.assertEqual({code for code in codes if not isinstance(code, str)}, {452})
        self.assertEqual(self.drafts(), [])
        self.stop(server)

    def test_what_could_not_be_queued_is_sent_once_it_can(self):
        hook = self.webhook()
        post = self.start("json-post", "--queue", self.queue, hook.url, stdin=subprocess.PIPE,
                          env=self.faults("linkat", 1, errno.ENOSPC))
        post.stdin.write(b'{"id":"a"}\n')
        post.stdin.flush()
        wait_for("the record", lambda: hook.requests)
        self.assertIn("queue-failed", self.log_text())
        self.assertEqual([request.headers["webhook-attempt"] for request in hook.requests], ["1"])
        post.stdin.close()
        self.assertEqual(self.stop(post), 0)
