#!/usr/bin/env python3
"""shim.py MIME2JSON [--fixed]: one message on standard input, turned by that program into JSON, and by this one into the shape that the
scorers of ../shared/corpora/tools compare (told at the top of ref_python.py there). With --fixed no text is said to be flowed: lines stay
as they were sent, as parsers leave them that do not know RFC 3676."""
import base64
import hashlib
import json
import re
import subprocess
import sys


def convert(program, message, profile):
    command = [program, "--no-envelope", "--profile", profile]
    return json.loads(subprocess.run(command, input=message, capture_output=True, check=True).stdout)


def leaves_of(node):
    if "subParts" in node:
        return [leaf for part in node["subParts"] for leaf in leaves_of(part)]
    return [] if node["partId"] is None else [node]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def leaves(document, values, nested=False):
    attachments = {a["partId"]: a for a in document.get("attachments", [])}
    embedded = {e["partId"]: e for e in document.get("embedded", [])}
    found = []
    for node in leaves_of(document["bodyStructure"]):
        part = node["partId"]
        if part in embedded:
            found += leaves(embedded[part], {}, True)
            continue
        leaf = {
            "type": node["type"], "filename": node.get("name"), "disposition": node.get("disposition"),
            "cid": node.get("cid"), "size": node["size"], "sha256": "", "sha256_lf": "", "nested": nested,
        }
        if part in attachments:
            data = base64.b64decode(attachments[part].get("content", ""))
            leaf["sha256"] = digest(data)
            leaf["sha256_lf"] = digest(data.replace(b"\r\n", b"\n"))
        if part in values:
            leaf["text"] = values[part]["value"]
        found.append(leaf)
    return found


def addresses(document, name):
    return document[name] and [[a["name"], a["email"] or None] for a in document[name]]


def joined(parts, values, kind):
    return "".join(values[p["partId"]]["value"] for p in parts if p["type"] == kind)


def shape(document, jmap):
    values = jmap["bodyValues"]
    return {
        "subject": document["subject"],
        "from": addresses(document, "from"), "to": addresses(document, "to"), "cc": addresses(document, "cc"),
        "message_id": (document["messageId"] or [None])[0],
        "date": document["sentAt"],
        "leaves": leaves(document, values),
        "text": joined(jmap["textBody"], values, "text/plain"),
        "html": joined(jmap["htmlBody"], values, "text/html"),
    }


if __name__ == "__main__":
    program, message = sys.argv[1], sys.stdin.buffer.read()
    if "--fixed" in sys.argv:
        message = re.sub(rb"(?i)format=(\"?)flowed", rb"format=\1fixed ", message)
    json.dump(shape(convert(program, message, "email"), convert(program, message, "jmap")), sys.stdout)
