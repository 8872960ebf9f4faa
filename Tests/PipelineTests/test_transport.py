"""json-post over every transport that it offers: unix sockets, IPv6, TLS with its faults, client certificates, a proxy, HTTP/2."""
import base64
import http.server
import itertools
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import unittest
import unittest.mock

from harness import PipelineTest

RECORDS = b"".join(b'{"id":"r%d"}\n' % n for n in range(50))
ONCE = ("--max-age", "0.2s", "--schedule", "0.1s", "--timeout", "5")


def handler(seen, closes=False):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            certificate = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
            seen.append((self.path, body, self.headers, certificate))
            if closes:  # later than any timer of libcurl's that would make it look
                time.sleep(0.3)
                self.close_connection = True
            self.send_response(204)
            self.end_headers()

        def address_string(self):
            return ""

        def log_message(self, *_):
            pass
    return Handler


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other direction has ended


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # clients that do not trust it


class Transport(PipelineTest):
    def setUp(self):
        super().setUp()
        self.seen = []

    def serve(self, family=socket.AF_INET, address=("127.0.0.1", 0), context=None, closes=False):
        kind = type("Server", (Server,), {"address_family": family})
        server = kind(address, handler(self.seen, closes))
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(lambda: (server.shutdown(), server.server_close()))
        return server.server_address

    def post(self, *arguments, records=b'{"id":"a"}\n'):
        done = self.run_tool("json-post", *ONCE, *arguments, input=records)
        return done.returncode, done.stderr.decode()

    def certificate(self, name, *more, host="localhost"):
        """A key and a certificate by our own CA, which is made first."""
        def openssl(*arguments):
            subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
        ca, key, request, cert = (self.directory / f for f in ("ca.pem", f"{name}.key", f"{name}.csr", f"{name}.pem"))
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        if not ca.exists():
            openssl("req", "-x509", *new, "-keyout", self.directory / "ca.key", "-out", ca, "-subj", "/CN=test CA", "-days", 2)
        openssl("req", *new, "-keyout", key, "-out", request, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{host}")
        openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", self.directory / "ca.key", "-CAcreateserial", "-out", cert,
                "-copy_extensions", "copy", *(more or ("-days", 2)))
        return cert, key

    def context(self, cert, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context

    def test_unix_socket(self):
        path = str(self.directory / "hook")
        self.serve(socket.AF_UNIX, path)
        self.assertEqual(self.post("--unix-socket", path, "http://app.example/hook", records=RECORDS)[0], 0)
        self.assertEqual(len(self.seen), 50)
        self.assertEqual({(path, headers["host"]) for path, _, headers, _ in self.seen}, {("/hook", "app.example")})

    def test_unix_socket_that_is_closed_without_a_word(self):
        """The next one has its number, and is connected at once: the first wish is the same as before."""
        path = str(self.directory / "hook")
        self.serve(socket.AF_UNIX, path, closes=True)
        records = b"".join(RECORDS.splitlines(True)[:5])
        code, log = self.post("--concurrency", "1", "--unix-socket", path, "http://app.example/", records=records)
        self.assertEqual((code, len(self.seen)), (0, 5), log)

    def test_ipv6(self):
        try:
            port = self.serve(socket.AF_INET6, ("::1", 0))[1]
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        self.assertEqual(self.post(f"http://[::1]:{port}/")[0], 0)
        self.assertEqual(len(self.seen), 1)
        self.assertEqual(self.post("--deny-private", f"http://[::1]:{port}/")[0], 75)
        self.assertEqual(len(self.seen), 1)

    def test_tls_and_its_faults(self):
        good, key = self.certificate("good")
        port = self.serve(context=self.context(good, key))[1]
        trust = ("--cacert", self.directory / "ca.pem")
        self.assertEqual(self.post(*trust, f"https://localhost:{port}/")[0], 0)
        self.assertEqual(len(self.seen), 1)
        wrong = self.serve(context=self.context(*self.certificate("other", host="other.example")))[1]
        expired = self.serve(context=self.context(*self.certificate("old", "-days", "-1")))[1]
        for words, arguments in {
            "unable to get local issuer": (f"https://localhost:{port}/",),
            "no alternative certificate subject name": (*trust, f"https://localhost:{wrong}/"),
            "certificate has expired": (*trust, f"https://localhost:{expired}/"),
        }.items():
            code, log = self.post(*arguments)
            self.assertEqual(code, 75, log)
            self.assertIn(words, log)
        self.assertEqual(len(self.seen), 1, "nothing was sent to whom is not trusted")

    def test_the_handshake_is_cut(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def cut():
            while True:
                try:
                    client = listener.accept()[0]
                except OSError:
                    return
                client.recv(20)
                client.close()
        threading.Thread(target=cut, daemon=True).start()
        code, log = self.post(f"https://localhost:{listener.getsockname()[1]}/")
        self.assertEqual(code, 75)
        self.assertIn("event=undelivered", log)

    def test_client_certificate(self):
        context = self.context(*self.certificate("server"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.directory / "ca.pem")
        port = self.serve(context=context)[1]
        cert, key = self.certificate("client-7")
        trust = ("--cacert", self.directory / "ca.pem", f"https://localhost:{port}/")
        self.assertEqual(self.post(*trust)[0], 75)
        self.assertEqual(self.seen, [])
        self.assertEqual(self.post("--cert", cert, "--key", key, *trust)[0], 0)
        self.assertEqual(self.seen[0][3]["subject"], ((("commonName", "client-7"),),))

    def test_basic_authentication(self):
        port = self.serve()[1]
        file = self.directory / "user"
        for user in ("user:pass", "user:correct horse: battery", "user:grün"):
            file.write_text(user + "\n", encoding="utf-8")
            self.assertEqual(self.post("--user-file", file, f"http://127.0.0.1:{port}/")[0], 0, user)
            told = base64.b64encode(user.encode()).decode()
            self.assertEqual(self.seen.pop()[2]["authorization"], f"Basic {told}")
        file.write_text("user:two\nlines\n")
        self.assertEqual(self.post("--user-file", file, f"http://127.0.0.1:{port}/")[0], 78)
        self.assertEqual(self.seen, [])

    def test_proxy(self):
        port = self.serve()[1]
        self.assertEqual(self.post("--proxy", f"http://127.0.0.1:{port}", "http://app.example/hook")[0], 0)
        self.assertEqual(self.seen.pop()[0], "http://app.example/hook")
        self.assertEqual(self.post("--proxy", f"http://127.0.0.1:{port}", "http://bücher.example/hook")[0], 0)
        self.assertEqual(self.seen.pop()[0], "http://xn--bcher-kva.example/hook")
        # An empty one is none, whatever the environment says.
        with unittest.mock.patch.dict(os.environ, http_proxy=f"http://127.0.0.1:{port}"):
            self.assertEqual(self.post("http://app.invalid/")[0], 0)
            self.assertEqual(self.seen.pop()[0], "http://app.invalid/")
            self.assertEqual(self.post("--proxy", "", f"http://127.0.0.1:{port}/direct")[0], 0)
            routes = self.directory / "routes"
            routes.write_text(f"route a\nrcpt @*\nurl http://127.0.0.1:{port}/routed\nproxy\n")
            record = b'{"id":"a","envelope":{"rcptTo":["x@a.example"]}}\n'
            self.assertEqual(self.post("--route-file", routes, records=record)[0], 0)
        self.assertEqual([path for path, *_ in self.seen], ["/direct", "/routed"])

    def nginx(self, servers):
        """Runs nginx with these servers, as text; gives its access log, whose lines are protocol, connection, id and status."""
        nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
        if not nginx:
            raise unittest.SkipTest("nginx is not installed (make bench-deps)")
        cert, key = self.certificate("server")
        temporary = " ".join(f"{what}_temp_path {self.directory}/t-{what};" for what in
                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration, log = self.directory / "nginx.conf", self.directory / "access"
        configuration.write_text(f"""
            daemon off; master_process off; pid {self.directory}/pid; error_log {self.directory}/errors;
            events {{}}
            http {{
                {temporary}
                log_format row "$server_protocol $connection $http_webhook_id $status"; access_log {log} row;
                ssl_certificate {cert}; ssl_certificate_key {key}; {servers} }}""")
        process = subprocess.Popen([nginx, "-c", configuration], stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, process)
        return log

    def free_ports(self):
        with socket.socket() as one, socket.socket() as two:
            for free in one, two:
                free.bind(("127.0.0.1", 0))
            return one.getsockname()[1], two.getsockname()[1]

    # nginx says nothing when it listens; json-post comes back until it does.
    PATIENT = ("--schedule", "0.1s", "--max-age", "30s", "--concurrency", "8")

    def test_http2(self):
        """nginx, which tells protocol and connection: many requests, few connections."""
        tls, plain = self.free_ports()
        log = self.nginx(f"""
            server {{ listen 127.0.0.1:{tls} ssl http2; listen 127.0.0.1:{plain} http2; location / {{ return 204; }} }}""")
        for arguments in (("--cacert", self.directory / "ca.pem", f"https://localhost:{tls}/"),
                          ("--http2-prior-knowledge", f"http://localhost:{plain}/")):
            log.write_text("") if log.exists() else None
            done = self.run_tool("json-post", *self.PATIENT, *arguments, input=RECORDS)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = [line.split() for line in log.read_text().splitlines()]
            self.assertEqual(len(rows), 50)
            self.assertEqual({row[0] for row in rows}, {"HTTP/2.0"})
            if "--cacert" in arguments:
                self.assertLessEqual(len({row[1] for row in rows}), 8, "connections are used again")

    def test_some_connections_speak_http2_and_some_do_not(self):
        """As behind a balancer, or while HTTP/2 is turned off: no two requests meet on a connection of HTTP/1.1."""
        ports = self.free_ports()
        log = self.nginx(f"""
            keepalive_requests 5;
            server {{ listen 127.0.0.1:{ports[0]} ssl http2; location / {{ return 204; }} }}
            server {{ listen 127.0.0.1:{ports[1]} ssl; location / {{ return 204; }} }}""")
        records = b"".join(b'{"id":"r%d","text":"%s"}\n' % (n, b"x" * (n * 37 % 9000)) for n in range(600))
        done = self.run_tool("json-post", *self.PATIENT, "--cacert", self.directory / "ca.pem",
                             f"https://localhost:{self.balance(ports)}/", input=records)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split() for line in log.read_text().splitlines()]
        self.assertEqual({row[0] for row in rows}, {"HTTP/2.0", "HTTP/1.1"})
        self.assertEqual({row[2] for row in rows if row[3] == "204"}, {f"r{n}" for n in range(600)})
        self.assertEqual({row[3] for row in rows}, {"204"})

    def balance(self, ports):
        """A TCP proxy that gives connections to these ports by turns; its own port."""
        turns = itertools.cycle(ports)

        class Relay(socketserver.BaseRequestHandler):
            def handle(self):
                with socket.create_connection(("127.0.0.1", next(turns))) as server:
                    back = threading.Thread(target=pump, args=(server, self.request), daemon=True)
                    back.start()
                    pump(self.request, server)
                    back.join()
        relay = Server(("127.0.0.1", 0), Relay)
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        self.addCleanup(lambda: (relay.shutdown(), relay.server_close()))
        return relay.server_address[1]
