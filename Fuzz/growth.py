#!/usr/bin/env python3
"""What messages cost that are made to cost much.

    Fuzz/growth.py [MIME2JSON [NAME ...]]        at n and 4n bytes, in several profiles
    Fuzz/growth.py --memory [MIME2JSON]          memory of one message of 25 MB, of every kind

Time that grows much faster than the message ends it with 1, and so does memory beyond what Sources/MIME/Limits.swift states. Times are
processor time, so that other work on the machine matters little; what looks bad is measured again, and the best of five counts."""
import base64
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SIZE, LARGE = 2_500_000, 10_000_000
# Four times the bytes may take this many times as long, when they take long enough for that to mean something.
RATIO, NOISE = 6.5, 0.15
# Bytes of memory for each byte of the message, or its object where that is larger, and besides: see Limits.swift.
MEMORY, CONSTANT = 4, 24 << 20

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


def parts(content_type, content, encoding="8bit"):
    """Nine thousand parts, of any size."""
    head = f"--b\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return lambda n: (HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' +
                      (head + fill(content, max(n // 9000 - len(head), 1)) + "\r\n") * 9000).encode()


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
    "encoded words, many charsets": header("Subject", "=?cp037?q?a?==?euc-kr?q?a?==?iso-2022-kr?q?a?==?tscii?q?a?==?koi8-u?q?a?="),
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
    "parts of text": parts("text/plain", "words and words\r\n"),
    "parts of flowed text": parts("text/plain; format=flowed", "> words and words \r\n"),
    "parts of latin text": parts("text/plain; charset=iso-8859-1", "words=E9 and words\r\n", "quoted-printable"),
    "parts of base64 text": parts("text/plain; charset=utf-8", "d29yZHMg", "base64"),
    "parts of html": parts("text/html", "<p>words <a href=x>y</a>"),
    "parts of files": parts("application/pdf", "d29yZHMg", "base64"),
    "parts of files in text": parts("text/plain", "begin 644 x\r\n#86)C\r\n`\r\nend\r\n"),
    "parts of messages": parts("message/rfc822", "Subject: x\r\n\r\nx\r\n"),
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
    "html, utf-8": html("<p>Wörter und <a href='http://example.org/x'>ein Link</a>.</p>\r\n"),
    "html, quoted-printable": body("text/html; charset=utf-8", "<p>Words of <b>text</b> and <a href=3D'http://example.org/x'>a lin=\r\nk</a>.</p>\r\n",
                                   "quoted-printable"),
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
OPTIONS = [[], ["--raw", "--digest"], ["--profile", "jmap"], ["--profile", "postmark", "--raw"]]

# What `--memory` shows: whatever a message of 25 MB may mostly consist of.
KINDS = ["base64", "attached quoted-printable", "attached 8bit", "text", "text, quoted-printable", "text, base64", "text, latin", "text, flowed",
         "html", "html, utf-8", "html, quoted-printable", "html, words", "html, open items", "folds", "encoded words", "addresses", "fields", "nested", "parts of files", "parts of html"]


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


def is_large(size, peak, object_size):
    return peak > max(size, object_size) * MEMORY + CONSTANT


def grow(program, path, name, options):
    """Prints a line. False when it grows too much."""
    def measure(size, runs):
        write(path, name, size)
        return [min(values) for values in zip(*(run(program, path, options) for _ in range(runs)))]
    for runs in 1, 5:
        once, large = measure(SIZE, runs)[0], measure(LARGE, runs)
        is_slow = large[0] > NOISE and large[0] > once * RATIO
        if not is_slow:
            break
    size, (seconds, peak, object_size) = os.path.getsize(path), large
    too_large = is_large(size, peak, object_size)
    print(f"{' '.join([name, *options]):50} {once * 1e3:7.0f} ms {seconds * 1e3:7.0f} ms {peak / 1e6:7.0f} MB "
          f"{peak / size:6.1f}x{'  SLOW' * is_slow}{'  LARGE' * too_large}", flush=True)
    return not is_slow and not too_large


def weigh(program, path, name):
    """Prints a line. False when it takes too much memory."""
    write(path, name, 25_000_000)
    seconds, peak, object_size = run(program, path, [])
    size = os.path.getsize(path)
    print(f"{name:30} {size / 1e6:6.1f} MB  object {object_size / 1e6:6.1f} MB  {seconds * 1e3:6.0f} ms  memory {peak / 1e6:6.1f} MB {peak / size:5.2f}x",
          flush=True)
    return not is_large(size, peak, object_size)


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--memory"]
    program = arguments[0] if arguments else str(pathlib.Path(__file__).resolve().parent.parent / "bin/mime2json")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "message")
        if len(arguments) < len(sys.argv) - 1:
            bad = [name for name in KINDS if not weigh(program, path, name)]
        else:
            bad = [name for name in arguments[1:] or CASES for options in OPTIONS if not grow(program, path, name, options)]
    sys.exit(f"{len(bad)} grow too much: {', '.join(bad)}" if bad else 0)


main()
