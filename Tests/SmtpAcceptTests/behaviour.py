#!/usr/bin/env python3
"""behaviour.py [NAME...]: the built smtp-accept ($SMTP_ACCEPT) and what it does beyond a dialogue. Without names: all."""
import calendar, email, email.policy, fcntl, http.client, os, re, select, signal, smtplib, socket, ssl, subprocess, sys, tempfile, threading, time
from email.message import EmailMessage

from harness import *


# Real clients.

def test_smtplib_plain_and_starttls_with_attachments():
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Grüße", "s@example.net", "a@example.com"
    message.set_content("Zeile\n.\n..punkt\n")
    data = os.urandom(200_000)
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename="x.bin")
    with Server() as server:
        for secure in (False, True):
            with smtplib.SMTP("127.0.0.1", server.port) as client:
                if secure:
                    client.starttls(context=context())
                refused = client.send_message(message, to_addrs=["a@example.com", "no@example.org", "b@example.com"])
                assert list(refused) == ["no@example.org"]
        for raw in server.messages():
            received = email.message_from_bytes(raw, policy=email.policy.default)
            assert received["Subject"] == "Grüße"
            assert received.get_body().get_content().splitlines() == ["Zeile", ".", "..punkt"]
            assert [a.get_content() for a in received.iter_attachments()] == [data]
        assert len(server.messages()) == 2


def test_smtplib_smtputf8():
    with Server() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        client.sendmail("ü@example.net", ["ö@example.com"], "Subject: ü\r\n\r\nü\r\n".encode(),
                        mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        assert server.messages() == ["Subject: ü\r\n\r\nü\r\n".encode()]


def test_25_megabytes_with_little_memory():
    body = b"".join(b"%07d %s\r\n" % (i, b"x" * 60) for i in range(370_000))
    with Server() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        client.sendmail("s@example.net", ["a@example.com"], body)
        status = open(f"/proc/{server.process.pid}/status").read()
        assert int(re.search(r"VmHWM:\s+(\d+)", status)[1]) < 40_000, status
        assert server.messages() == [body]


def test_curl():
    with Server(listen=("--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0")) as server:
        common = ("curl", "-sS", "-k", "--mail-from", "s@example.net", "--mail-rcpt", "a@example.com", "-T", "-")
        run(*common, f"smtp://127.0.0.1:{server.port}", input=b"Subject: plain\r\n\r\nhi\r\n")
        run(*common, "--ssl-reqd", f"smtp://127.0.0.1:{server.port}", input=b"Subject: starttls\r\n\r\nhi\r\n")
        run(*common, f"smtps://{server.addresses[1]}", input=b"Subject: tls\r\n\r\nhi\r\n")
        assert [m.split()[1] for m in server.messages()] == [b"plain", b"starttls", b"tls"]


def test_swaks():
    with Server() as server:
        for options in ((), ("-tls",), ("-tls", "--tls-protocol", "tlsv1_2"), ("--pipeline",)):
            run("swaks", "--server", f"127.0.0.1:{server.port}", "--to", "a@example.com", "--from", "s@example.net",
                *options)
        assert len(server.messages()) == 4


def test_openssl_in_both_versions():
    with Server() as server:
        for version in ("-tls1_2", "-tls1_3"):
            output = run("openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{server.port}", version,
                         "-ign_eof", "-quiet", input=b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n"
                         b"hi\r\n.\r\nQUIT\r\n")
            assert "queued as" in output
        run("openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{server.port}", "-tls1_1",
            "-cipher", "ALL@SECLEVEL=0", status=1, input=b"")
        certificate = subprocess.run(
            ["openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{server.port}"],
            input=b"", capture_output=True).stdout
        text = run("openssl", "x509", "-noout", "-text", input=certificate)
        assert "DNS:mx.example.com" in text and "prime256v1" in text


# Framing.

def test_one_byte_at_a_time():
    with Server() as server:
        client = server.connect()
        for byte in b"HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n..x\r\n\n.\n\r\n.\r\nQUIT\r\n":
            client.send(bytes([byte]))
        assert [client.reply()[:3] for _ in range(6)] == ["250", "250", "250", "354", "250", "221"]
        assert server.messages() == [b".x\r\n\r\n.\r\n\r\n"]


def test_a_line_of_ten_megabytes():
    with Server() as server:
        client = server.connect()
        client.send(b"X" * 10_000_000)
        client.expect("", "500 5.5.2 Line too long")
        client.begin()
        client.expect("DATA", "354")
        client.send(b"y" * 10_000_000 + b"\r\n.\r\n")
        assert client.reply().startswith("250 ")
        assert server.messages() == [b"y" * 10_000_000 + b"\r\n"]


def test_a_pipelined_block_and_half_close():
    block = b"EHLO c\r\n" + b"MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n" + b"z" * 5000 + b"\r\n.\r\n"
    with Server() as server:
        client = server.connect()
        client.send(block + block[8:])
        client.socket.shutdown(socket.SHUT_WR)
        replies = [client.reply()[:3] for _ in range(9)]
        assert replies == ["250", "250", "250", "354", "250", "250", "250", "354", "250"], replies
        assert client.closed()
        assert server.messages() == [b"z" * 5000 + b"\r\n"] * 2


def test_a_client_that_leaves_within_data():
    with Server() as server:
        for secure in (False, True):
            for reset in (False, True):
                client = server.connect()
                if secure:
                    client.start_tls()
                client.begin()
                client.expect("DATA", "354")
                client.send(b"half\r\n" * 50_000 + b".")
                if reset:
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                client.close()
        eventually(lambda: server.log().count("event=lost") == 4, "four lost")
        assert server.messages() == []
        server.connect().deliver()


# TLS.

def test_plaintext_behind_starttls_ends_the_session():
    with Server() as server:
        client = server.connect()
        client.expect("EHLO c", "250")
        client.send("STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n")
        assert client.reply().startswith("421 4.7.0") and client.closed()
        client = server.connect()
        client.expect("STARTTLS", "220")
        client.send("MAIL FROM:<evil@example.org>\r\n")
        client.closed()
        server.wait_log("event=tls-failed")


def make_certificate(folder, name, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), days=30):
    run("openssl", "req", "-x509", "-newkey", *key, "-nodes", "-days", str(days),
        "-subj", f"/CN={name}", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem")


def shown_name(port):
    shown = subprocess.run(["openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{port}"], input=b"",
                           capture_output=True).stdout.decode()
    return re.search(r"subject=CN = (\S+)", shown)[1]


def test_certificates_are_read_again_and_broken_ones_are_not():
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "one.example.com")
        files = ("--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem")
        with Server(*files) as server:
            assert shown_name(server.port) == "one.example.com"
            make_certificate(folder, "two.example.com")
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("event=reloaded")
            assert shown_name(server.port) == "two.example.com"
            open(folder + "/cert.pem", "w").write("nonsense")
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("event=reload-failed")
            assert shown_name(server.port) == "two.example.com"
        run(PROGRAM, "--spool", folder + "/s", "--rcpt", "@x", "--listen", "127.0.0.1:0", *files, status=78)


