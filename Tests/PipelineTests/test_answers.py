"""Answers that are good and bad HTTP, from the corpora beside the repository: whether json-post takes what it should for a delivery.
The counts stand in Tests/CONFORMANCE.md."""
import base64
import concurrent.futures
import json
import os
import socket
import threading

from harness import ROOT, PipelineTest

SUITE = ROOT.parent / "shared/corpora/expected/http_responses.jsonl"


class Player:
    """Reads a request whole, plays answer number N to /N, and closes."""

    def __init__(self, answers):
        self.answers = answers
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.play, args=(client,), daemon=True).start()

    def play(self, client):
        with client:
            request = client.makefile("rb")
            number = int(request.readline().split(b"/")[1].split()[0])
            length = 0
            while (line := request.readline().strip()):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            request.read(length)
            client.sendall(self.answers[number])


class Answers(PipelineTest):
    def test_llhttp(self):
        if not SUITE.exists():
            self.skipTest(f"{SUITE} is absent")
        rows = [json.loads(line) for line in open(SUITE)]
        player = Player([base64.b64decode(row["bytes_b64"]) for row in rows])
        self.addCleanup(player.listener.close)

        def isDelivered(number):
            done = self.run_tool("json-post", "--max-age", "0.1s", "--schedule", "1s", "--timeout", "5",
                                 f"http://127.0.0.1:{player.port}/{number}", input=b'{"id":"a"}\n')
            self.assertIn(done.returncode, (0, 75), done.stderr)
            return done.returncode == 0

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            delivered = list(pool.map(isDelivered, range(len(rows))))
        counts = {"agree": 0, "lenient": 0, "strict": 0}
        for row, got in zip(rows, delivered):
            wanted = not row["error"] and 200 <= (row["status"] or 0) <= 299
            kind = "agree" if got == wanted else "lenient" if got else "strict"
            counts[kind] += 1
            if kind != "agree" and os.environ.get("ANSWERS_SHOW"):
                print(kind, row["id"], row["reason"], row["status"], base64.b64decode(row["bytes_b64"])[:150])
        self.assertEqual(counts, {"agree": 64, "lenient": 15, "strict": 5})
