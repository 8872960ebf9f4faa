"""Signatures and events as libraries by others read them: standardwebhooks and cloudevents of PyPI, which `make test-deps` puts into an
environment of their own."""
import base64
import gzip
import json
import os
import pathlib
import subprocess

from harness import ROOT, SECRET, PipelineTest

PYTHON = pathlib.Path(os.environ.get("MAILPIPE_PEERS", ROOT / ".build/peers")) / "bin/python"
READER = """
import base64, json, sys
from standardwebhooks import Webhook
from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.formats.json import JSONFormat

for request in json.load(sys.stdin):
    body = base64.b64decode(request["body"])
    for secret in request["secrets"]:
        Webhook(secret).verify(body, request["headers"], json_parse=False)
    try:
        Webhook(request["secrets"][0]).verify(body + b" ", request["headers"], json_parse=False)
        sys.exit("another body has the same signature")
    except Exception:
        pass
    event = None
    if "ce-id" in request["headers"]:
        event = from_http(HTTPMessage(request["headers"], body), JSONFormat())
        event = {"id": event.get_id(), "type": event.get_type(), "source": event.get_source(), "time": event.get_time().isoformat(),
                 "content": event.get_datacontenttype(), "data": event.get_data()}
    print(json.dumps(event))
"""


class Standards(PipelineTest):
    def setUp(self):
        super().setUp()
        if not PYTHON.exists() or subprocess.run([PYTHON, "-c", "import standardwebhooks, cloudevents"], capture_output=True).returncode:
            print("standardwebhooks and cloudevents are absent: make test-deps")
            self.skipTest("standardwebhooks and cloudevents are absent")
        self.hook = self.webhook()

    def read(self, secrets, *options, records):
        """What the libraries make of the requests for these records; a signature that they do not take is an error."""
        done = self.run_tool("json-post", "--secret-file", self.secret, *options, self.hook.url, input=records)
        self.assertEqual(done.returncode, 0, done.stderr)
        requests = []
        for request in self.hook.requests:
            headers = {name.lower(): value for name, value in request.headers.items()}
            body = gzip.decompress(request.body) if headers.get("content-encoding") == "gzip" else request.body
            requests.append({"headers": headers, "body": base64.b64encode(body).decode(), "secrets": secrets})
        done = subprocess.run([PYTHON, "-c", READER], input=json.dumps(requests).encode(), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_signatures(self):
        records = '{"id":"a","text":"Grüße, €, 😀"}\n{"id":"order/7"}\n{"id":12}\n{"n":1}\n'.encode()
        self.assertEqual(len(self.read([SECRET], records=records)), 4)

    def test_two_secrets(self):
        other = "whsec_" + base64.b64encode(b"another secret of 32 characters.").decode()
        second = self.directory / "second"
        second.write_text(other + "\n")
        second.chmod(0o600)
        self.assertEqual(len(self.read([SECRET, other], "--secret-file", second, records=b'{"id":"a"}\n')), 1)

    def test_batches_and_compression(self):
        records = b"".join(b'{"id":"r%d","text":"%s"}\n' % (n, b"x" * 2000) for n in range(10))
        self.assertEqual(len(self.read([SECRET], "--batch", "4", "--compress", records=records)), 3)

    def test_events(self):
        event, = self.read([SECRET], "--event", records=b'{"id":"a","n":[1,2]}\n')
        self.assertRegex(event.pop("time"), r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d")
        self.assertEqual(event, {"id": "a", "type": "json-post.record", "source": "json-post", "content": "application/json",
                                 "data": {"id": "a", "n": [1, 2]}})
