#!/usr/bin/env python3
"""growth.py MIME2JSON [NAME ...]: time and memory of messages made to cost much, at n and 2n bytes.

Time that grows much faster than the message ends it with 1, and so does memory beyond three times the message, or its object where that is
larger, and a constant. Times are processor time, the best of three runs, so that other work on the machine matters little."""
import base64
import os
import random
import subprocess
import sys
import tempfile

SIZE = 5_000_000
# Twice the bytes may take this many times as long, when they take long enough for that to mean something.
RATIO, NOISE = 2.9, 0.15
# Bytes of memory for each byte of the message or object, and besides.
MEMORY, CONSTANT = 3.0, 24 << 20

HEAD = "From: a@example.org\r\nSubject: growth\r\nMIME-Version: 1.0\r\n"


def fill(unit, size):
    return unit * (size // len(unit) + 1)


def header(name, unit, join=""):
    return lambda n: (HEAD + name + ": " + fill(unit + join, n - 100) + "\r\n\r\nx\r\n").encode()


def body(content_type, unit, encoding="8bit", end=""):
    head = f"{HEAD}Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return lambda n: head.encode() + fill(unit if isinstance(unit, bytes) else unit.encode(), n - len(head)) + end.encode()


def html(unit, end=""):
    return body("text/html; charset=utf-8", unit, end=end)


def lines(size, eol=b"\r\n", width=57):
    source = random.Random(size).randbytes(size * width // (width // 3 * 4 + len(eol)))
    return eol.join(base64.b64encode(source[i:i + width]) for i in range(0, len(source), width))


def attached(content_type, encoding, content):
    return lambda n: (HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Disposition: attachment\r\n'
                      f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n").encode() + content(n - 200) + b"\r\n--b--\r\n"


def nested(n):
    """Multiparts within multiparts, none of them closed."""
    parts = []
    while n > 0:
        parts.append(f'Content-Type: multipart/mixed; boundary="{len(parts)}"\r\n\r\n--{len(parts)}\r\n')
        n -= len(parts[-1])
    return (HEAD + "".join(parts)).encode()


def messages(n):
    """Messages within messages."""
    return (HEAD + fill("Content-Type: message/rfc822\r\n\r\n", n)).encode()


def same_prefix(n):
    """A hundred open multiparts whose boundaries differ in their last bytes, and lines that nearly are all of them."""
    long = "x" * 900
    parts = "".join(f'Content-Type: multipart/mixed; boundary="{long}{k}"\r\n\r\n--{long}{k}\r\n' for k in range(100))
    return (HEAD + parts + fill(f"--{long}y\r\n", max(n - len(parts), 1))).encode()


def messages_in_base64(n):
    """Messages within messages, each in base64."""
    inner = b"Subject: x\r\n\r\n" + b"x" * (n // 10)
    while len(inner) < n * 3 // 4:
        inner = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(inner)
    return inner


CASES = {
    # header
    "fields": lambda n: (HEAD + fill("X: y\r\n", n) + "\r\nx\r\n").encode(),
    "no fields": lambda n: fill("x\r\n", n).encode(),
    "folds": header("Subject", "x\r\n "),
    "folds of nothing": header("To", "\r\n "),
    "encoded words": header("Subject", "=?utf-8?q?=C3=A9?= "),
    "encoded words of base64": header("Subject", "=?utf-8?b?w6k=?= "),
    "encoded words begun": header("Subject", "=?utf-8?q?"),
    "encoded words, charsets": header("Subject", "=?iso-2022-jp?b?GyRCJCIbKEI=?= =?koi8-r?q?=C1?= "),
    "8-bit subject": lambda n: HEAD.encode() + b"Subject: " + fill(b"\xe9 ", n) + b"\r\n\r\nx\r\n",
    "addresses": header("To", "a@b, "),
    "addresses, long names": header("To", '"=?utf-8?q?x?= y" <a@b>, '),
    "groups": header("To", "a: b@c; "),
    "comments": header("To", "("),
    "comments closed": header("To", "(a) "),
    "quotes": header("To", '"'),
    "angles": header("To", "<"),
    "commas": header("To", ","),
    "ats": header("To", "@"),
    "backslashes": header("To", '"\\'),
    "to fields": lambda n: (HEAD + fill("To: a@b\r\n", n) + "\r\nx").encode(),
    "references": header("References", "<a@b> "),
    "references begun": header("References", "<"),
    "references fields": lambda n: (HEAD + fill("References: <a@b>\r\n", n) + "\r\nx").encode(),
    "received": lambda n: (fill("Received: from a (b [1.2.3.4]) by c; Sat, 21 Nov 2026 10:00:00 +0000\r\n", n) + HEAD + "\r\nx").encode(),
    "received, one": header("Received", "from a (b [1.2.3.4]) "),
    "date": header("Date", "Sat, 21 "),
    "parameters": lambda n: (HEAD + "Content-Type: text/plain" + fill("; a=b", n) + "\r\n\r\nx").encode(),
    "continuations": lambda n: (HEAD + "Content-Disposition: attachment" + "".join(f"; filename*{k}=b" for k in range(n // 15)) + "\r\n\r\nx").encode(),
    "continuations, one number": lambda n: (HEAD + "Content-Disposition: attachment" + fill("; filename*0=b", n) + "\r\n\r\nx").encode(),
    "semicolons": lambda n: (HEAD + "Content-Type: text/plain" + fill(";", n) + "\r\n\r\nx").encode(),
    "results": lambda n: ("Return-Path: <>\r\nAuthentication-Results: x" + fill("; dkim=pass header.d=x", n) +
                          "\r\nReceived: from a by b; x\r\n" + HEAD + "\r\nx").encode(),
    "delivered to": lambda n: ("Return-Path: <>\r\n" + fill("Delivered-To: a@b\r\n", n) + "Received: from a by b; x\r\n" + HEAD + "\r\nx").encode(),
    # structure
    "parts": lambda n: (HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + fill("--b\r\n\r\nx\r\n", n)).encode(),
    "parts of alternatives": lambda n: (HEAD + 'Content-Type: multipart/alternative; boundary="b"\r\n\r\n' + fill("--b\r\nContent-Type: text/html\r\n\r\nx\r\n", n)).encode(),
    "nested": nested,
    "messages": messages,
    "messages in base64": messages_in_base64,
    "nearly boundaries": lambda n: (HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\n' + fill("--bb\r\n", n)).encode(),
    "nearly a hundred boundaries": same_prefix,
    "dashes": lambda n: (HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\n' + fill("-- ", n)).encode(),
    # attachments
    "base64": attached("application/pdf", "base64", lines),
    "base64 lines of one": attached("application/pdf", "base64", lambda n: fill(b"A\n", n)),
    "base64 uneven lines": attached("application/pdf", "base64", lambda n: fill(b"AAA\nAAAA\n", n)),
    "base64 one line": attached("application/pdf", "base64", lambda n: fill(b"AAAA", n)),
    "base64 damaged": attached("application/pdf", "base64", lambda n: fill(b"AA!A\n", n)),
    "base64 runs": attached("application/pdf", "base64", lambda n: fill(b"QQ==\n", n)),
    "base64 padding": attached("application/pdf", "base64", lambda n: fill(b"QQ==" + b"=" * 60 + b"\n", n)),
    "attached quoted-printable": attached("application/pdf", "quoted-printable", lambda n: fill(b"=00=FFabc=\r\n", n)),
    "attached 8bit": attached("application/pdf", "8bit", lambda n: fill(b"\0\xffabc\r\n", n)),
    "attached uuencode": attached("application/pdf", "x-uuencode", lambda n: b"begin 644 x\n" + fill(b"M" + b"A" * 60 + b"\n", n)),
    # text
    "text": body("text/plain; charset=utf-8", "Words of plain text, in lines as usual.\r\n"),
    "text, one line": body("text/plain; charset=utf-8", "words "),
    "text of controls": body("text/plain; charset=utf-8", "\1"),
    "text, no UTF-8": body("text/plain; charset=utf-8", b"\xff"),
    "text, latin": body("text/plain; charset=iso-8859-1", b"\xe9t\xe9 \r\n"),
    "text, japanese": body("text/plain; charset=iso-2022-jp", b"\x1b$B$\"\x1b(B\r\n"),
    "text, utf-7": body("text/plain; charset=utf-7", "+AOk- "),
    "text, euc": body("text/plain; charset=euc-kr", b"\xb0\xa1"),
    "text, quoted-printable": body("text/plain; charset=utf-8", "=C3=A9 words=20\r\nof text =\r\n", "quoted-printable"),
    "text, base64": lambda n: (HEAD + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n").encode() +
    base64.encodebytes(fill("Grüße und Wörter\r\n".encode(), n * 3 // 4)),
    "text, flowed": body("text/plain; format=flowed", "> words \r\n"),
    "text, deeply quoted": body("text/plain", ">" * 60 + " x\r\n"),
    "text, one quote": body("text/plain; format=flowed", ">"),
    "text, answer": lambda n: (HEAD + "In-Reply-To: <a@b>\r\n\r\n" + fill("On Monday a wrote:\r\n> x\r\n", min(n, 900_000) if n <= SIZE else 1_000_000)).encode(),
    "text, uuencoded": body("text/plain", "begin 644 x\r\nM" + "A" * 60 + "\r\n"),
    # HTML
    "html": html("<p>Words of <b>text</b> and <a href='http://example.org/x'>a link</a>.</p>\n"),
    "html, words": html("words "),
    "html, open items": html("<li>a"),
    "html, open lists": html("<ul><li>a"),
    "html, open divs": html("<div>"),
    "html, open spans": html("<span>"),
    "html, open bold": html("<b>x"),
    "html, open links": html("<a href=x>y"),
    "html, open quotes": html("<blockquote>a"),
    "html, paragraphs": html("<p>"),
    "html, breaks": html("<br>"),
    "html, breaks and text": html("a<br>"),
    "html, rules": html("<hr>"),
    "html, unknown": html("<x><y>"),
    "html, closed unknown": html("</x>"),
    "html, misnested": html("<b><p></b>"),
    "html, tables": html("<table><tr><td>a"),
    "html, one table": lambda n: html("<tr><td>a<td>b")(n).replace(b"\r\n\r\n", b"\r\n\r\n<table>", 1),
    "html, wide cells": lambda n: html("<tr><td colspan=1000000>a<td>b")(n).replace(b"\r\n\r\n", b"\r\n\r\n<table>", 1),
    "html, one row": lambda n: html("<td>a")(n).replace(b"\r\n\r\n", b"\r\n\r\n<table><tr>", 1),
    "html, foster": lambda n: html("a<p>")(n).replace(b"\r\n\r\n", b"\r\n\r\n<table>", 1),
    "html, a long base": lambda n: html("<a href=x>y</a> ")(n).replace(
        b"\r\n\r\n", b"\r\n\r\n<base href=http://example.org/" + b"z" * (n // 10) + b"/>", 1),
    "html, deep quotes": lambda n: html("a<br>")(n).replace(b"\r\n\r\n", b"\r\n\r\n" + b"<blockquote>" * 24, 1),
    "html, hidden": lambda n: html("<b>")(n).replace(b"\r\n\r\n", b"\r\n\r\n<p hidden>", 1),
    "html, tiny": lambda n: html("<div>")(n).replace(b"\r\n\r\n", b"\r\n\r\n<div style=font-size:0>", 1),
    "html, options": lambda n: html("<option>a")(n).replace(b"\r\n\r\n", b"\r\n\r\n<select>", 1),
    "html, attributes": lambda n: html(" a=b")(n).replace(b"\r\n\r\n", b"\r\n\r\n<p ", 1),
    "html, styles": html("<p style='display:none;color:red;margin:0'>"),
    "html, a style": lambda n: html("color:red;")(n).replace(b"\r\n\r\n", b"\r\n\r\n<p style='", 1),
    "html, comments": html("<!-- x -->"),
    "html, comments begun": html("<!--"),
    "html, angles": html("<"),
    "html, ampersands": html("&"),
    "html, references": html("&amp;&#233;&notit;"),
    "html, scripts": html("<script>x</script>"),
    "html, script begun": html("<script><!--<script>"),
    "html, titles": html("<title>"),
    "html, pre": html("<pre>\n\t x\n"),
    "html, no-break": html("&nbsp;"),
    "html, no width": html("\u200b"),
    "html, svg": html("<svg><p>"),
    "html, numbers": html("<ol start=99999999 type=i><li>"),
    "html, cells of lines": lambda n: html("<tr><td>a<br>b<br>c<br>d<td>" + "e" * 50)(n).replace(b"\r\n\r\n", b"\r\n\r\n<table>", 1),
    "html, quoted answer": lambda n: (HEAD + "In-Reply-To: <a@b>\r\nContent-Type: text/html\r\n\r\n" + fill("<blockquote type=cite>a", 900_000 if n <= SIZE else 1_000_000)).encode(),
}

# Beyond the profile that everybody gets: what makes more of a message.
OPTIONS = [[], ["--raw", "--digest"]]


def run(program, path, options):
    """Seconds of processor time, bytes of memory at most, and bytes of the object."""
    with tempfile.TemporaryFile(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as output:
        child = subprocess.Popen([program, *options, path], stdout=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"exit {child.returncode}: {path}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, os.fstat(output.fileno()).st_size


def write(path, name, size):
    """In a process of its own: what a child has used counts what its parent had when it was made."""
    writer = os.fork()
    if writer == 0:
        with open(path, "wb") as file:
            file.write(CASES[name](size))
        os._exit(0)
    if os.waitpid(writer, 0)[1] != 0:
        sys.exit(f"{name} cannot be made")


def main():
    program, names = sys.argv[1], sys.argv[2:] or list(CASES)
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "message")
        for name in names:
            for options in OPTIONS:
                seconds = []
                for size in SIZE, 2 * SIZE:
                    write(path, name, size)
                    times, peaks, objects = zip(*(run(program, path, options) for _ in range(3)))
                    seconds.append(min(times))
                size, memory = os.path.getsize(path), min(peaks)
                too_slow = seconds[1] > NOISE and seconds[1] > seconds[0] * RATIO
                too_large = memory > max(size, objects[0]) * MEMORY + CONSTANT
                if too_slow or too_large:
                    bad.append(name)
                print(f"{' '.join([name, *options]):45} {seconds[0] * 1e3:7.0f} ms {seconds[1] * 1e3:7.0f} ms {memory / 1e6:7.0f} MB "
                      f"{memory / size:6.1f}x{'  SLOW' * too_slow}{'  LARGE' * too_large}", flush=True)
    sys.exit(f"{len(bad)} grow too much: {', '.join(bad)}" if bad else 0)


main()
