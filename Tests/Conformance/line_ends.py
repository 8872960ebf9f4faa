#!/usr/bin/env python3
"""line_ends.py MIME2JSON DIR: every file below DIR with LF and with CRLF line ends gives the same document, but for sizes, ids and
digests, and for the line ends of attachments. Prints what differs; exit 1 if anything does."""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

BYTES = {"id", "size", "raw", "sha256", "detail"}


def plain(value):
    """The value without what tells of bytes."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        kept = {name: plain(item) for name, item in value.items() if name not in BYTES}
        if isinstance(value.get("content"), str):
            kept["content"] = base64.b64decode(value["content"]).replace(b"\r\n", b"\n")
        return kept
    return value


def documents(program, folder):
    names = sorted(folder.iterdir())
    listed = "\n".join(map(str, names)).encode()
    run = subprocess.run([program, "--no-envelope", "--files-from", "-"], input=listed, capture_output=True, check=True)
    return [plain(json.loads(line)) for line in run.stdout.splitlines()]


def main(program, root):
    paths = sorted(path for path in pathlib.Path(root).rglob("*") if path.is_file())
    differing = 0
    with tempfile.TemporaryDirectory() as scratch:
        folders = [pathlib.Path(scratch) / name for name in ("lf", "crlf")]
        for folder, end in zip(folders, (b"\n", b"\r\n")):
            folder.mkdir()
            for number, path in enumerate(paths):
                data = path.read_bytes().replace(b"\r\n", b"\n")
                (folder / f"{number:06d}").write_bytes(data.replace(b"\n", end))
        pairs = zip(paths, *(documents(program, folder) for folder in folders))
        for path, lf, crlf in pairs:
            if lf != crlf:
                differing += 1
                members = [name for name in sorted(lf.keys() | crlf.keys()) if lf.get(name) != crlf.get(name)]
                print(f"{path}: {', '.join(members)}")
    print(f"{len(paths)} files, {differing} differ")
    return differing > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
