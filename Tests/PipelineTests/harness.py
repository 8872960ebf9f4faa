"""What the pipeline tests share: the three programs as processes, a webhook that can misbehave, messages, and cleanup.

Every server listens on 127.0.0.1 at a port that the system picks; every process is stopped by its own pid.
"""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests"))
import wire  # noqa: E402
BIN = pathlib.Path(os.environ.get("MAILPIPE_BIN", ROOT / "bin"))
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
PATIENCE = float(os.environ.get("MAILPIPE_PATIENCE", 60))


def wait_for(what, condition, patience=PATIENCE):
    """Asks until the answer is true. Fails loudly, naming what did not come."""
    return wire.wait_for(what, condition, patience)


Request = collections.namedtuple("Request", "id headers body status")


class Webhook:
    """A receiver that keeps what it gets. `behave(n, headers, body)` gives what to do with request n (from 0): a status,
    or "hang", "reset"."""

    def __init__(self, behave=lambda n, headers, body: 204, keep_bodies=True):
        self.requests, self.lock, self.behave = [], threading.Lock(), behave
        self.count, self.closing = 0, threading.Event()
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 120

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with webhook.lock:
                    number, webhook.count = webhook.count, webhook.count + 1
                action = webhook.behave(number, self.headers, body)
                with webhook.lock:
                    kept = body if keep_bodies else None
                    webhook.requests.append(Request(self.headers["webhook-id"], dict(self.headers), kept, action))
                if action == "hang":
                    webhook.closing.wait(30)
                if action in ("hang", "reset"):
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(action)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?token=not-for-logs"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def delivered(self):
        """Requests that were answered 2xx, by id: a list each."""
        by_id = collections.defaultdict(list)
        with self.lock:
            for request in self.requests:
                if isinstance(request.status, int) and 200 <= request.status < 300:
                    by_id[request.id].append(request)
        return by_id

    def documents(self):
        """The first delivered document of each id, parsed, in order of arrival."""
        return [json.loads(requests[0].body) for requests in self.delivered().values()]


