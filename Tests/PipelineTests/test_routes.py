"""Two endpoints by recipient: kill -9 at random moments while both fail now and then; each gets what is for it."""
import random
import signal
import threading
import time

from harness import PATIENCE, PipelineTest, Submission, is_signed, wait_for

MESSAGES, KILLS = 150, 12
RECIPIENTS = [("x@a.example.com",), ("x@b.example.com",), ("x@a.example.com", "y@b.example.com"), ("z@c.example.com",)]


class Routes(PipelineTest):
    seed = 20261122

    def unsteady(self, seed):
        source, lock = random.Random(seed), threading.Lock()

        def behave(*_):
            with lock:
                chance = source.random()
            return 500 if chance < 0.1 else "reset" if chance < 0.15 else "hang" if chance < 0.17 else 204
        return behave

    def test_kill_9_at_random_moments(self):
        source = random.Random(self.seed)
        hooks = {name: self.webhook(self.unsteady(self.seed + n)) for n, name in enumerate(["a", "b", ""])}
        self.accept(rcpt=("@.example.com",))
        routes = [word for name in "ab" for word in ("--route", f"{name}:@{name}.example.com={hooks[name].url}")]
        arguments = (hooks[""].url, "--schedule", "1s,1s,2s", "--timeout", "3", *routes)
        converter, deliverer = self.pipeline(*arguments)
        client, expected = Submission(self.smtp_port), {name: set() for name in hooks}
        for number in range(MESSAGES):
            recipients = RECIPIENTS[number % len(RECIPIENTS)]
            identity = client.send(f"Subject: {number}\r\n\r\nx".encode(), recipients=recipients)
            for recipient in recipients:
                name = recipient.split("@")[1][0]
                expected[name if name in "ab" else ""].add(identity)
            if number % (MESSAGES // KILLS) == 0:
                time.sleep(source.uniform(0, 0.3))
                self.stop(deliverer, signal.SIGKILL)
                self.stop(converter)
                converter, deliverer = self.pipeline(*arguments)
        client.close()
        for hook in hooks.values():
            hook.behave = lambda *_: 204
        wait_for("an empty spool and queue", lambda: not self.spooled() and not self.queued(), 3 * PATIENCE)
        self.stop(converter)
        self.assertEqual(deliverer.wait(PATIENCE), 0)
        self.assert_empty()
        for name, hook in hooks.items():
            self.assertEqual(hook.delivered().keys(), expected[name], f"endpoint {name!r}")
            self.assertTrue(all(is_signed(request) for request in hook.requests))
            for requests in hook.delivered().values():
                self.assertEqual(len({request.body for request in requests}), 1, "one id, one body")
