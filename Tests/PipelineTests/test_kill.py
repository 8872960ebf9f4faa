"""kill -9 at random moments, while the receiver fails now and then: what got 250 arrives, under the id its 250 named."""
import base64
import email
import random
import signal
import subprocess
import threading
import time

from harness import PATIENCE, PipelineTest, Submission, is_signed, wait_for

MESSAGES, SENDERS, KILLS = 600, 8, 25


class Kill(PipelineTest):
    seed = 20261121

    def receiver(self, random_source):
        """Every tenth answer is a 500, a hang or a reset."""
        lock = threading.Lock()

        def behave(number, headers, body):
            with lock:
                chance = random_source.random()
            if chance < 0.04:
                return 500
            if chance < 0.06:
                return "hang"
            return "reset" if chance < 0.10 else 204
        return behave

    def send_all(self, numbers, accepted, outcomes):
        """Sends each message until it gets its 250, whatever happens to the server."""
        client, source = None, random.Random(self.seed + numbers[0])
        for number in numbers:
            time.sleep(source.uniform(0, 0.1))
            deadline = time.monotonic() + 3 * PATIENCE
            while True:
                try:
                    if client is None:
                        client = Submission(self.smtp_port, timeout=10)
                    message = f"Subject: message {number}\r\n\r\n{'x' * (number * 37 % 5000)}".encode()
                    accepted[client.send(message)] = number
                    break
                except (OSError, AssertionError) as error:
                    if client:
                        client.close()
                    client = None
                    if time.monotonic() > deadline:
                        outcomes.append(f"message {number}: {error!r}")
                        return
                    time.sleep(0.05)
        if client:
            client.close()
        outcomes.append(None)

    def test_kill_9_at_random_moments_loses_nothing(self):
        source = random.Random(self.seed)
        hook = self.webhook(self.receiver(random.Random(self.seed + 1)))
        fast = ("--schedule", "1s,1s,2s", "--timeout", "3")
        server = self.accept()
        port = self.smtp_port
        converter, deliverer = self.pipeline(hook.url, *fast)
        accepted, outcomes = {}, []
        threads = [
            threading.Thread(target=self.send_all, args=(range(n, MESSAGES, SENDERS), accepted, outcomes))
            for n in range(SENDERS)]
        for thread in threads:
            thread.start()
        kills = 0
        deadline = time.monotonic() + 5 * PATIENCE
        while (len(outcomes) < SENDERS or kills < KILLS) and time.monotonic() < deadline:
            time.sleep(source.uniform(0.02, 0.4))
            victim = source.choice(["server", "converter", "deliverer", "worker"])
            kills += 1
            if victim == "server":
                self.stop(server, signal.SIGKILL)
                server = self.accept(port=port)
            elif victim == "worker":
                for pid in self.children(converter.pid):
                    subprocess.run(["kill", "-9", str(pid)], check=False, capture_output=True)
            else:
                # Either end of the pipe takes the other along; a supervisor would start both again.
                self.stop(converter if victim == "converter" else deliverer, signal.SIGKILL)
                self.stop(converter, signal.SIGTERM)
                self.stop(deliverer, signal.SIGTERM)
                converter, deliverer = self.pipeline(hook.url, *fast)
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(outcomes, [None] * SENDERS)
        self.assertEqual(len(accepted), MESSAGES, "one id a message")
        hook.behave = lambda *_: 204

        def all_arrived():
            return accepted.keys() <= hook.delivered().keys()
        wait_for("every accepted message to arrive", all_arrived, 3 * PATIENCE)
        wait_for("an empty spool and queue", lambda: not self.spooled() and not self.queued(), 3 * PATIENCE)
        self.stop(server)
        self.stop(converter)
        # By the end of its input; a signal might come before a deliverer that was just started can take it.
        self.assertEqual(deliverer.wait(PATIENCE), 0)
        self.accept()  # sweeps what the last kill left
        self.assert_empty()
        delivered = hook.delivered()
        subjects = {d["id"]: self.subject(d) for d in hook.documents()}
        for identity, number in accepted.items():
            self.assertEqual(subjects[identity], f"message {number}")
        # A 250 that was lost on the way makes the client send again: that message has two ids, never one id two messages.
        for identity, requests in delivered.items():
            self.assertEqual({r.id for r in requests}, {identity})
            self.assertEqual(len({r.body for r in requests}), 1, "one id, one body")
        self.assertTrue(all(is_signed(r) for r in hook.requests))
        print(f"[{kills} kills, {len(hook.requests)} requests for {len(delivered)} messages] ", end="", flush=True)

    @staticmethod
    def subject(document):
        """A message whose worker was killed arrives unconverted, with every byte of it."""
        if "subject" in document:
            return document["subject"]
        assert [d["code"] for d in document["defects"]] == ["notConverted"], document
        raw = base64.b64decode(document["raw"]["content"])
        assert len(raw) == document["size"]
        return email.message_from_bytes(raw)["subject"]

    @staticmethod
    def children(pid):
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                return [int(word) for word in file.read().split()]
        except OSError:
            return []
