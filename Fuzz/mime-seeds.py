#!/usr/bin/env python3
"""mime-seeds.py ROOT DIR: writes inputs for mime.swift into DIR: messages of the project and of ../shared/corpora, which is not
everywhere, and fields, HTML and replies out of them."""
import json
import pathlib
import sys

root, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
corpora = root.parent / "shared" / "corpora"
count = 0


def seed(choice, data):
    global count
    count += 1
    (out / f"{count:05d}").write_bytes(choice + data)


messages = sorted((root / "Tests").rglob("*.eml")) + sorted(p for p in (corpora / "messages").rglob("*") if p.is_file())
for path in messages:
    data = path.read_bytes()
    if len(data) > 32_000:
        continue
    seed(b"A", data)
    header, _, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    seed(b"C", body)
    if b"text/html" in header or b"base64" in header:
        seed(bytes([count % 64]), body)
for path in sorted((root / "Tests").rglob("Replies/*")):
    seed(b"C", path.read_bytes())
box = b"".join(b"From a@b Sat Nov 21 10:00:00 2026\n" + m.read_bytes()[:1000] + b"\n\n" for m in messages[:20])
seed(b"B", box)
headers = corpora / "expected" / "headers.jsonl"
for number, line in enumerate(headers.open() if headers.exists() else []):
    row = json.loads(line)
    for text in [v for v in row.values() if isinstance(v, str)]:
        seed(bytes([number % 12]), text.encode("utf-8", "surrogateescape"))
print(f"{count} seeds", file=sys.stderr)
