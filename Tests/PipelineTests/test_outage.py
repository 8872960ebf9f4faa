"""The webhook is away for a while: SMTP goes on, mail waits durably, and arrives later, signed, under the same id."""
import socket
import subprocess
import time

from harness import BIN, PipelineTest, Submission, is_signed, wait_for


class Outage(PipelineTest):
    def outage(self, hook, url):
        """50 messages while nothing can be delivered; gives their ids once all are queued."""
        self.accept()
        self.pipeline(url, "--schedule", "1s,1s,2s", "--timeout", "2")
        client = Submission(self.smtp_port)
        ids = [client.send(f"Subject: {n}\r\n\r\n{n}".encode()) for n in range(50)]
        client.close()
        # Whether the hook answers badly or not at all, the spool empties into the queue: input never stalls.
        wait_for("every message to be queued", lambda: not self.spooled())
        self.assertEqual(len(self.queued()), 50)
        self.assertEqual({name.split(".")[2] for name in self.queued()}, set(ids))
        self.assertEqual(self.failed(), [])
        return ids

    def back(self, hook, ids):
        hook.behave = lambda *_: 204
        wait_for("every message to arrive", lambda: set(ids) <= hook.delivered().keys())
        wait_for("an empty queue", lambda: not self.queued())
        self.assert_empty()
        self.assertEqual(set(ids), hook.delivered().keys())
        self.assertTrue(all(is_signed(request) for request in hook.requests))

    def test_server_errors(self):
        hook = self.webhook(lambda *_: 503)
        ids = self.outage(hook, hook.url)
        before = {request.id: request.body for request in hook.requests}
        self.assertTrue(before)
        self.back(hook, ids)
        for request in hook.requests:
            self.assertEqual(request.body, before.get(request.id, request.body), "the same bytes each time")

    def test_hanging(self):
        hook = self.webhook(lambda *_: "hang")
        ids = self.outage(hook, hook.url)
        hook.closing.set()
        self.back(hook, ids)

    def test_nobody_listens(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
            self.moved(self.outage(None, f"http://127.0.0.1:{taken.getsockname()[1]}/"))

    def test_the_name_does_not_resolve(self):
        self.moved(self.outage(None, "http://webhook.invalid/"))

    def test_more_connections_than_the_soft_limit_of_descriptors(self):
        records = b"".join(b'{"id":"r%d"}\n' % n for n in range(200))
        done = subprocess.run(
            ["prlimit", "--nofile=40:", BIN / "json-post", "--max-age", "1s", "--concurrency", "60", self.webhook().url],
            input=records, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertNotIn(b"attempt-failed", done.stderr)

    def moved(self, ids):
        hook = self.webhook()
        time.sleep(3)  # several more attempts, each with a look-up of its own
        self.assertEqual([process.poll() for process in self.processes("json-post")], [None], "it lives on")
        # The URL is the deliverer's, not the queue's: it may move.
        for process in self.processes("json-post"):
            self.stop(process)
        self.assertEqual(len(self.queued()), 50)
        self.pipeline(hook.url, "--schedule", "1s,1s,2s")
        self.back(hook, ids)
