"""What the scripts here share: a running smtp-accept, and sockets to it."""
import os, re, shutil, socket, ssl, subprocess, sys, tempfile, time, traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/..")
from wire import Client, context, port, start, wait_for

PROGRAM = os.environ["SMTP_ACCEPT"]


class Skipped(Exception):
    """The machine lacks what a test needs."""


class Server:
    """A private smtp-accept; stopped, and its exit status checked, at the end of a `with`."""

    def __init__(self, *options, listen=("--listen", "127.0.0.1:0"), spool=None, rcpt=("--rcpt", "@example.com"),
                 stdout=None, prefix=(), **popen):
        self.folder = tempfile.mkdtemp(prefix="smtp-accept-test.")
        self.spool = spool or self.folder + "/spool"
        self.log_path = self.folder + "/log"
        with open(self.log_path, "wb") as log:
            self.process, self.addresses = start(
                [*prefix, PROGRAM, "--spool", self.spool, *listen, *rcpt, "--hostname", "mx.example.com", "--drain", "2",
                 *options], stderr=log, stdout=stdout, **popen)
        assert self.addresses, f"did not start: {self.log()}"
        self.port = port(self.addresses[0]) if ":" in self.addresses[0][5:] else 0
        # A sanitizer adds its own.
        self.threads_at_rest = self.threads()

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
        return Client(self.port, greet)

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def wait_until_all_have_left(self, seconds=60):
        eventually(lambda: self.threads() <= self.threads_at_rest, "all threads end", seconds)


def eventually(holds, what, seconds=10):
    wait_for(what, holds, seconds)


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