def test_the_end_of_the_certificate_is_told():
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "mx.example.com")
        end = subprocess.run(["openssl", "x509", "-in", folder + "/cert.pem", "-noout", "-enddate", "-dateopt", "iso_8601"],
                             capture_output=True, check=True).stdout.decode().strip().removeprefix("notAfter=")
        seconds = calendar.timegm(time.strptime(end, "%Y-%m-%d %H:%M:%SZ"))
        with Server("--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem", "--status", "127.0.0.1:0") as server:
            assert f"\nsmtp_accept_certificate_end_timestamp_seconds {seconds}\n" in get(server.addresses[-1], "/metrics")[1]
            assert "event=certificate" not in server.log()
            make_certificate(folder, "mx.example.com", days=6)
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("level=warning event=certificate end=20")
    with Server("--tls", "off", "--status", "127.0.0.1:0") as server:
        assert "certificate" not in get(server.addresses[-1], "/metrics")[1]


def test_what_tls_refuses():
    """Old protocols, weak ciphers, compression and renegotiation; the server's order counts, and sessions are resumed."""
    def talk(*options, status=0, input=b"QUIT\r\n"):
        return run("openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{server.port}", *options,
                   status=status, input=input)
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "mx.example.com", key=("rsa:2048",))
        with Server("--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem") as server:
            for version in ("-tls1", "-tls1_1"):
                assert "alert protocol version" in talk(version, "-cipher", "ALL@SECLEVEL=0", status=1)
            for weak in ("aNULL", "eNULL", "kRSA", "kDHE"):
                assert "alert handshake failure" in talk("-tls1_2", "-cipher", f"{weak}@SECLEVEL=0", status=1), weak
            ciphers = ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384")
            for order in (ciphers, ciphers[::-1]):
                assert "Cipher is " + ciphers[1] in talk("-tls1_2", "-comp", "-cipher", ":".join(order))
            output = talk("-tls1_2", "-comp", "-legacy_renegotiation", status=1, input=b"R\nQUIT\r\n")
            assert "Compression: NONE" in output and "RENEGOTIATING" in output and "no renegotiation" in output, output
            for version in ("-tls1_2", "-tls1_3"):
                talk(version, "-sess_out", folder + "/session", "-ign_eof")
                assert "Reused, TLSv1." in talk(version, "-sess_in", folder + "/session")


def test_a_certificate_made_at_start_stays():
    with Server() as server:
        seen = []
        for _ in range(2):
            client = server.connect()
            client.start_tls()
            seen.append(client.socket.getpeercert(True))
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("event=reloaded")
        assert seen[0] == seen[1]


def test_nobody_is_asked_for_a_passphrase():
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "one.example.com")
        run("openssl", "pkey", "-in", folder + "/key.pem", "-aes128", "-passout", "pass:secret", "-out", folder + "/locked.pem")
        output = run("setsid", "-w", PROGRAM, "--spool", folder + "/s", "--rcpt", "@x", "--listen", "127.0.0.1:0", "--tls-cert",
                     folder + "/cert.pem", "--tls-key", folder + "/locked.pem", status=78, input=b"secret\n")
        assert "without a passphrase" in output and "Enter" not in output, output


# Limits.

def test_connections_per_address_and_in_all():
    with Server("--max-connections-per-ip", "2") as server:
        first, second = server.connect(), server.connect()
        third = server.connect(greet=False)
        assert third.reply().startswith("421 4.7.0 Too many connections from your address (limit 2)")
        first.expect("QUIT", "221")
        assert first.closed()
        eventually(lambda: server.connect(greet=False).reply().startswith("220"), "a seat is free again")
        second.deliver()
    with Server("--max-connections", "1") as server:
        first = server.connect()
        assert server.connect(greet=False).reply().startswith("421 4.3.2 Too many connections (limit 1)")
        first.deliver()


def test_waiting_ends():
    with Server("--timeout", "1") as server:
        clients = [server.connect() for _ in range(3)]
        clients[1].start_tls()
        clients[2].begin()
        clients[2].expect("DATA", "354")
        start = time.monotonic()
        for client in clients:
            assert client.reply().startswith("421 4.4.2 Nothing complete for 1 seconds")
            assert client.closed()
        assert time.monotonic() - start < 4
        # Bytes of a command that never ends are not a command.
        client = server.connect()
        for _ in range(20):
            try:
                client.send(b"N")
            except OSError:
                break
            time.sleep(0.1)
        assert "421 4.4.2" in client.reply()
        # A handshake that never ends.
        client = server.connect()
        client.expect("STARTTLS", "220")
        server.wait_log("event=tls-failed .*handshake: took longer than a minute or --timeout")
        assert server.messages() == []
    with Server() as server:
        client = server.connect()
        client.expect("STARTTLS", "220")
        server.process.terminate()
        server.wait_log("event=tls-failed .*handshake: shutting down")


def test_a_client_that_does_not_read():
    with Server("--timeout", "1", "--max-errors", "1000000") as server:
        client = server.connect()
        client.socket.settimeout(0.5)
        try:
            while True:
                client.send(b"EHLO c\r\n" * 1000)
        except (socket.timeout, OSError):
            pass
        server.connect().deliver()
        server.wait_until_all_have_left()


def test_early_talkers():
    listen = ("--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--listen-lmtp", "127.0.0.1:0")
    with Server("--greet-delay", "60", "--status", "127.0.0.1:0", listen=listen) as server:
        for words in (b"EHLO c\r\n", b"\xff", b"GET / HTTP/1.1\r\n\r\n" * 10):
            client = server.connect(greet=False)
            client.send(words)
            assert client.reply().startswith("554 5.5.1 You spoke before the greeting") and client.closed()
        server.connect(greet=False).close()
        # In TLS the handshake comes before the greeting, and is no talk.
        port = int(server.addresses[1].rpartition(":")[2])
        client = Client(context().wrap_socket(socket.create_connection(("127.0.0.1", port))), greet=False)
        client.send(b"EHLO c\r\n")
        assert client.reply().startswith("554 5.5.1") and client.closed()
        server.wait_log(r"event=refused reason=earlyTalker .*hint=.*ip=127.0.0.1 command=\"EHLO c\\r")
        assert 'refusals_total{reason="earlyTalker"} 4' in get(server.addresses[-1], "/metrics")[1]
        # LMTP has no strangers. The end of the daemon does not wait for the delay.
        lmtp = socket.create_connection(("127.0.0.1", int(server.addresses[2].rpartition(":")[2])))
        assert Client(lmtp, greet=False).reply().startswith("220 ")
        waiting = server.connect(greet=False)
        eventually(lambda: "smtp_accept_connections 2\n" in get(server.addresses[-1], "/metrics")[1], "it waits")
        server.process.terminate()
        assert waiting.reply().startswith("220 ") and waiting.reply().startswith("421 4.3.2")


