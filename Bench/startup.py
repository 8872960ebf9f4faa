#!/usr/bin/env python3
"""How long a process takes from spawn to exit: the tools beside programs that a shell would spawn for the same work.

    Bench/startup.py [ROUNDS]

The commands take turns, so that whatever else the machine does meets all of them alike; medians and ratios are printed.
"""
import email.message
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200


def message():
    """5 KB of plain text."""
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.net", "b@example.com", "=?utf-8?q?Gr=C3=BC=C3=9Fe?="
    mail.set_content("A line of text as people write it.\n" * 140)
    return mail.as_bytes()


def main():
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "message.eml")
        path.write_bytes(message())
        python = "import email,email.policy,json,sys; m=email.message_from_binary_file(sys.stdin.buffer," \
            "policy=email.policy.default); print(json.dumps({'subject':m['subject'],'text':m.get_body().get_content()}))"
        commands = {
            "/bin/true": ["/bin/true"],
            "mime2json <message (5 KB)": [ROOT / "bin/mime2json"],
            "json-post URL </dev/null": [ROOT / "bin/json-post", "--log-level", "error", "http://127.0.0.1:9/"],
            "smtp-accept --version": [ROOT / "bin/smtp-accept", "--version"],
            "jq . </dev/null": ["jq", "."],
            "python3: email to JSON <message": ["python3", "-c", python],
        }
        times = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                source = path if "<message" in name else os.devnull
                with open(source, "rb") as file:
                    start = time.perf_counter()
                    subprocess.run(command, stdin=file, stdout=subprocess.DEVNULL, check=True)
                    times[name].append(time.perf_counter() - start)
    base = statistics.median(times["/bin/true"])
    print(f"{'command':34} {'median':>9} {'above /bin/true':>16}   ({ROUNDS} rounds)")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:34} {median * 1000:6.2f} ms {(median - base) * 1000:13.2f} ms")


if __name__ == "__main__":
    main()
