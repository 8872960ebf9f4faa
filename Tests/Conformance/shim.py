#!/usr/bin/env python3
"""shim.py MIME2JSON: one message on standard input, turned by that program into JSON, and by this one into the shape that the
scorers of ../shared/corpora/tools compare (told at the top of ref_python.py there)."""
import base64
import hashlib
import json
import subprocess
import sys


def convert(program, message):
    result = subprocess.run([program, "--no-envelope"], input=message, capture_output=True, check=True)
    return json.loads(result.stdout)


def leaves_of(node):
    if "subParts" in node:
        return [leaf for part in node["subParts"] for leaf in leaves_of(part)]
    return [] if node["partId"] is None else [node]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def decode(data, charset):
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8" if not charset else "latin-1", "replace")


def leaves(document, nested=False):
    attachments = {a["partId"]: a for a in document.get("attachments", [])}
    embedded = {e["partId"]: e for e in document.get("embedded", [])}
    found = []
    shown = [n for n in leaves_of(document["bodyStructure"]) if n["partId"] not in attachments]
    for node in leaves_of(document["bodyStructure"]):
        part = node["partId"]
        if part in embedded:
            found += leaves(embedded[part], True)
            continue
        leaf = {
            "type": node["type"], "filename": node.get("name"), "disposition": node.get("disposition"),
            "cid": node.get("cid"), "size": node["size"], "sha256": "", "sha256_lf": "", "nested": nested,
        }
        if part in attachments:
            data = base64.b64decode(attachments[part].get("content", ""))
            leaf["sha256"] = digest(data)
            leaf["sha256_lf"] = digest(data.replace(b"\r\n", b"\n"))
            if node["type"].startswith("text/"):
                leaf["text"] = decode(data, node.get("charset")).replace("\r\n", "\n")
        elif node["type"] == "text/html" and sum(n["type"] == "text/html" for n in shown) == 1:
            leaf["text"] = document["html"] or ""
        elif document.get("textSource") == "plain":
            leaf["text"] = document["text"]
        else:
            leaf["text"] = ""
        found.append(leaf)
    return found


def addresses(document, name):
    return document[name] and [[a["name"], a["email"] or None] for a in document[name]]


def shape(document):
    return {
        "subject": document["subject"],
        "from": addresses(document, "from"), "to": addresses(document, "to"), "cc": addresses(document, "cc"),
        "message_id": (document["messageId"] or [None])[0],
        "date": document["sentAt"],
        "leaves": leaves(document),
        "text": document["text"] if document.get("textSource") == "plain" else "",
        "html": document["html"] or "",
    }


if __name__ == "__main__":
    json.dump(shape(convert(sys.argv[1], sys.stdin.buffer.read())), sys.stdout)