def test_who_waits_for_the_greeting_is_served():
    with Server("--greet-delay", "1") as server:
        start = time.monotonic()
        server.connect().deliver()
        assert time.monotonic() - start > 0.9
    # Longer than a handshake may take.
    with Server("--greet-delay", "2", "--timeout", "1", listen=("--listen-tls", "127.0.0.1:0")) as server:
        plain = socket.create_connection(("127.0.0.1", server.port))
        Client(context().wrap_socket(plain)).expect("QUIT", "221")
    with Server("--greet-delay", "60", "--trust", "127.0.0.0/8") as server:
        server.connect().deliver()
        server.connect(greet=False).send(b"EHLO relay\r\n")
    with Server("--greet-delay", "60", "--proxy-protocol", "--trust", "127.0.0.0/8") as server:
        client = server.connect(greet=False)
        client.send(b"PROXY TCP4 192.0.2.4 192.0.2.5 1234 25\r\nEHLO c\r\n")
        assert client.reply().startswith("554 5.5.1")
        server.wait_log("reason=earlyTalker .*ip=192.0.2.4")


def test_header_section_too_big():
    field = b"X-Field: " + b"x" * 60 + b"\r\n"
    with Server() as server:
        client = server.connect()
        client.begin()
        client.expect("DATA", "354")
        client.send(field * 200_000 + b"\r\nbody\r\n.\r\n")
        assert client.reply() == "552 5.3.4 Header section too big: the limit is 1048576 bytes"
        server.wait_log('reason=headerTooBig .*hint="a fixed limit')
        client.begin()
        client.expect("DATA", "354")
        client.send(field * 10_000 + b"\r\n" + field * 30_000 + b".\r\n")
        assert client.reply().startswith("250 2.0.0")
        assert server.messages() == [field * 10_000 + b"\r\n" + field * 30_000]


def test_no_descriptors_left():
    with Server("--max-connections-per-ip", "1000", prefix=("prlimit", "--nofile=40:40")) as server:
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
        server.wait_log("accept-failed", 10)
        assert 'event=descriptors room=0 hint="raise ulimit -n: the daemon itself needs 64"' in server.log()
        refused = [c for c in clients if c.recv(100).startswith(b"421 4.3.2")]
        assert refused
        server.wait_log("event=refused reason=noResources .*hint=.* ip=127.0.0.1")
        for client in clients:
            client.close()
        eventually(lambda: server.connect(greet=False).reply().startswith("220"), "recovery")
        server.connect().deliver()
        assert len(server.messages()) == 1


def test_no_thread_left():
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        # The limit counts the threads of the user, and does not hold for root.
        with Server("--max-connections-per-ip", "1000", "--user", "nobody", spool=folder + "/spool",
                    prefix=("prlimit", "--nproc=20:20")) as server:
            clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
            firsts = [client.recv(100)[:9] for client in clients]
            assert b"421 4.3.2" in firsts and firsts[0].startswith(b"220 "), firsts
            server.wait_log("event=no-thread")
            server.wait_log("event=refused reason=noResources .*hint=")
            for client in clients:
                client.close()
            eventually(lambda: server.connect(greet=False).reply().startswith("220"), "recovery")
            server.connect().deliver()


def test_no_memory_left():
    """As many as can be served whatever they do, and the rest is told so."""
    with Server("--max-connections-per-ip", "1000", "--max-connections", "1000", "--rate-per-ip", "0",
                listen=("--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0"),
                prefix=("prlimit", f"--as={400 << 20}")) as server:
        clients = [server.connect(greet=False) for _ in range(500)]
        served = [client for client in clients if client.reply().startswith("220 ")]
        assert 10 < len(served) < 500, len(served)
        server.wait_log("event=no-thread error=.*Cannot allocate memory")
        turned_away = socket.create_connection(("127.0.0.1", port(server.addresses[1])))
        assert turned_away.recv(100) == b"", "a reply in the clear where TLS begins at once"
        for client in served:
            client.begin()
            client.expect("DATA", "354")
            client.send("y" * 100_000)
        for client in served:
            client.expect("\r\n.", "250")
        for client in clients:
            client.close()
        eventually(lambda: server.connect(greet=False).reply().startswith("220"), "recovery")
        server.connect().deliver()


# Who the client is.

def received(server):
    raw = [open(f"{server.spool}/new/{name}", "rb").read() for name in sorted(os.listdir(server.spool + "/new"))]
    return [re.search(rb"Received: from (.*)\r\n", message)[1].decode() for message in raw]


def test_rate_per_address():
    with Server("--rate-per-ip", "1") as server:
        client = server.connect()
        client.expect("EHLO c", "250")
        replies = []
        for _ in range(13):
            replies.append(client.say("MAIL FROM:<>")[:9])
            client.expect("RSET", "250")
        assert replies[:10] == ["250 2.1.0"] * 10 and replies[-1] == "450 4.7.1", replies
        eventually(lambda: client.say("MAIL FROM:<>").startswith("250"), "a token comes back", 3)
    for options in (("--rate-per-ip", "0"), ("--rate-per-ip", "1", "--trust", "127.0.0.0/8")):
        with Server(*options) as server:
            client = server.connect()
            for _ in range(15):
                client.deliver()


def test_xclient_and_xforward():
    with Server("--trust", "127.0.0.1", "--rate-per-ip", "1", "--max-connections-per-ip", "1") as server:
        client = server.connect()
        server.connect().expect("NOOP", "250")
        client.expect("EHLO relay.example", "250")
        client.expect("XFORWARD NAME=spike.example ADDR=192.0.2.4 HELO=spike", "250")
        client.expect("MAIL FROM:<>", "250")
        client.expect("RCPT TO:<a@example.com>", "250")
        client.expect("DATA", "354")
        client.expect(".", "250")
        client.deliver()
        client.expect("XCLIENT NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::1", "220")
        client.deliver()
        assert received(server) == ["spike (spike.example [192.0.2.4])", "client.example (unknown [127.0.0.1])",
                                    "client.example (unknown [IPv6:2001:db8::1])"]
        for number in range(12):
            last = client.say("MAIL FROM:<>")
            client.say("RSET")
        assert last.startswith("450 4.7.1"), "the client named has no privileges"
        second = server.connect()
        second.expect("EHLO relay.example", "250")
        second.expect("XCLIENT ADDR=2001:db8::2", "421 4.7.0 Too many connections from your address")
        assert second.closed()
        server.wait_log(r"event=accepted .*ip=2001:db8::1 ")


