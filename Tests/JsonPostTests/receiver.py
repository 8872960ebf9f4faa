#!/usr/bin/env python3
"""receiver.py LOG: a webhook on 127.0.0.1 that misbehaves on demand; its port is the first line that it prints.

POST /200          answers with that status (any number)
POST /do/A,B,C     the first request gets behaviour A, the second B, …; after the last one 200
POST /mode         the behaviour that stands in LOG.mode now; 200 without that file

A behaviour is a status (`503`), a status with Retry-After (`429+2`, `503+Sun, 06 Nov 1994 08:49:37 GMT`), or one of:
hang close rst slow trunc garbage big continue http10 bodyhang wait (answers 200 after 0.3 s); and those that send more than
an answer and keep the connection: bodied (204 with a body) lengthless (the same without its length) extra (200, and another that
nobody asked for) late (the same 0.1 s later) noise (200, and what is no HTTP); or deaf: connections from before LOG.mode was
written hang.
Each request is a line of LOG: {path, headers, body (base64), complete, behaviour}.
"""
import base64, json, os, socket, struct, sys, threading, time, urllib.parse

log = open(sys.argv[1], "a", buffering=1)
counts, lock = {}, threading.Lock()


STRAY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SLOPPY = {
    "bodied": [b"HTTP/1.1 204 No Content\r\nContent-Length: %d\r\n\r\n" % len(STRAY) + STRAY],
    "lengthless": [b"HTTP/1.1 204 No Content\r\n\r\n" + STRAY],
    "extra": [FINE + STRAY],
    "late": [FINE, STRAY],
    "noise": [FINE + b"\x00 no http\r\n\r\n"],
}


def behaviour(path):
    if path.startswith("/do/"):
        steps = urllib.parse.unquote(path[4:]).split("|" if "|" in urllib.parse.unquote(path) else ",")
        with lock:
            number = counts[path] = counts.get(path, -1) + 1
        return steps[number] if number < len(steps) else "200"
    if path.startswith("/mode"):
        try:
            return open(sys.argv[1] + ".mode").read().strip() or "200"
        except FileNotFoundError:
            return "200"
    return path.strip("/") or "200"


def answer(client, what):
    """Whether the connection may be used again."""
    if what == "hang":
        time.sleep(60)
    elif what == "close":
        pass
    elif what == "rst":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif what == "slow":
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":
            client.sendall(bytes([byte]))
            time.sleep(0.5)
    elif what == "trunc":
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    elif what == "garbage":
        client.sendall(b"\x00\xff no http at all\r\n\r\n")
    elif what == "big":
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100_000):
            client.sendall(b"x" * 65536)
    elif what == "continue":
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return True
    elif what in SLOPPY:
        for piece in SLOPPY[what]:
            client.sendall(piece)
            time.sleep(0.1)
        return True
    elif what == "http10":
        client.sendall(b"HTTP/1.0 200 OK\r\n\r\nfine")
    elif what == "bodyhang":
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        time.sleep(60)
    else:
        if what == "wait":
            time.sleep(0.3)
            what = "200"
        status, _, wait = what.partition("+")
        extra = "Retry-After: %s\r\n" % wait if wait else ""
        extra += "Location: /elsewhere\r\n" if status.startswith("3") else ""
        client.sendall(("HTTP/1.1 %s Words\r\n%sContent-Length: 3\r\n\r\nno\n" % (status, extra)).encode())
        return True
    return False


def serve(client):
    data, born = b"", time.time()
    try:
        client.settimeout(60)
        while True:
            while b"\r\n\r\n" not in data:
                piece = client.recv(65536)
                if not piece:
                    return
                data += piece
            head, _, data = data.partition(b"\r\n\r\n")
            lines = head.decode("latin1").split("\r\n")
            path = lines[0].split(" ")[1]
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                headers.setdefault(name.lower(), []).append(value.strip())
            length = int(headers.get("content-length", ["0"])[0])
            while len(data) < length:
                piece = client.recv(65536)
                if not piece:
                    break
                data += piece
            body, data = data[:length], data[length:]
            what = behaviour(path)
            if what == "deaf":
                what = "hang" if born < os.path.getmtime(sys.argv[1] + ".mode") else "200"
            log.write(json.dumps({
                "t": time.time(), "path": path, "headers": headers, "body": base64.b64encode(body).decode(),
                "complete": len(body) == length, "behaviour": what}) + "\n")
            if not answer(client, what):
                return
    except OSError:
        pass
    finally:
        client.close()


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0))
server.listen(256)
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
