#!/usr/bin/env python3
"""charsets.py MIME2JSON: every label of the WHATWG Encoding standard (as Debian's python3-webencodings lists them) decodes all that CPython's
codec of that encoding can write in one character, as that codec reads it. Prints what differs for each encoding; exit 1 if a label
decodes otherwise than its encoding does.
charsets.py --vectors: for each label a line of it, sample bytes in hex and what they mean, for MIMETests."""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

from webencodings.labels import LABELS

# CPython's names of encodings that are called otherwise there.
CODECS = {
    "gbk": "gb18030", "big5": "big5hkscs", "euc-kr": "cp949", "shift_jis": "cp932", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp",
    "windows-874": "cp874", "x-mac-cyrillic": "mac_cyrillic", "macintosh": "mac_roman", "iso-8859-8-i": "iso8859_8",
}
# No text can be written in them.
SPECIAL = {"replacement", "x-user-defined"}


def characters(encoding):
    """(bytes, text) of every character that the codec can write, but for controls."""
    codec = CODECS.get(encoding, encoding)
    for code in [*range(0x20, 0x7F), *range(0xA0, 0xD800), *range(0xE000, 0xFFFE), 0x1F600, 0x20089]:
        try:
            data = chr(code).encode(codec)
        except UnicodeEncodeError:
            continue
        yield data, data.decode(codec)


def separator(encoding):
    return {"utf-16le": b"\n\0", "utf-16be": b"\0\n"}.get(encoding, b"\n")


def message(label, data):
    return b"Content-Type: text/plain; charset=%s\nContent-Transfer-Encoding: base64\n\n%s" % (label.encode(), base64.encodebytes(data))


def decode(program, bodies):
    """What the program reads in each of (label, bytes)."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, f"{number:04d}") for number in range(len(bodies))]
        for path, body in zip(paths, bodies):
            path.write_bytes(message(*body))
        command = [program, "--no-envelope", "--files-from", "-"]
        run = subprocess.run(command, input="\n".join(map(str, paths)).encode(), capture_output=True, check=True)
    return [json.loads(line)["text"] for line in run.stdout.splitlines()]


def compare(program, encoding):
    """Prints how an encoding compares; returns how many of its labels decode otherwise than its name."""
    known = list(characters(encoding))
    body = separator(encoding).join(data for data, _ in known)
    labels = [encoding] + sorted(label for label, name in LABELS.items() if name == encoding)
    texts = decode(program, [(label, body) for label in labels])
    pairs = list(zip(known, texts[0].split("\n"), strict=True))
    differing = [(data.hex(), text, ours) for (data, text), ours in pairs if text.rstrip("\x20") != ours.rstrip("\x20")]
    others = [label for label, text in zip(labels, texts) if text != texts[0]]
    print(f"{encoding}: {len(labels) - 1} labels, {len(known)} characters, {len(differing)} differ", *differing[:12], *others)
    return len(others)


def vectors():
    for label, encoding in sorted(LABELS.items()):
        if encoding in SPECIAL:
            continue
        known = [pair for pair in characters(encoding) if len(pair[1]) == 1 and pair[1] > "\xa0"]
        step = max(1, len(known) // 12)
        sample = known[step // 2 :: step][:12]
        print(label, b"".join(data for data, _ in sample).hex(), "".join(text for _, text in sample))


if __name__ == "__main__":
    if sys.argv[1] == "--vectors":
        vectors()
    else:
        names = sorted(set(LABELS.values()) - SPECIAL)
        sys.exit(sum([compare(sys.argv[1], encoding) for encoding in names]) > 0)
