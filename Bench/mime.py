#!/usr/bin/env python3
"""How fast messages become JSON, beside parsers that Debian and PyPI offer.

    Bench/mime.py [MIME2JSON [RUNS]]

Every tool is a process of its own that reads the same files from disk. The others decode headers and contents and write nothing; we
write the whole document, to /dev/null. The tools take turns, so that whatever else the machine does meets all of them alike; figures are
medians, without what the same process takes for no message at all. The messages are made from a seed, the same in every run, but for
the real ones, which are taken from ../shared/corpora/messages; what another parser gives up on counts as read. A file that bears the name
a spool gives it has an id, where others get one by SHA-256 of the message, which no other tool does.
A ratio is our speed over theirs: above 1 we are faster. `make bench-deps` installs the others; what is missing is left out.
"""
import base64
import os
import pathlib
import quopri
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "bin/mime2json")
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
SEED = 1
CORPORA = ROOT.parent / "shared/corpora/messages"

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


CYRILLIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопярстужвьыз")


def other_script(source, n):
    """A third of them each way that such text is sent."""
    text = words(source, source.randint(1000, 4000)).translate(CYRILLIC)
    encoding, body = [("8bit", text), ("base64", base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")),
                      ("quoted-printable", quopri.encodestring(text.replace("\r", "").encode()).decode().replace("\n", "\r\n"))][n % 3]
    return HEAD.format(n=n) + f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n" + body


def alternative(source, n):
    text = words(source, source.randint(3000, 15000))
    html = "<html><body>" + "".join(f"<p style=3D\"margin:0\">{line}</p>\r\n" for line in text.split("\r\n")) + "</body></html>\r\n"
    return (HEAD.format(n=n) + 'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n' + text
            + "\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + html + "\r\n--b--\r\n")


STYLE = "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;color:#333333;"


def block(source):
    """A row of a newsletter: a picture and a paragraph, each with a link to a place that counts its visitors, in tables within tables."""
    link = f"https://click.example.org/track/{source.randbytes(60).hex()}?utm_source=news&amp;utm_medium=email&amp;utm_id={source.randint(1, 9999)}"
    text = words(source, source.randint(150, 600)).replace("he ", "don&rsquo;t ", 2).replace("or ", "&nbsp;&ndash; ", 1).replace("\r", "")
    return (f'<tr>\n  <td align="center" valign="top" style="padding:10px 20px 10px 20px;{STYLE}">\n'
            '    <table border="0" cellpadding="0" cellspacing="0" width="100%" style="border-collapse:collapse;mso-table-lspace:0pt;">\n'
            f'      <tr><td width="150" style="padding:0 10px 0 0;"><a href="{link}" target="_blank" style="text-decoration:none;">'
            f'<img src="https://img.example.org/{source.randbytes(16).hex()}.png" alt="{source.choice(WORDS)}" width="150" height="100" '
            'border="0" style="display:block;width:150px;max-width:100%;"></a></td>\n'
            f'      <td class="mobile-full" style="{STYLE}"><h2 style="margin:0;{STYLE}">{source.choice(WORDS)}</h2>'
            f'<p style="margin:0 0 10px 0;{STYLE}">{text}</p>\n<a href="{link}" style="color:#0066cc;{STYLE}">Read more &raquo;</a></td></tr>\n'
            "    </table>\n  </td>\n</tr>\n")


def newsletter(source, n):
    size, html = source.randint(20_000, 60_000), ["<!DOCTYPE html>\n<html><head><title>News</title>\n<style>\n" +
                                                  ".mobile-full { width: 100% !important; }\n" * 40 + "</style></head>\n<body style=\"margin:0\">\n"
                                                  "<div style=\"display:none;font-size:1px;\">What is new</div>\n<table width=\"600\">\n"]
    while sum(map(len, html)) < size:
        html.append(block(source))
    html = "".join(html) + "</table></body></html>\n"
    return (HEAD.format(n=n) + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            + quopri.encodestring(html.encode()).decode().replace("\n", "\r\n"))


def attached(source, n, size):
    body = base64.encodebytes(source.randbytes(size)).decode().replace("\n", "\r\n")
    return (HEAD.format(n=n) + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--b\r\n'
            'Content-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            + body + "--b--\r\n")


CLASSES = {
    "plain 2-8 KB": lambda source: (plain(source, n) for n in range(2000)),
    "Cyrillic 2-20 KB": lambda source: (other_script(source, n) for n in range(1000)),
    "alternative 10-60 KB": lambda source: (alternative(source, n) for n in range(400)),
    "HTML 20-60 KB": lambda source: (newsletter(source, n) for n in range(200)),
    "attachment 0.1-2 MB": lambda source: (attached(source, n, source.randint(70_000, 1_400_000)) for n in range(40)),
    "one of 25 MB": lambda source: (attached(source, 0, 18_200_000) for _ in range(1)),
}


# Titles, and patterns of folders.
REAL = {
    "real phishing mail": "*phish*",
    "real mail of SpamAssassin": "spamassassin-corpus",
}


def spool_name(number):
    """A UUIDv7, and what spools append."""
    return f"01990000-0000-7000-8000-{number:012x}.eml"


def write_corpus(folder, make, name):
    """Writes the messages of a class; their list is named `list`. In a process of its own: see `run`."""
    folder.mkdir()
    if os.fork() == 0:
        with open(folder / "list", "w") as paths:
            for number, text in enumerate(make(random.Random(SEED))):
                (folder / name(number)).write_bytes(text.encode())
                paths.write(f"{folder / name(number)}\n")
        os._exit(0)
    os.wait()
    return folder / "list"


def corpora(folder):
    """Titles, and the lists of files; None where there is none."""
    for number, (title, make) in enumerate(CLASSES.items()):
        yield title, write_corpus(folder / str(number), make, str)
    # Other names make SHA-256 the id, which takes as long as the rest of a large message.
    for number, (title, make) in enumerate(CLASSES.items()):
        yield f"{title}, named by a spool", write_corpus(folder / f"spool{number}", make, spool_name)
    for number, (title, pattern) in enumerate(REAL.items()):
        paths = sorted(str(path) for place in CORPORA.glob(pattern) for path in place.rglob("*")
                       if path.is_file() and path.name not in ("LICENSE", "README.md"))
        list = folder / f"real {number}"
        list.write_text("".join(f"{path}\n" for path in paths))
        yield title, list if paths else None


def tools(folder):
    """The command lines, from the list of files."""
    commands = {
        "mime2json FILE...": lambda list: [PROGRAM, *(list.read_text().split() or ["/dev/null"])],
        "mime2json --files-from": lambda list: [PROGRAM, "--files-from", str(list)],
        "mime2json --jobs 2 ...": lambda list: [PROGRAM, "--jobs", "2", *(list.read_text().split() or ["/dev/null"])],
    }
    readers = str(ROOT / "Bench/mime/readers.py")
    python = str(ROOT / ".build/bench/bin/python3")
    if os.path.exists(python):
        commands["fast-mail-parser (Rust)"] = lambda list: [python, readers, "fast-mail-parser", str(list)]
    if gmime := compile_gmime(folder):
        commands["GMime (C)"] = lambda list: [gmime, str(list)]
    commands["Python email"] = lambda list: [sys.executable, readers, "email", str(list)]
    return commands


def compile_gmime(folder):
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "gmime-3.0"], capture_output=True, text=True)
    if flags.returncode != 0:
        return None
    program = str(folder / "gmime")
    subprocess.run(["gcc", "-O2", "-o", program, str(ROOT / "Bench/mime/gmime.c"), *flags.stdout.split()], check=True)
    return program


def run(command):
    """Seconds, seconds of processors, and megabytes. The kernel counts this process's memory as the child's until exec, so no figure
    is below it, and it stays small."""
    discard = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=discard)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        sys.exit(f"{command[:4]}: status {status}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(commands, list, empty):
    """Of each tool: seconds and those of processors, without those for no message, and megabytes."""
    runs = {name: [] for name in commands}
    starts = {name: [] for name in commands}
    shuffle = random.Random(1).sample
    for _ in range(RUNS):
        # Whoever follows the largest process gets memory that the host may have to find first, up to 60 ms for 25 MB on a virtual machine: so
        # each follows another each time.
        for name, command in shuffle([*commands.items()], len(commands)):
            starts[name].append(run(command(empty)))
            runs[name].append(run(command(list)))

    def median(rounds, column):
        return statistics.median(round[column] for round in rounds)
    return {name: (median(runs[name], 0) - median(starts[name], 0), median(runs[name], 1) - median(starts[name], 1),
                   median(runs[name], 2)) for name in commands}


def main():
    print(f"medians of {RUNS} runs; load of the machine at the start {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        commands = tools(folder)
        empty = folder / "empty"
        empty.touch()
        print(f"{'':25} {'MB/s':>6} {'messages/s':>11} {'ms':>8} {'CPU ms':>8} {'memory':>8}   we are faster, by time, by CPU")
        for title, list in corpora(folder):
            if not list:
                print(f"{title}: none in {CORPORA}")
                continue
            paths = list.read_text().split()
            size = sum(os.path.getsize(path) for path in paths) / 1e6
            print(f"{title} ({len(paths)} messages, {size:.1f} MB)")
            results = measure(commands, list, empty)
            elapsed, cpu, _ = results["mime2json FILE..."]
            for tool, (seconds, busy, memory) in results.items():
                ratios = "" if tool.startswith("mime2json") else f"{seconds / elapsed:10.2f}x {busy / cpu:9.2f}x"
                print(f"  {tool:23} {size / seconds:6.0f} {len(paths) / seconds:11.0f} {seconds * 1e3:8.1f} {busy * 1e3:8.1f} "
                      f"{memory:5.0f} MB {ratios}")


main()
