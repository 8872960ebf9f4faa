"""The servers that are compared, each private and in a folder of its own. A server has a port and the pid of its first
process; `close` ends it and checks that it holds the messages it was given."""
import os, shutil, socket, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = HERE + "/../../.build/bench"
sys.path.insert(0, HERE + "/../../Tests/SmtpAcceptTests")
os.environ.setdefault("SMTP_ACCEPT", HERE + "/../../bin/smtp-accept")
import exim, harness


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    def answers():
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as client:
                return client.recv(3) == b"220"
        except OSError:
            return False
    harness.eventually(answers, "an answer")


class Child:
    """A server that is one child of this process, or the parent of the others."""
    has_tls = True
    # How many messages it is given, as a part of what the fastest gets: each shall take about a second.
    share = 1.0

    def start(self, *command, **popen):
        self.process = subprocess.Popen(command, **popen)
        self.pid = self.process.pid

    def close(self, count):
        self.process.terminate()
        self.process.wait()
        stored = self.stored()
        assert stored in (None, count), f"{type(self).__name__}: {stored} stored, not {count}"

    def stored(self):
        return len(os.listdir(self.spool + "/new"))


class Accept(Child):
    name = "smtp-accept"

    @staticmethod
    def is_there():
        return os.path.exists(harness.PROGRAM)

    def __init__(self, folder, certificate, key):
        self.server = harness.Server("--max-connections-per-ip", "1000", "--rate-per-ip", "0", "--tls-cert", certificate,
                                     "--tls-key", key, spool=folder + "/spool")
        self.process, self.pid, self.port = self.server.process, self.server.process.pid, self.server.port
        self.spool = folder + "/spool"

    def close(self, count):
        super().close(count)
        shutil.rmtree(self.server.folder)


class Printing(Child):
    """One that prints its port."""
    share = 0.6

    def __init__(self, folder, certificate, key):
        self.spool = folder + "/spool"
        self.start(*self.command, self.spool, certificate, key, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline())
        self.process.stdout.close()


class GoSMTP(Printing):
    name = "go-smtp"
    command = [BENCH + "/go-smtp"]

    @classmethod
    def is_there(cls):
        return os.path.exists(cls.command[0])


class Bare(Printing):
    """bare.c, which `run` builds."""
    name, share = "bare", 1.0

    @staticmethod
    def is_there():
        return True


class AioSMTPd(Printing):
    name, share = "aiosmtpd", 0.08
    command = [BENCH + "/bin/python", HERE + "/aio.py"]

    @classmethod
    def is_there(cls):
        return subprocess.run([cls.command[0], "-c", "import aiosmtpd"], capture_output=True).returncode == 0 \
            if os.path.exists(cls.command[0]) else False


class Sink(Child):
    name, has_tls = "smtp-sink", False

    @staticmethod
    def is_there():
        return bool(shutil.which("smtp-sink"))

    def __init__(self, folder, certificate, key):
        self.port = free_port()
        self.start("smtp-sink", "-u", "nobody", f"127.0.0.1:{self.port}", "1000")
        wait_for(self.port)

    def stored(self):
        return None


class Exim(Child):
    """As Tests/SmtpAcceptTests/exim.py runs it; it syncs the two files of a message, and its log by no means."""
    name, share = "Exim", 0.08
    SETTINGS = """
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
exim_path = {program}
primary_hostname = mx.example.com
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
tls_on_connect_ports =
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
smtp_connect_backlog = 500
rfc1413_hosts =
host_lookup =
never_users =
keep_environment =
queue_only = true
acl_smtp_rcpt = accept
begin acl
accept:
  accept
begin routers
hold:
  driver = redirect
  data = :blackhole:
"""

    @staticmethod
    def is_there():
        return os.path.exists(exim.EXIM)

    def __init__(self, folder, certificate, key):
        self.folder, self.port = folder, free_port()
        exim.prepare(folder)
        shutil.copy(key, folder + "/key.pem")
        os.chown(folder + "/key.pem", exim.USER, exim.USER)
        open(folder + "/exim.conf", "w").write(self.SETTINGS.format(
            folder=folder, program=exim.EXIM, port=self.port, certificate=certificate, key=folder + "/key.pem"))
        self.start(*exim.command(folder, "-bdf"), stderr=subprocess.DEVNULL)
        wait_for(self.port)

    def stored(self):
        return sum(name.endswith("-H") for _, _, files in os.walk(self.folder + "/spool/input") for name in files)


class Postfix:
    name, share, has_tls = "Postfix", 0.35, True
    MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = mx.example.com
mydestination = example.com
local_recipient_maps =
alias_maps =
alias_database =
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_client_connection_count_limit = 0
default_process_limit = 200
smtpd_client_restrictions = check_client_access static:HOLD
smtpd_tls_security_level = may
smtpd_tls_chain_files = {key}, {certificate}
"""
    MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
"""

    @staticmethod
    def is_there():
        return bool(shutil.which("postfix", path="/usr/sbin:/sbin:/usr/bin"))

    def __init__(self, folder, certificate, key):
        self.folder, self.port = folder, free_port()
        for name in ("etc", "queue", "data"):
            os.mkdir(f"{folder}/{name}")
        os.chmod(folder, 0o755)
        harness.run("chown", "postfix", folder + "/data")
        for name, text in (("main.cf", self.MAIN), ("master.cf", self.MASTER)):
            open(f"{folder}/etc/{name}", "w").write(
                text.lstrip().format(folder=folder, port=self.port, certificate=certificate, key=key))
        open(folder + "/maillog", "w").close()
        harness.run("postfix", "-c", folder + "/etc", "start")
        harness.eventually(lambda: os.path.exists(folder + "/queue/pid/master.pid"), "postfix starts")
        self.pid = int(open(folder + "/queue/pid/master.pid").read())
        wait_for(self.port)

    def close(self, count):
        queued = sum(len(files) for _, _, files in os.walk(self.folder + "/queue/hold"))
        subprocess.run(["postfix", "-c", self.folder + "/etc", "abort"], capture_output=True)
        harness.eventually(lambda: not os.path.exists(f"/proc/{self.pid}"), "postfix ends")
        assert queued == count, f"{queued} queued, not {count}"


ALL = [kind for kind in (Accept, Bare, Postfix, GoSMTP, Exim, AioSMTPd, Sink) if kind.is_there()]
