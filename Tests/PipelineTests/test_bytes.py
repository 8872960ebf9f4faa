"""What was sent is what is stored, byte for byte: random messages, in random pieces, by DATA and BDAT, plain and in TLS."""
import json
import random
import re
import ssl

from harness import PipelineTest, Submission

MESSAGES = 250
SEED = 7


class Bytes(PipelineTest):
    def lines(self, source):
        """Text of CRLF lines with dots where they matter, from nothing to a few hundred kilobytes."""
        size = source.choice([0, 1, 100, 5_000, 32_768, 65_536, 70_000, 400_000])
        text = bytearray()
        while len(text) < size:
            kind = source.random()
            if kind < 0.2:
                line = b"." * source.randrange(1, 4) + source.randbytes(source.randrange(3)).hex().encode()
            elif kind < 0.4:
                line = b""
            else:
                line = source.randbytes(source.choice([3, 36, 400, 20_000])).hex().encode()
            text += line + b"\r\n"
        return bytes(text)

    @staticmethod
    def in_pieces(source, data):
        """Cut where readers have their edges, or anywhere."""
        sizes = [1, 2, 3, 1000, 4096, 16_384, 32_768, 65_536, 1_000_000]
        offset, pieces = 0, 0
        while offset < len(data):
            size = source.choice(sizes if pieces < 50 else sizes[-3:])
            yield data[offset:offset + size]
            offset, pieces = offset + size, pieces + 1

    def stored(self, identity):
        """The message below its trace block."""
        file = (self.spool / "new" / f"{identity}.eml").read_bytes()
        end = file.index(b" +0000\r\n") + 8  # of Received, and with it of the trace block
        # White space at the start would continue the trace block: an empty line keeps it off.
        return file[end + 2:] if file[end + 2:end + 3] in (b" ", b"\t") and file[end:end + 2] == b"\r\n" else file[end:]

    def begin(self, client):
        client.expect(250, client.command("MAIL FROM:<a@example.net> BODY=8BITMIME"))
        client.expect(250, client.command("RCPT TO:<b@example.com>"))

    def identity(self, client):
        return client.expect(250, client.reply())[1].rsplit(" ", 1)[1]

    def data(self, client, source):
        message = self.lines(source)
        self.begin(client)
        client.expect(354, client.command("DATA"))
        wire = re.sub(rb"(?m)^\.", b"..", message) + b".\r\n"
        for piece in self.in_pieces(source, wire):
            client.socket.sendall(piece)
        return message, self.identity(client)

    def bdat(self, client, source):
        message = source.randbytes(source.choice([0, 1, 5_000, 65_536, 300_000])) if source.random() < 0.5 else self.lines(source)
        client.expect(250, client.command("MAIL FROM:<a@example.net> BODY=BINARYMIME"))
        client.expect(250, client.command("RCPT TO:<b@example.com>"))
        offset = 0
        while offset < len(message):
            size = source.choice([1, 100, 16_384, 65_536, 200_000])
            chunk = message[offset:offset + size]
            offset += size
            wire = b"BDAT %d\r\n" % len(chunk) + chunk
            for piece in self.in_pieces(source, wire):
                client.socket.sendall(piece)
            client.expect(250, client.reply())
        client.socket.sendall(b"BDAT 0 LAST\r\n")
        return message, self.identity(client)

    def walk(self, client, source, ways):
        for number in range(MESSAGES):
            message, identity = source.choice(ways)(client, source)
            stored = self.stored(identity)
            self.assertEqual(len(stored), len(message), f"message {number}, seed {SEED}")
            self.assertTrue(stored == message, f"message {number} of {len(message)} bytes differs, seed {SEED}")

    def test_a_message_cannot_continue_the_trace_block(self):
        self.accept("--log-level", "error")
        client = Submission(self.smtp_port)
        for start in b" ", b"\t":
            identity = client.send(start + b"with forged; Sat, 1 Jan 2000 00:00:00 +0000\r\nSubject: x\r\n\r\nx")
            done = self.run_tool("mime2json", "--spool", self.spool)
            document = {d["id"]: d for d in map(json.loads, done.stdout.splitlines())}[identity]
            self.assertFalse(document["receivedAt"].startswith("2000"))
            self.assertEqual(document["envelope"]["protocol"], "ESMTP")
            self.assertIn("forged", document["text"])
        client.close()

    def test_plain(self):
        self.accept("--log-level", "error")
        client = Submission(self.smtp_port)
        self.walk(client, random.Random(SEED), [self.data, self.bdat])
        client.close()

    def test_tls(self):
        self.accept("--log-level", "error")
        client = Submission(self.smtp_port)
        client.expect(220, client.command("STARTTLS"))
        client.file.close()
        client.socket = ssl._create_unverified_context().wrap_socket(client.socket)
        client.file = client.socket.makefile("rb")
        client.command("EHLO client.example.net")
        self.walk(client, random.Random(SEED + 1), [self.data, self.bdat])
        client.close()