def test_a_refused_message_is_the_named_clients():
    with Server("--trust", "127.0.0.1", "--rate-per-ip", "1", "--max-size", "1K", "--bare-newline", "refuse") as server:
        client = server.connect()
        client.expect("EHLO relay.example", "250")
        for number, (content, reply) in enumerate([("x" * 2000, "552 5.3.4"), ("a\rb", "550 5.6.0")]):
            client.expect(f"XFORWARD ADDR=192.0.2.{number}", "250")
            client.expect("MAIL FROM:<s@example.net>", "250")
            client.expect("RCPT TO:<a@example.com>", "250")
            client.expect("DATA", "354")
            client.expect(content + "\r\n.", reply)
            server.wait_log(rf"event=refused reason=(messageTooBig|bareNewline) .* ip=192\.0\.2\.{number} from=s@example\.net\n")
        for _ in range(11):
            client.expect("XFORWARD ADDR=192.0.2.9", "250")
            last = client.say("MAIL FROM:<>")
            client.expect("RSET", "250")
        assert last.startswith("450 4.7.1")
        server.wait_log(r'reason=rateExceeded .* ip=192\.0\.2\.9 from=""\n')


def test_proxy_protocol():
    listen = ("--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0")
    with Server("--proxy-protocol", "--trust", "127.0.0.1", "--max-connections-per-ip", "1", listen=listen) as server:
        client = server.connect(greet=False)
        client.send("PROXY TCP4 192.0.2.4 192.0.2.5 1234 25\r\nEHLO c\r\n")
        assert client.reply().startswith("220 ") and client.reply().startswith("250 ")
        client.deliver()
        client.expect("XCLIENT ADDR=192.0.2.6", "550")
        again = server.connect(greet=False)
        again.send("PROXY TCP4 192.0.2.4 192.0.2.5 1235 25\r\n")
        assert again.reply().startswith("421 4.7.0 Too many connections from your address (limit 1)") and again.closed()
        six = bytes.fromhex("0d0a0d0a000d0a515549540a" "21" "21" "0027") + bytes.fromhex("20010db8" + "00" * 11 + "07" + "00" * 16)
        six += bytes.fromhex("04d20019") + b"\4\0\0"
        inner = socket.create_connection(("127.0.0.1", int(server.addresses[1].rpartition(":")[2])))
        for byte in six:
            inner.send(bytes([byte]))
        Client(context().wrap_socket(inner)).deliver()
        own = server.connect(greet=False)
        own.send(bytes.fromhex("0d0a0d0a000d0a515549540a20000000"))
        assert own.reply().startswith("220 ")
        own.deliver()
        # Somebody whom the proxy cannot name is not the proxy: it has none of its rights, and its limits count.
        for nobody in (b"PROXY UNKNOWN\r\n", bytes.fromhex("0d0a0d0a000d0a515549540a21000000")):
            unknown = server.connect(greet=False)
            unknown.send(nobody)
            assert unknown.reply().startswith("220 ")
            unknown.expect("XCLIENT ADDR=192.0.2.6", "550 5.7.0")
            second = server.connect(greet=False)
            second.send(nobody)
            assert second.reply().startswith("421 4.7.0") and second.closed()
            unknown.expect("QUIT", "221")
            assert unknown.closed()
        late = socket.create_connection(("127.0.0.1", port(server.addresses[1])))
        late.sendall(b"PROXY TCP4 192.0.2.9 192.0.2.5 1234 465\r\nno handshake at all\r\n")
        server.wait_log(r"event=tls-failed ip=192\.0\.2\.9 ")
        for garbage in (b"EHLO c\r\n", b"PROXY TCP4 nonsense\r\n", b"PROXY TCP4 ::1 ::1 1 2\r\n",
                        b"PROXY TCP4 192.0.2.4 192.0.2.5 +1 2\r\n", b"PROXY TCP4  192.0.2.4 192.0.2.5 1 2\r\n",
                        b"PROXY TCP4 " + b"1" * 200, b"\r\n\r\n\0\r\nQUIX"):
            bad = server.connect(greet=False)
            bad.send(garbage)
            assert bad.closed()
        assert received(server) == ["client.example (unknown [192.0.2.4])",
                                    received(server)[1], "client.example (unknown [127.0.0.1])"]
        assert received(server)[1].startswith("client.example (unknown [IPv6:2001:db8::7]) (using TLSv1.3")
    with Server("--proxy-protocol", "--trust", "192.0.2.0/24", "--status", "127.0.0.1:0") as server:
        stranger = server.connect(greet=False)
        assert stranger.closed()
        server.wait_log("reason=notAProxy")
        assert 'refusals_total{reason="notAProxy"} 1' in get(server.addresses[-1], "/metrics")[1]


# The disk.

