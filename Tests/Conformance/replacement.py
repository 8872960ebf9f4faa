#!/usr/bin/env python3
"""replacement.py MIME2JSON DIR: for every file below DIR in whose text or HTML there is U+FFFD, how many there are, and why: U+0000 in the
part, and what CPython's decoder replaces in the charset that suits the part best of those that are named for it and UTF-8.
Exit 1 if a file has more than that, or any elsewhere than in its texts: then a competent reader shows more."""
import email
import email.policy
import json
import pathlib
import re
import subprocess
import sys

MARK = "\ufffd"
# What the WHATWG Encoding standard decodes these labels as, of those that the corpora have.
WHATWG = {"us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
META = re.compile(rb"(?i)<meta[^>]*charset=[\"']?([a-z0-9_-]+)")


def leaves(message):
    """The leaves in order; what is in an embedded message has a document of its own."""
    if message.get_content_maintype() != "multipart":
        return [message]
    return [leaf for part in message.get_payload() for leaf in leaves(part)]


def fewest(part):
    """U+0000 and what cannot be decoded, in the charset in which there is least of it."""
    data = part.get_payload(decode=True) or b""
    named = [part.get_content_charset()] + [name.decode() for name in META.findall(data)]
    counts = []
    for name in [WHATWG.get(name.lower(), name) for name in named if name] or ["utf-8", "cp1252"]:
        try:
            counts.append(data.decode(name, "replace").count(MARK))
        except LookupError:
            pass
    return data.count(0) + min(counts, default=0)


def strings(value, path=""):
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (list, dict)):
        for name, item in enumerate(value) if isinstance(value, list) else value.items():
            yield from strings(item, f"{path}.{name}")


def judge(path, document):
    """Whether all that stands for no text does so rightly; None when nothing does."""
    texts = {".text", ".html", ".preview", ".reply.text", ".reply.quoted", ".reply.signature"}
    found = {name: value.count(MARK) for name, value in strings(document) if MARK in value}
    if not found:
        return None
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    allowed = sum(fewest(part) for part in leaves(message) if part.get_content_maintype() == "text")
    shown = max(found.get(".text", 0), found.get(".html", 0))
    elsewhere = sorted(found.keys() - texts)
    print(f"{path}: {shown} of {allowed} {' '.join(elsewhere)}")
    return shown <= allowed and not elsewhere


def main(program, root):
    paths = sorted(path for path in pathlib.Path(root).rglob("*") if path.is_file())
    command = [program, "--no-envelope", "--attachments", "meta", "--files-from", "-"]
    run = subprocess.run(command, input="\n".join(map(str, paths)).encode(), capture_output=True, check=True)
    verdicts = [judge(path, json.loads(line)) for path, line in zip(paths, run.stdout.splitlines(), strict=True)]
    print(f"{len(paths)} files, {len(verdicts) - verdicts.count(None)} with U+FFFD, {verdicts.count(False)} without need")
    return False in verdicts


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
