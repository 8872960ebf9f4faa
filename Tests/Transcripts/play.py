#!/usr/bin/env python3
"""play.py SMTP-ACCEPT clear|tls [FILE...]: plays the dialogues of this folder against the program; see README.md."""
import glob, os, re, socket, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/..")
from wire import context, port, start

CODES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def unescaped(text):
    def one(match):
        code = match[1]
        return CODES.get(code) or bytes([int(code[1:], 16)])
    return re.sub(rb"\\(x[0-9a-f]{2}|.)", one, text.encode())


def read(path):
    settings, steps, messages = {}, [], []
    for line in open(path, encoding="utf-8").read().split("\n"):
        kind, _, rest = line.partition(" ")
        if line.startswith("#") or not line:
            continue
        if kind == "!":
            settings.update((word.partition("=")[0], word.partition("=")[2]) for word in rest.split())
        elif kind in ("C:", "C|"):
            data = unescaped(rest) if kind == "C|" else rest.encode() + b"\r\n"
            if steps and steps[-1][0] == "C":
                steps[-1] = ("C", steps[-1][1] + data)
            else:
                steps.append(("C", data))
        elif kind in ("S:", "Sclear:", "Stls:", "T", "X"):
            steps.append((kind, rest))
        elif kind == "M":
            messages.append((rest, b""))
        elif kind in ("|", "|\\"):
            data = unescaped(rest) if kind == "|\\" else rest.encode() + b"\r\n"
            messages[-1] = (messages[-1][0], messages[-1][1] + data)
        else:
            raise SystemExit(f"{path}: {line}")
    return settings, steps, messages


class Server:
    def __init__(self, program, settings, mode, folder):
        service = "--listen-lmtp" if "lmtp" in settings else "--listen"
        if mode == "tls":
            service = "--listen-tls"
        options = [f"--{name}={value}" for name, value in settings.items() if name not in ("only", "lmtp", "rcpt")]
        options += [f"--rcpt={pattern}" for pattern in settings.get("rcpt", "@example.com").split(",")]
        self.log = open(folder + "/log", "wb")
        self.process, addresses = start(
            [program, "--spool", folder + "/spool", service, "127.0.0.1:0", "--hostname", "mx.example.com",
             "--drain", "1", "--rate-per-ip", "0", "--max-connections-per-ip", "1000", *options], stderr=self.log)
        self.port = port(addresses[0])

    def stop(self):
        self.process.terminate()
        return self.process.wait(10)


def play(program, path, mode):
    settings, steps, messages = read(path)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, settings, mode, folder)
        sessions = [steps]
        if os.path.basename(path).startswith("smuggling"):
            sessions += every_split(steps)
        try:
            for session in sessions:
                talk(server, session, mode)
        finally:
            code = server.stop()
        assert code == 0, f"exit {code}"
        compare(folder + "/spool", messages * len(sessions), mode)


def every_split(steps):
    """The same session, its content in two packets, in TLS in two records, at each place."""
    number = max((n for n, step in enumerate(steps) if step[0] == "C"), key=lambda n: len(steps[n][1]))
    content = steps[number][1]
    for place in range(1, len(content)):
        yield steps[:number] + [("C", content[:place]), ("C", content[place:])] + steps[number + 1:]


def talk(server, steps, mode):
    client = socket.create_connection(("127.0.0.1", server.port), 10)
    if mode == "tls":
        client = context().wrap_socket(client)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = client.makefile("rb")
    for kind, what in steps:
        if kind == "C":
            client.sendall(what)
        elif kind == "T":
            client = context().wrap_socket(client)
            lines = client.makefile("rb")
        elif kind == "X":
            rest = lines.read()
            assert rest == b"", f"after the end: {rest}"
        elif kind == "S:" or kind == "S" + mode + ":":
            reply = lines.readline().decode()
            wanted = re.escape(what).replace("<id>", "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
            assert re.fullmatch(wanted + "\r\n", reply), f"want {what!r}, got {reply!r}"
    client.close()


def compare(spool, messages, mode):
    assert os.listdir(spool + "/tmp") == [], "tmp is not empty"
    found = []
    for name in sorted(os.listdir(spool + "/new")):
        raw = open(f"{spool}/new/{name}", "rb").read()
        trace = re.match(
            rb"Return-Path: (<.*>)\r\n((?:Delivered-To: .*\r\n)+)Received: from (\S+) \(unknown \[127\.0\.0\.1\]\)"
            rb"(?: \(using TLSv1\.[23] with cipher [\w-]+\))?\r\n\tby mx\.example\.com with (\w+) id ([0-9a-f-]+)"
            rb"(?:\r\n\tfor (<.*>))?;\r\n\t\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\n", raw)
        assert trace, f"trace block: {raw[:300]}"
        assert trace[5].decode() + ".eml" == name
        to = [b"<%s>" % line.partition(b": ")[2] for line in trace[2].split(b"\r\n")[:-1]]
        assert trace[6] == (to[0] if len(to) == 1 else None)
        found.append((b" ".join([trace[1], *to, trace[4]]).decode(), raw[trace.end():]))
    wanted = []
    for envelope, content in messages:
        if mode == "tls" and not envelope.endswith(" SMTP"):
            envelope += "S"
        wanted.append((envelope, content))
    assert found == wanted, f"spool: {found}\nwanted: {wanted}"


def main():
    program, mode = sys.argv[1:3]
    paths = sys.argv[3:] or sorted(glob.glob(HERE + "/*.txt"))
    played, failed = 0, 0
    for path in paths:
        settings = read(path)[0]
        if mode == "tls" and (settings.get("only") in ("clear", "whole") or "lmtp" in settings):
            continue
        played += 1
        try:
            play(program, path, mode)
        except Exception as error:
            failed += 1
            print(f"{os.path.basename(path)}: {type(error).__name__} {error}")
    print(f"{mode}: {played - failed} of {played} passed")
    sys.exit(failed > 0 or played < 20)


main()
