"""What the benchmarks of json-post share: a receiver, records, a spool of their messages, and what a process took."""
import atexit
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
POST = pathlib.Path(os.environ.get("MAILPIPE_BIN", ROOT / "bin")) / "json-post"
TEXT = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 150


def directory():
    """A directory that goes when the program ends."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="json-post-bench-"))
    atexit.register(shutil.rmtree, path, True)
    return path


def spool_id(number):
    return f"01a1fc12-4a13-7000-8924-{number:012x}"


def record(number, size=8192):
    head = f'{{"id":"{spool_id(number)}","text":"'
    return head + TEXT[: size - len(head) - 2] + '"}'


def write_records(path, count, size=8192):
    with open(path, "w") as out:
        for number in range(count):
            out.write(record(number, size) + "\n")


def write_spool(path, count):
    """An empty message for each record."""
    new = path / "new"
    new.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        os.close(os.open(new / f"{spool_id(number)}.eml", os.O_CREAT | os.O_WRONLY))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Nginx:
    """One process that answers 204 to all: HTTP/1.1 plain and with TLS, and HTTP/2 with TLS."""

    def __init__(self, where, log="off"):
        self.certificate = where / "cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-keyout", where / "key.pem", "-out", self.certificate, "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        ports = free_ports(3)
        self.urls = {"HTTP/1.1": f"http://localhost:{ports[0]}/", "HTTP/1.1 TLS": f"https://localhost:{ports[1]}/",
                     "HTTP/2 TLS": f"https://localhost:{ports[2]}/"}
        temporary = " ".join(f"{what}_temp_path {where}/nginx-{what};" for what in
                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.configuration = where / "nginx.conf"
        self.configuration.write_text(f"""
            master_process off; daemon off; pid {where}/pid; error_log {where}/errors;
            events {{ worker_connections 1024; }}
            http {{
                access_log {log}; keepalive_requests 1000000000; client_max_body_size 0; client_body_buffer_size 64k;
                http2_max_concurrent_streams 128; {temporary}
                ssl_certificate {self.certificate}; ssl_certificate_key {where}/key.pem;
                server {{ listen 127.0.0.1:{ports[0]}; location / {{ return 204; }} }}
                server {{ listen 127.0.0.1:{ports[1]} ssl; location / {{ return 204; }} }}
                upstream self {{ server 127.0.0.1:{ports[0]}; keepalive 128; }}
                server {{ listen 127.0.0.1:{ports[2]} ssl http2; location / {{
                    proxy_pass http://self; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
            }}""")
        self.port = ports[0]

    def start(self):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        process = subprocess.Popen([program, "-c", self.configuration], stderr=subprocess.DEVNULL)
        atexit.register(self.stop, process)
        while socket.socket().connect_ex(("127.0.0.1", self.port)) != 0:
            time.sleep(0.02)

    @staticmethod
    def stop(process):
        process.terminate()
        process.wait()


def measure(command, **options):
    """Seconds by the clock, and of processor time on this side."""
    began, before = time.monotonic(), os.times()
    done = subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    took, after = time.monotonic() - began, os.times()
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return took, after.children_user + after.children_system - before.children_user - before.children_system
