"""What the scripts here share: a running smtp-accept, and sockets to it."""
import os, re, shutil, socket, ssl, subprocess, sys, tempfile, time, traceback

PROGRAM = os.environ["SMTP_ACCEPT"]


class Skipped(Exception):
    """The machine lacks what a test needs."""


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


class Server:
    """A private smtp-accept; stopped, and its exit status checked, at the end of a `with`."""

    def __init__(self, *options, listen=("--listen", "127.0.0.1:0"), spool=None, rcpt=("--rcpt", "@example.com"),
                 stdout=None, prefix=(), **popen):
        self.folder = tempfile.mkdtemp(prefix="smtp-accept-test.")
        self.spool = spool or self.folder + "/spool"
        ready, write = os.pipe()
        self.log_path = self.folder + "/log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*prefix, PROGRAM, "--spool", self.spool, *listen, *rcpt, "--hostname", "mx.example.com", "--drain", "2",
                 "--ready-fd", str(write), *options], pass_fds=[write], stderr=log, stdout=stdout, **popen)
        os.close(write)
        with os.fdopen(ready) as line:
            self.addresses = line.readline().split()
        assert self.addresses, f"did not start: {self.log()}"
        self.port = int(self.addresses[0].rpartition(":")[2]) if ":" in self.addresses[0][5:] else 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if self.process.poll() is None:
                self.process.terminate()
            code = self.process.wait(15)
            if kind is None and not getattr(self, "may_fail", False):
                assert code == 0, f"exit {code}: {self.log()[-2000:]}"
        finally:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return open(self.log_path, encoding="utf-8", errors="replace").read()

    def wait_log(self, pattern, seconds=10):
        eventually(lambda: re.search(pattern, self.log()), f"log: {pattern}", seconds)

    def messages(self):
        """The spool's messages in order, without their trace blocks."""
        found = []
        for name in sorted(os.listdir(self.spool + "/new")):
            raw = open(f"{self.spool}/new/{name}", "rb").read()
            found.append(re.sub(rb"\AReturn-Path: .*?\r\nReceived: .*?\r\n(?![\t])", b"", raw, count=1, flags=re.S))
        assert os.listdir(self.spool + "/tmp") == []
        return found

    def connect(self, greet=True):
        return Client(socket.create_connection(("127.0.0.1", self.port), 20), greet)


class Client:
    """A hand-driven client."""

    def __init__(self, sock, greet=True):
        self.sock = sock
        sock.settimeout(20)
        self.file = sock.makefile("rb")
        if greet:
            assert self.reply().startswith("220 ")

    def reply(self):
        """The last line of the next reply; empty when the connection is closed."""
        while True:
            line = self.file.readline().decode("utf-8", "replace").rstrip("\r\n")
            if line[3:4] != "-":
                return line

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def say(self, line):
        self.send(line + "\r\n")
        return self.reply()

    def expect(self, line, reply):
        got = self.say(line)
        assert got.startswith(reply), f"{line}: {got!r}, not {reply}"
        return got

    def begin(self, to="a@example.com", parameters=""):
        self.expect("EHLO client.example", "250")
        self.expect(f"MAIL FROM:<s@example.net>{parameters}", "250 2.1.0")
        self.expect(f"RCPT TO:<{to}>", "250 2.1.5")

    def deliver(self, text="hello"):
        self.begin()
        self.expect("DATA", "354")
        return self.expect(text + "\r\n.", "250 2.0.0 Ok: queued as ")

    def start_tls(self):
        self.expect("EHLO client.example", "250")
        self.expect("STARTTLS", "220")
        self.sock = context().wrap_socket(self.sock)
        self.file = self.sock.makefile("rb")

    def closed(self):
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.file.close()
        self.sock.close()


def eventually(holds, what, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not in {seconds} s: {what}"
        time.sleep(0.02)


def run(*command, status=0, input=None, env=None):
    done = subprocess.run(command, input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          env={**os.environ, **(env or {})})
    assert done.returncode == status, f"{command}: exit {done.returncode}\n{done.stdout.decode(errors='replace')[-3000:]}"
    return done.stdout.decode(errors="replace")


def need_root():
    if os.getuid() != 0:
        raise Skipped("needs root")


def main(names):
    """Runs the functions test_… of a script: those that the command line names, or all."""
    tests = {name[5:]: test for name, test in names.items() if name.startswith("test_")}
    failed = 0
    for name in sys.argv[1:] or tests:
        start = time.monotonic()
        try:
            tests[name]()
            print(f"{name}: passed in {time.monotonic() - start:.1f} s", flush=True)
        except Skipped as reason:
            print(f"{name}: SKIPPED, {reason}")
        except Exception:
            failed += 1
            print(f"{name}: FAILED\n{traceback.format_exc()}")
    print(f"{len(sys.argv[1:]) or len(tests)} run, {failed} failed")
    sys.exit(failed > 0)