def test_full_disk():
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
        try:
            with Server(spool=folder + "/spool") as server:
                client = server.connect()
                client.deliver()
                for size in (3_000_000, 1_100_000):
                    client.begin()
                    client.expect("DATA", "354")
                    client.send((b"x" * 78 + b"\r\n") * (size // 80) + b".\r\n")
                    assert client.reply() == "452 4.3.1 Disk full; try again later"
                client.deliver("after")
                filler = open(folder + "/filler", "wb", buffering=0)
                try:
                    while True:
                        filler.write(b"x" * 4096)
                except OSError:
                    pass
                client.begin()
                client.expect("DATA", "354")
                client.expect("small\r\n.", "452 4.3.1")
                os.unlink(folder + "/filler")
                filler.close()
                client.deliver("again")
                assert server.messages() == [b"hello\r\n", b"after\r\n", b"again\r\n"]
        finally:
            run("umount", folder)


def test_power_cut():
    """What the disk holds at the moment of the 250s is repaired, and every message is there: with a journal, which takes two
    syncs a message, and without one, which takes three."""
    need_root()
    if not shutil.which("mkfs.ext4"):
        raise Skipped("no e2fsprogs")
    for features, syncs in ("has_journal", 2), ("^has_journal", 3):
        with tempfile.TemporaryDirectory() as folder:
            image, mounted = folder + "/image", folder + "/mounted"
            os.mkdir(mounted)
            run("truncate", "-s", "64M", image)
            run("mkfs.ext4", "-q", "-O", features, image)
            if subprocess.run(["mount", "-o", "loop", image, mounted], capture_output=True).returncode:
                raise Skipped("no loop devices here")
            try:
                traced = ("strace", "-D", "-f", "-qq", "-e", "trace=fsync", "-o", folder + "/syncs")
                with Server(spool=mounted + "/spool", prefix=traced) as server:
                    before = len(open(folder + "/syncs").readlines())
                    ids = [server.connect().deliver(f"number {number}").split()[-1] for number in range(20)]
                    run("cp", image, image + ".cut")
                    assert len(open(folder + "/syncs").readlines()) - before == 20 * syncs
            finally:
                run("umount", mounted)
            repaired = subprocess.run(["e2fsck", "-fy", image + ".cut"], capture_output=True)
            for number, id in enumerate(ids):
                text = run("debugfs", "-R", f"cat /spool/new/{id}.eml", image + ".cut")
                assert text.endswith(f"number {number}\r\n"), (features, number, text, repaired.stdout[-3000:])


def test_largest_file():
    """ulimit -f: the kernel sends SIGXFSZ, which ends who does not ignore it."""
    with Server(prefix=("prlimit", "--fsize=200000")) as server:
        client = server.connect()
        client.begin()
        client.expect("DATA", "354")
        client.send((b"x" * 78 + b"\r\n") * 10_000 + b".\r\n")
        assert client.reply().startswith("451 4.3.0")
        client.deliver("after")
        assert server.messages() == [b"after\r\n"]


def test_spool_removed():
    with Server() as server:
        client = server.connect()
        client.deliver()
        for away in (("mv", server.spool + "/new", server.spool + "/tmp", server.folder),
                     ("rm", "-r", server.folder + "/new", server.folder + "/tmp")):
            run(*away)
            client.begin()
            client.expect("DATA", "354")
            client.expect("lost?\r\n.", "451 4.3.0")
            server.wait_log("event=store-failed")
        client.expect("NOOP", "250")
        os.mkdir(server.spool + "/new")
        os.mkdir(server.spool + "/tmp")
        client.deliver("found again")
        assert server.messages() == [b"found again\r\n"]


def test_spool_replaced():
    """Moved and made anew, or mounted over: mail goes where its readers look."""
    with Server() as server:
        client = server.connect()
        client.deliver("before")
        os.rename(server.spool, server.spool + ".old")
        os.makedirs(server.spool + "/new")
        client.begin()
        client.expect("DATA", "354")
        client.expect("no tmp yet\r\n.", "451 4.3.0")
        os.mkdir(server.spool + "/tmp")
        client.deliver("after")
        assert server.messages() == [b"after\r\n"]
        assert len(os.listdir(server.spool + ".old/new")) == 1


def test_spool_read_only():
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        run("mount", "-t", "tmpfs", "tmpfs", folder)
        try:
            with Server("--status", "127.0.0.1:0", spool=folder + "/spool") as server:
                client = server.connect()
                client.deliver()
                run("mount", "-o", "remount,ro", folder)
                client.begin()
                client.expect("DATA", "354")
                client.expect("not now\r\n.", "451 4.3.0")
                assert get(server.addresses[-1], "/healthz")[0] == 503
                run("mount", "-o", "remount,rw", folder)
                client.deliver("again")
                assert get(server.addresses[-1], "/healthz")[0] == 200
                assert server.messages() == [b"hello\r\n", b"again\r\n"]
        finally:
            run("umount", folder)


def test_every_end_in_every_state():
    """FIN, RST and half-close after each step of a session, in the clear and in TLS: nothing is stored, nothing stays."""
    hello = ["EHLO c\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<a@example.com>\r\n"]
    sessions = [hello + ["DATA\r\n", "half"], hello + ["BDAT 10\r\n", "half"]]
    ways = [(secure, steps[:count], end) for secure in (False, True) for steps in sessions
            for count in range(len(steps) + 1) for end in ("fin", "rst", "half")]
    with Server("--max-connections-per-ip", "100") as server:
        for secure, steps, end in ways:
            client = server.connect()
            if secure:
                client.start_tls()
            client.send("".join(steps))
            if end == "rst":
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            elif end == "half":
                client.socket.shutdown(socket.SHUT_WR)
                client.file.read()
            client.close()
        server.wait_until_all_have_left()
        assert server.messages() == []
        server.connect().deliver()


def test_tmp_and_new_on_one_filesystem_but_two_mounts():
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(folder + "/spool/tmp")
        run("mount", "--bind", folder + "/spool/tmp", folder + "/spool/tmp")
        try:
            output = run(PROGRAM, "--spool", folder + "/spool", "--rcpt", "@x", "--listen", "127.0.0.1:0", status=78)
            assert "tmp and new are on different devices" in output, output
        finally:
            run("umount", folder + "/spool/tmp")


# --print.

def test_print_and_backlog():
    with Server(stdout=subprocess.PIPE) as server:
        server.connect().deliver("one")
    with Server() as server:
        server.connect().deliver("one")
        server.process.terminate()
        server.process.wait()
        with Server("--print", spool=server.spool, stdout=subprocess.PIPE) as second:
            paths = [second.process.stdout.readline()]
            second.connect().deliver("two")
            paths.append(second.process.stdout.readline())
            names = [path.decode().rstrip("\n") for path in paths]
            assert names == [f"{server.spool}/new/{name}" for name in sorted(os.listdir(server.spool + "/new"))]


def test_print_to_a_slow_reader():
    with Server("--print", stdout=subprocess.PIPE) as server:
        client = server.connect()
        for _ in range(150):
            client.deliver()
        lines = {server.process.stdout.readline() for _ in range(150)}
        assert len(lines) == 150


def test_print_to_a_pipe_that_somebody_made_non_blocking():
    read, write = os.pipe()
    os.set_blocking(write, False)
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    with Server("--print", "--rate-per-ip", "0", stdout=write) as server:
        os.close(write)
        client = server.connect()
        for _ in range(100):
            client.deliver()
        lines = os.fdopen(read)
        assert len({lines.readline() for _ in range(100)}) == 100


def test_print_to_a_reader_that_leaves():
    with Server("--print", stdout=subprocess.PIPE) as server:
        server.may_fail = True
        client = server.connect()
        client.begin()
        client.expect("DATA", "354")
        server.process.stdout.close()
        server.wait_log("event=reader-gone")
        client.expect("still taken\r\n.", "250 2.0.0")
        assert client.reply().startswith("421 4.3.2") and client.closed()
        assert server.process.wait(10) == 75
        assert server.messages() == [b"still taken\r\n"]


# Signals.

def test_sigterm_drains():
    with Server() as server:
        idle, busy, late = server.connect(), server.connect(), server.connect()
        busy.begin()
        busy.expect("DATA", "354")
        late.begin()
        server.process.terminate()
        assert idle.reply().startswith("421 4.3.2") and idle.closed()
        try:
            again = server.connect(greet=False)
            assert again.closed()
        except ConnectionRefusedError:
            pass
        busy.expect("kept\r\n.", "250 2.0.0")
        assert busy.reply().startswith("421 4.3.2") and busy.closed()
        late.expect("RSET", "250")
        assert late.reply().startswith("421 4.3.2") and late.closed()
        assert server.process.wait(3) == 0
        assert server.messages() == [b"kept\r\n"]


def test_sigterm_does_not_wait_for_ever():
    with Server("--drain", "1") as server:
        client = server.connect()
        client.begin()
        client.expect("DATA", "354")
        server.process.terminate()
        assert client.closed()
        assert server.process.wait(5) == 0
    with Server("--drain", "0") as server:
        idle, busy = server.connect(), server.connect()
        busy.begin()
        server.process.terminate()
        assert idle.reply().startswith("421 4.3.2") and busy.closed()
        assert server.process.wait(5) == 0
    with Server("--drain", "100") as server:
        client = server.connect()
        client.begin()
        server.process.terminate()
        server.wait_log("event=draining")
        server.process.terminate()
        assert client.closed()
        assert server.process.wait(5) == 0


def test_sighup_reads_the_recipients_again():
    with tempfile.NamedTemporaryFile("w", suffix=".rcpt") as file:
        with Server("--rcpt-file", file.name, rcpt=()) as server:
            server.wait_log('level=warning event=no-recipients hint="no pattern in --rcpt-file')
            server.connect().begin("postmaster")
        file.write("\ufeffa@example.com # Anna\n\n# nobody else\n")
        file.flush()
        with Server("--rcpt-file", file.name, rcpt=()) as server:
            client = server.connect()
            client.begin()
            client.expect("RCPT TO:<b@example.com>", "550 5.1.1")
            file.write("b@example.com\n")
            file.flush()
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("event=reloaded")
            client.expect("NOOP", "250")
            client.expect("RCPT TO:<b@example.com>", "250")
            file.write("nonsense\n")
            file.flush()
            server.process.send_signal(signal.SIGHUP)
            server.wait_log(f"{file.name}:5: 'nonsense' is no recipient pattern")
            client.expect("RCPT TO:<b@example.com>", "250")


def test_sighup_does_not_wait_for_a_pipe():
    """Bash gives `<(command)` as a pipe: what was read from it once stays."""
    with tempfile.TemporaryDirectory() as folder:
        names = {option: f"{folder}/{option[2:]}" for option in ("--rcpt-file", "--tls-cert", "--tls-key")}
        make_certificate(folder, "one.example")
        for name, option in (("cert", "--tls-cert"), ("key", "--tls-key")):
            os.rename(f"{folder}/{name}.pem", names[option])
        with open(names["--rcpt-file"], "w") as file:
            file.write("a@example.com\n")
        with Server(*(word for pair in names.items() for word in pair), rcpt=()) as server:
            for path in names.values():
                os.rename(path, path + ".kept")
                os.mkfifo(path)
                server.process.send_signal(signal.SIGHUP)
                server.wait_log(f"reload-failed error=.*{path}: a pipe or device cannot be read again")
                os.rename(path + ".kept", path)
            server.connect().begin("a@example.com")


# Status and systemd.

def get(address, path, method="GET"):
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_status():
    with Server("--status", "127.0.0.1:0", "--max-connections", "2") as server:
        status = server.addresses[-1]
        code, text = get(status, "/healthz")
        assert code == 200 and re.fullmatch(r"ok, \d+ bytes free\n", text), (code, text)
        client = server.connect()
        client.expect("FROB", "500")
        client.start_tls()
        client.deliver()
        code, text = get(status, "/metrics?x")
        for line in ("smtp_accept_connections 1", "smtp_accept_connections_total 1", "smtp_accept_messages_total 1",
                     "smtp_accept_recipients_total 1", 'smtp_accept_refusals_total{reason="unknownCommand"} 1',
                     'smtp_accept_tls_sessions_total{version="TLSv1.3"} 1', "smtp_accept_spool_messages 1",
                     'smtp_accept_commit_seconds_bucket{le="+Inf"} 1', "smtp_accept_commit_seconds_count 1"):
            assert f"\n{line}\n" in text, (line, text)
        for line in text.splitlines():
            assert re.fullmatch(r"# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=\"[^\"]+\"\})? [0-9.e-]+", line), line
        assert get(status, "/metrics", "HEAD") == (200, "")
        assert get(status, "/nothing")[0] == 404 and get(status, "/healthz", "POST")[0] == 405
        host, _, port = status.rpartition(":")
        for garbage in (b"\r\n\r\n", b"\xff" * 9000, b"GET /healthz\r\n\r\n"):
            raw = socket.create_connection((host, int(port)), 10)
            raw.sendall(garbage)
            assert raw.recv(100).startswith(b"HTTP/1.1 400 ")
        # Each of them may be silent for two seconds, and `get` waits for ten.
        silent = [socket.create_connection((host, int(port)), 10) for _ in range(10)]
        assert get(status, "/healthz")[0] == 200
        for connection in silent:
            connection.close()
        second = server.connect()
        code, text = get(status, "/healthz")
        assert code == 503 and text.startswith("all 2 connections are taken, "), text
        second.close()
        eventually(lambda: get(status, "/healthz")[0] == 200, "healthy again")
        assert os.listdir(server.spool + "/tmp") == [] and len(os.listdir(server.spool + "/new")) == 1
        run("rm", "-r", server.spool + "/tmp")
        code, text = get(status, "/healthz")
        assert code == 503 and "the spool takes no file" in text, text
        os.mkdir(server.spool + "/tmp")


def test_systemd():
    passed = socket.socket()
    passed.bind(("127.0.0.1", 0))
    passed.listen()
    port = passed.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.bind(folder + "/notify")
        notices.settimeout(10)
        log = open(folder + "/log", "wb")
        code = ("import os,sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid());"
                "os.execv(sys.argv[2], sys.argv[2:])")
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(passed.fileno()), PROGRAM, "--spool", folder + "/spool", "--rcpt", "@example.com"],
            pass_fds=[3, passed.fileno()] if passed.fileno() != 3 else [3], stderr=log,
            env={**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "smtp", "NOTIFY_SOCKET": folder + "/notify",
                 "WATCHDOG_USEC": "400000"})
        try:
            assert notices.recv(1000) == f"READY=1\nSTATUS=Listening on 127.0.0.1:{port}".encode()
            Client(socket.create_connection(("127.0.0.1", port), 10)).deliver()
            assert notices.recv(1000) == b"WATCHDOG=1"
            process.send_signal(signal.SIGHUP)
            seen = {notices.recv(1000).split(b"\n")[0] for _ in range(6)}
            assert {b"RELOADING=1", b"READY=1"} <= seen, seen
            process.terminate()
            assert process.wait(10) == 0
            notices.settimeout(0.1)
            rest = []
            try:
                while True:
                    rest.append(notices.recv(1000))
            except socket.timeout:
                pass
            assert b"STOPPING=1" in rest, rest
        finally:
            process.kill()
            process.wait()