def is_signed(request, secret=SECRET):
    """Standard Webhooks, computed by hand: HMAC-SHA256 of id.timestamp.body."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    message = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), request.body])
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), message, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode() in headers["webhook-signature"].split()


class PipelineTest(unittest.TestCase):
    """A test with a directory of its own, and processes and servers that end with it."""

    def setUp(self):
        # A test that hangs ends by itself: five minutes are more than any of them takes on a slow machine.
        self.addCleanup(signal.alarm, 0)
        signal.signal(signal.SIGALRM, self.hung)
        signal.alarm(int(5 * PATIENCE))
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="mailpipe-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.spool, self.queue = self.directory / "spool", self.directory / "queue"
        self.secret = self.directory / "secret"
        self.secret.write_text(SECRET + "\n")
        self.secret.chmod(0o600)
        self.logs, self.started = {}, []
        self.smtp_port = None

    def hung(self, *_):
        raise AssertionError("this test hangs")

    # Processes

    def start(self, tool, *arguments, **options):
        """Starts a program; its stderr goes to a log that a failing test prints."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return self.keep(tool, subprocess.Popen([BIN / tool, *map(str, arguments)], stderr=self.log(tool), **options))

    def log(self, tool):
        log = open(self.directory / f"{tool}.{len(self.logs)}.log", "wb")
        self.logs[log.name] = log
        return log

    def keep(self, tool, process):
        """The test ends this process when it ends."""
        self.addCleanup(self.stop, process, signal.SIGKILL)
        self.started.append((tool, process))
        return process

    def processes(self, tool):
        """Those of this program that were started and not stopped by `stop`."""
        return [process for name, process in self.started if name == tool and process.returncode is None]

    @staticmethod
    def stop(process, number=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(PATIENCE)
        finally:
            for stream in process.stdin, process.stdout:
                if stream:
                    stream.close()

    def log_text(self):
        return "\n".join(f"--- {name}\n" + pathlib.Path(name).read_text(errors="replace")[-6000:] for name in self.logs)

    def _callTestMethod(self, method):
        try:
            super()._callTestMethod(method)
        except unittest.SkipTest:
            raise
        except BaseException:
            print(self.log_text(), file=sys.stderr)
            raise

    def accept(self, *arguments, rcpt=("@example.com",), port=0, **options):
        """smtp-accept on the spool, listening; `self.smtp_port` is where."""
        patterns = [argument for pattern in rcpt for argument in ("--rcpt", pattern)]
        process, self.addresses = wire.start(
            [BIN / "smtp-accept", "--spool", self.spool, "--listen", f"127.0.0.1:{port}", "--hostname", "mx.example.com",
             "--rate-per-ip", 0, *patterns, *arguments],
            stdin=subprocess.DEVNULL, stderr=self.log("smtp-accept"), **options)
        self.keep("smtp-accept", process)
        self.assertTrue(self.addresses, f"smtp-accept did not start\n{self.log_text()}")
        self.smtp_port = wire.port(self.addresses[-1])
        return process

    def pipeline(self, url, *post_arguments):
        """mime2json --watch | json-post --ack --queue: two processes."""
        convert = self.start("mime2json", "--spool", self.spool, "--watch", stdout=subprocess.PIPE)
        post = self.start(
            "json-post", "--ack", self.spool, "--queue", self.queue, "--secret-file", self.secret, *post_arguments, url,
            stdin=convert.stdout)
        convert.stdout.close()
        convert.stdout = None
        return convert, post

    def webhook(self, *arguments, **options):
        webhook = Webhook(*arguments, **options)
        self.addCleanup(webhook.close)
        return webhook

    # What is on disk

    def spooled(self):
        return sorted(path.name for path in (self.spool / "new").glob("*"))

    def drafts(self):
        return sorted(path.name for path in (self.spool / "tmp").glob("*"))

    def queued(self):
        return sorted(path.name for path in (self.queue / "due").glob("*"))

    def failed(self):
        return sorted(path.name for path in (self.queue / "failed").glob("*"))

    def assert_empty(self):
        """Nothing waits anywhere: spool, drafts, queue and failed/ are empty."""
        self.assertEqual(
            {"new": [], "tmp": [], "due": [], "failed": [], "queue/tmp": []},
            {"new": self.spooled(), "tmp": self.drafts(), "due": self.queued(), "failed": self.failed(),
             "queue/tmp": sorted(path.name for path in (self.queue / "tmp").glob("*"))})

    def run_tool(self, tool, *arguments, input=b"", timeout=PATIENCE):
        return subprocess.run([BIN / tool, *map(str, arguments)], input=input, capture_output=True, timeout=timeout)


class Submission(wire.Client):
    """A client that has said hello, and whose replies are (code, all lines)."""

    def __init__(self, port, helo="client.example.net", timeout=30):
        super().__init__(port, greet=False, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reply()
        self.command(f"EHLO {helo}")

    def reply(self):
        lines = self.lines()
        if not lines:
            raise ConnectionError("the server went away")
        return int(lines[-1][:3]), "\n".join(lines)

    def command(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def send(self, message, sender="sender@example.net", recipients=("alerts@example.com",)):
        """The id that the 250 named; anything else raises."""
        self.expect(250, self.command(f"MAIL FROM:<{sender}>"))
        for recipient in recipients:
            self.expect(250, self.command(f"RCPT TO:<{recipient}>"))
        self.expect(354, self.command("DATA"))
        self.socket.sendall(re.sub(rb"(?m)^\.", b"..", message) + b"\r\n.\r\n")
        _, text = self.expect(250, self.reply())
        return ID.search(text).group(0)

    @staticmethod
    def expect(code, reply):
        if reply[0] != code:
            raise AssertionError(f"expected {code}, got {reply[1]}")
        return reply
