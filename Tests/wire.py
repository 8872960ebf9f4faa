"""What all scripts here share: a program that says when it listens, and a hand-driven SMTP client."""
import os, socket, ssl, subprocess, time


def wait_for(what, holds, seconds):
    """Asks until the answer is true, and gives it. Fails loudly, naming what did not come."""
    end = time.monotonic() + seconds
    while True:
        answer = holds()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.02)


def start(command, **popen):
    """Starts a program with --ready-fd; the process, and the addresses on which it listens: none when it does not."""
    ready, write = os.pipe()
    try:
        process = subprocess.Popen([*map(str, command), "--ready-fd", str(write)], pass_fds=[write], **popen)
    finally:
        os.close(write)
    with os.fdopen(ready) as line:
        return process, line.readline().split()


def port(address):
    """Of `host:port`."""
    return int(address.rpartition(":")[2])


def context():
    """For TLS with whoever answers."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


class Client:
    """A hand-driven SMTP client on a socket, or on a port of this machine: it knows only what it reads, so that it can
    be cut off at any moment."""

    def __init__(self, to, greet=True, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", to), timeout) if isinstance(to, int) else to
        self.socket.settimeout(timeout)
        self.file = self.socket.makefile("rb")
        if greet:
            assert self.reply().startswith("220 ")

    def lines(self):
        """The lines of the next reply; none when the connection is closed."""
        lines = []
        while True:
            line = self.file.readline()
            if not line.endswith(b"\n"):
                return []
            lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            if lines[-1][3:4] != "-":
                return lines

    def reply(self):
        """The last line of the next reply; empty when the connection is closed."""
        return (self.lines() or [""])[-1]

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

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
        self.socket = context().wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")

    def closed(self):
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.file.close()
        self.socket.close()
