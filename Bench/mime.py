#!/usr/bin/env python3
"""mime.py MIME2JSON: how fast messages become JSON, beside Python's email and, where installed, fast-mail-parser (PyPI).
The messages are made from a seed, the same in every run. Medians of five runs; the others only parse and decode, they write no JSON."""
import email
import email.policy
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SEED, RUNS = 1, 5
WORDS = "the of and to in is you that it he was for on are with as his they at be this have from or one had by word but".split()


def words(source, size):
    lines, length = [], 0
    while length < size:
        line = " ".join(source.choice(WORDS) for _ in range(13))
        lines.append(line)
        length += len(line) + 2
    return "\r\n".join(lines) + "\r\n"


HEAD = ("Return-Path: <a@example.org>\r\nReceived: from a (a [192.0.2.1]) by b with ESMTP id x; Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        "From: =?utf-8?q?J=C3=BCrgen?= <a@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?= {n}\r\n"
        "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{n}@example.org>\r\nMIME-Version: 1.0\r\n")


def plain(source, n):
    return HEAD.format(n=n) + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + words(source, source.randint(2000, 8000))


def alternative(source, n):
    text = words(source, source.randint(3000, 15000))
    html = "<html><body>" + "".join(f"<p style=3D\"margin:0\">{line}</p>\r\n" for line in text.split("\r\n")) + "</body></html>\r\n"
    return (HEAD.format(n=n) + 'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n' + text
            + "\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + html + "\r\n--b--\r\n")


def attached(source, n, size):
    import base64
    body = base64.encodebytes(source.randbytes(size)).decode().replace("\n", "\r\n")
    return (HEAD.format(n=n) + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--b\r\n'
            'Content-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            + body + "--b--\r\n")


def corpus():
    source = random.Random(SEED)
    yield "plain 2-8 KB", [plain(source, n) for n in range(2000)]
    yield "alternative 10-60 KB", [alternative(source, n) for n in range(400)]
    yield "attachment 0.1-2 MB", [attached(source, n, source.randint(70_000, 1_400_000)) for n in range(40)]
    yield "one of 25 MB", [attached(source, 0, 18_200_000)]


def median(run):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def parse_by_python(messages):
    for message in messages:
        parsed = email.message_from_bytes(message, policy=email.policy.default)
        _ = parsed["subject"], parsed["from"]
        for part in parsed.walk():
            if not part.is_multipart():
                part.get_payload(decode=True)


def main():
    program = sys.argv[1]
    try:
        import fast_mail_parser
    except ImportError:
        fast_mail_parser = None
        print("fast-mail-parser is missing (pip install fast-mail-parser): left out")
    for name, texts in corpus():
        messages = [text.encode() for text in texts]
        total = sum(map(len, messages)) / 1e6
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, message in enumerate(messages):
                paths.append(os.path.join(folder, str(number)))
                with open(paths[-1], "wb") as file:
                    file.write(message)
            listing = os.path.join(folder, "list")
            with open(listing, "w") as file:
                file.write("\n".join(paths))
            results = {
                "mime2json": median(lambda: subprocess.run([program, *paths], stdout=subprocess.DEVNULL, check=True)),
                "mime2json, worker": median(
                    lambda: subprocess.run([program, "--files-from", listing], stdout=subprocess.DEVNULL, check=True)),
                "Python email": median(lambda: parse_by_python(messages)),
            }
            if fast_mail_parser:
                results["fast-mail-parser"] = median(lambda: [fast_mail_parser.parse_email(m) for m in messages])
        for tool, seconds in results.items():
            print(f"{name:22} {tool:18} {total / seconds:8.0f} MB/s {len(messages) / seconds:9.0f} messages/s {seconds * 1e3:8.1f} ms")
    print(f"most memory of a child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")
    message = plain(random.Random(SEED), 0).encode()
    print(f"one plain message a process: {median(lambda: subprocess.run([program], input=message, stdout=subprocess.DEVNULL)) * 1e3:.1f} ms")


main()