def service(passed, *options, name="smtp"):
    """A server that is passed a socket as by systemd."""
    code = ("import os,sys; os.dup2(0, 3); os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[1], sys.argv[1:])")
    return Server(*options, listen=(), prefix=(sys.executable, "-c", code), stdin=passed,
                  env={**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": name})


def test_a_unix_socket_of_systemd():
    with tempfile.TemporaryDirectory() as folder:
        path = (folder + "/" + "x" * 107)[:107]
        with socket.socket(socket.AF_UNIX) as passed, socket.socket(socket.AF_UNIX) as unix:
            passed.bind(path)
            passed.listen()
            with service(passed) as server:
                assert server.addresses == ["unix:" + path]
                unix.connect(path)
                Client(unix).deliver()
        assert os.path.exists(path)


def test_a_socket_of_systemd_for_tls_that_is_off():
    with socket.create_server(("127.0.0.1", 0)) as passed, service(passed, "--tls", "off", name="smtps") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            assert client.recv(1) == b""
        server.wait_log('event=tls-failed ip=127.0.0.1 error="TLS is off"')


def test_a_restart_on_a_socket_of_systemd():
    """It listens on while the one process drains and until the next is there: who connects meanwhile is served then."""
    passed = socket.create_server(("127.0.0.1", 0))
    with service(passed) as first:
        slow = first.connect()
        slow.begin()
        slow.expect("DATA", "354")
        first.process.terminate()
        first.wait_log("event=draining connections=1")
        waiting = first.connect(greet=False)
        slow.expect("slow\r\n.", "250 2.0.0 Ok: queued as ")
        assert first.process.wait(10) == 0
    with service(passed) as second:
        assert waiting.reply().startswith("220 ")
        waiting.deliver()
        second.connect().deliver()


# Start.

def test_addresses():
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/sock"
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(path)
        stale.close()
        listen = ("--listen", "*:0", "--listen", f"unix:{path}", "--listen", "localhost:0")
        with Server(listen=listen) as server:
            assert server.addresses[0].startswith("*:") and server.addresses[1] == f"unix:{path}"
            first = server.log().splitlines()[0]
            assert f"event=listening address={server.addresses[0]} " in first
            port = int(server.addresses[0][2:])
            for host in ("127.0.0.1", "::1"):
                try:
                    Client(socket.create_connection((host, port), 5)).deliver(host)
                except OSError as error:
                    assert host == "::1", error
            unix = socket.socket(socket.AF_UNIX)
            unix.connect(path)
            Client(unix).deliver("unix")
            raws = [open(f"{server.spool}/new/{name}", "rb").read() for name in sorted(os.listdir(server.spool + "/new"))]
            assert b"(unknown [127.0.0.1])" in raws[0] and b"from client.example (local)\r\n" in raws[-1]
            run(PROGRAM, "--spool", folder + "/s", "--rcpt", "@x", "--listen", f"127.0.0.1:{port}", status=75)
        assert not os.path.exists(path)
        # Somebody listens, and has no place for one more.
        busy, waiting = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        busy.bind(path)
        busy.listen(0)
        waiting.connect(path)
        run(PROGRAM, "--spool", folder + "/s", "--rcpt", "@x", "--listen", f"unix:{path}", status=75)
        busy.close()
        os.unlink(path)
        open(path, "w").write("precious")
        run(PROGRAM, "--spool", folder + "/s", "--rcpt", "@x", "--listen", f"unix:{path}", status=78)
        assert open(path).read() == "precious"


def test_a_machine_without_ipv6_whose_hosts_name_it():
    code = ("import fcntl, os, socket, struct, subprocess, sys\n"
            "open('/proc/sys/net/ipv6/conf/all/disable_ipv6', 'w').write('1')\n"
            "SIOCSIFFLAGS, IFF_UP = 0x8914, 1\n"
            "fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', IFF_UP))\n"
            "subprocess.run(['mount', '--bind', sys.argv[1], '/etc/hosts'], check=True)\n"
            "os.execv(sys.argv[2], sys.argv[2:])\n")
    own = ("unshare", "--net", "--mount")
    if subprocess.run([*own, "true"], capture_output=True).returncode:
        raise Skipped("no namespaces of one's own")
    with tempfile.NamedTemporaryFile("w") as hosts:
        hosts.write("::1 localhost\n127.0.0.1 localhost\n")
        hosts.flush()
        prefix = (*own, sys.executable, "-c", code, hosts.name)
        with Server(listen=("--listen", "localhost:2525"), prefix=prefix) as server:
            assert server.addresses == ["127.0.0.1:2525"]
        with tempfile.TemporaryDirectory() as folder:
            run(*prefix, PROGRAM, "--spool", folder, "--rcpt", "@x", "--listen", "[::1]:0", status=78)


def test_delimiters():
    with Server("--recipient-delimiter", "-_", rcpt=("--rcpt", "a@example.com")) as server:
        for address in ("a-b@example.com", "a_b@example.com"):
            client = server.connect()
            client.begin(address)
            client.close()


def test_environment():
    environment = {"SMTP_ACCEPT_MAX_SIZE": "1K", "SMTP_ACCEPT_RCPT": "a@example.com, b@example.com"}
    with Server(rcpt=(), env={**os.environ, **environment}) as server:
        client = server.connect()
        client.expect("HELO c", "250")
        client.expect("MAIL FROM:<> SIZE=1025", "552 5.3.4 Message too big: the limit is 1024 bytes")
        client.expect("MAIL FROM:<> SIZE=1024", "250")
        client.expect("RCPT TO:<b@example.com>", "250")
        client.expect("RCPT TO:<c@example.com>", "550")


def test_wrong_usage():
    with tempfile.TemporaryDirectory() as folder:
        common = (PROGRAM, "--spool", folder + "/s", "--listen", "127.0.0.1:0")
        for options in ((), ("--rcpt", "nonsense"), ("--rcpt", "@x", "--max-size", "x"), ("--rcpt", "@x", "--tls", "on"),
                        ("--rcpt", "@x", "--timeout", "0"), ("--rcpt", "@x", "--tls-cert", "c"),
                        ("--rcpt", "@x", "--listen", "nonsense"), ("--rcpt", "@x", "--listen-lmtp", "127.0.0.1:25"),
                        ("--rcpt", "@x", "--hostname", "a b"), ("--rcpt", "@x", "--greet-delay", "241"),
                        ("--rcpt", "@x", "--ready-fd", "99"),
                        ("--rcpt", "@x", "--proxy-protocol"), ("--rcpt", "@x", "--trust", "10.0.0.0/33"), ("--rcpt", "@x", "--nonsense")):
            run(*common, *options, status=64)
        run("sh", "-c", 'exec "$@" 3</dev/null', "sh", *common, "--rcpt", "@x", "--ready-fd", "3", status=64)
        output = run(*common[:3], "--listen", "no-such-host.invalid:25", "--rcpt", "@x", status=78)
        assert "cannot listen on no-such-host.invalid:25: getaddrinfo: Name or service not known; say an" in output, output
        output = run(*common[:3], "--listen", "192.0.2.1:0", "--rcpt", "@x", status=78)
        assert "cannot listen on 192.0.2.1:0: bind: " in output and "an address of this machine" in output, output
        run(*common, "--rcpt-file", folder + "/missing", status=66)
        run(PROGRAM, "--spool", "/proc/spool", "--listen", "127.0.0.1:0", "--rcpt", "@x", status=73)


def test_standard_descriptors_that_are_closed():
    with Server(prefix=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")) as server:
        links = [os.readlink(f"/proc/{server.process.pid}/fd/{number}") for number in range(3)]
        assert links == ["/dev/null", "/dev/full", "/dev/null"]
        client = server.connect()
        client.expect("FROB", "500")
        client.deliver()


def test_the_standard_error_as_ready_fd():
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [PROGRAM, "--spool", folder + "/s", "--rcpt", "@example.com", "--listen", "127.0.0.1:0", "--ready-fd", "2"],
            stderr=subprocess.PIPE, text=True)
        try:
            address = next(line for line in process.stderr if line.startswith("127.0.0.1:"))
            first = Client(port(address))
            second = Client(port(address))
            first.deliver()
            # No line of the log among them.
            second.expect("NOOP", "250 2.0.0")
            assert "event=accepted" in process.stderr.readline()
        finally:
            process.kill()
            process.communicate()


def test_sockets_passed_that_are_of_no_use():
    code = ("import os,sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid());"
            "os.execv(sys.argv[2], sys.argv[2:])")
    with tempfile.TemporaryDirectory() as folder:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            passed = socket.socket(socket.AF_INET, kind)
            passed.bind(("127.0.0.1", 0))
            os.set_inheritable(passed.fileno(), True)
            done = subprocess.run(
                [sys.executable, "-c", code, str(passed.fileno()), PROGRAM, "--spool", folder + "/s", "--rcpt", "@x"],
                close_fds=False, env={**os.environ, "LISTEN_FDS": "1"}, capture_output=True, timeout=20)
            assert done.returncode == 78 and b"ListenStream=" in done.stderr, done
            passed.close()


def test_user():
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("", "/new", "/tmp"):
            os.mkdir(folder + "/other" + name)
        os.chmod(folder, 0o777)
        os.chmod(folder + "/other", 0o755)
        run(PROGRAM, "--spool", folder + "/other", "--rcpt", "@x", "--listen", "127.0.0.1:0", "--user", "nobody", status=77)
        with Server("--user", "nobody", spool=folder + "/spool") as server:
            server.connect().deliver()
            status = open(f"/proc/{server.process.pid}/status").read()
            assert re.search(r"Uid:\t65534\t65534\t65534\t65534", status), status
            assert os.stat(folder + "/spool").st_uid == 65534
        run(PROGRAM, "--spool", folder + "/s", "--rcpt", "@x", "--listen", "127.0.0.1:0", "--user", "nobody-at-all",
            status=78)


def test_the_log_is_escaped():
    with Server() as server:
        client = server.connect()
        client.send(b"EHLO evil\x1b[2J\" event=accepted\r\n")
        assert client.reply().startswith("250")
        client.send(b"RCPT TO:<\x00\x07\xff>\r\n")
        client.reply()
        client.begin()
        server.wait_log("event=refused")
        assert "\x1b" not in server.log() and "\x00" not in server.log() and "\x07" not in server.log()


def test_a_log_that_nobody_reads():
    """It costs one wait, and then nothing but its lines; how many tells the next one that has room."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.write(write, b"x" * 4096)
    # One that waits for longer is to fail, not to hang.
    rescue = threading.Timer(30, os.read, (read, 5000))
    rescue.start()
    with tempfile.TemporaryDirectory() as folder:
        process, addresses = start([PROGRAM, "--spool", folder + "/s", "--rcpt", "@example.com", "--listen", "127.0.0.1:0",
                                    "--hostname", "mx.example.com"], stderr=write)
        try:
            for _ in range(2):
                Client(port(addresses[0])).deliver()
            assert os.read(read, 5000) == b"x" * 4096
            rescue.cancel()
            Client(port(addresses[0])).deliver()
            assert select.select([read], [], [], 20)[0]
            lines = os.read(read, 5000).decode().splitlines()
            assert re.fullmatch(r"time=\S+ level=warning event=lines-dropped count=3", lines[0]), lines
            assert " event=accepted " in lines[1], lines
            # A line that is longer than the room of the pipe.
            client = Client(port(addresses[0]))
            client.expect("EHLO " + "\x80" * 1500, "250")
            client.send("MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nBDAT 0 LAST\r\nQUIT\r\n")
            eventually(lambda: client.reply().startswith("221"), "it goes on")
            assert os.read(read, 5000)[4090:].endswith(b"\n")
        finally:
            rescue.cancel()
            process.kill()
            process.wait()


def test_tls_where_it_is_not_spoken_and_silence_where_it_is():
    with Server(listen=("--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0")) as server:
        try:
            context().wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10))
            raise AssertionError("a handshake without STARTTLS")
        except ssl.SSLError:
            pass
        server.wait_log("event=refused reason=tlsUnasked")
        assert server.log().count("event=refused") == 1 and "hint=\"--listen-tls" in server.log(), server.log()
        socket.create_connection(("127.0.0.1", port(server.addresses[1])), 10).close()
        server.wait_log('event=tls-failed ip=127.0.0.1 error="handshake: the connection ended"')


def test_passwords_are_not_logged():
    """Go's net/smtp and Ruby's net/smtp say AUTH although it was not offered."""
    for more in ((), ("--tls", "require")):
        with Server(*more) as server:
            client = server.connect()
            client.expect("EHLO c", "250")
            client.expect("auth PLAIN AHVzZXIAcGFzcw==", "530" if more else "502")
            server.wait_log("event=refused")
            assert "command=auth\n" in server.log() and "AHVz" not in server.log(), server.log()


main(globals())
