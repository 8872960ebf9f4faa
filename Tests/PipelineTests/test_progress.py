"""mime2json and json-post on a terminal: one line tells how far they are, and leaves no trace."""
import os
import pty
import re
import subprocess
import threading

from harness import BIN, PipelineTest


def on_terminal(arguments, stdin=b"", stdout_too=False, tool="mime2json"):
    """Runs a program with a terminal as its standard error: what it wrote there, and its exit status."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.Popen(
        [BIN / tool, *arguments], stdin=subprocess.PIPE, stdout=theirs if stdout_too else subprocess.DEVNULL,
        stderr=theirs, env=environment)
    os.close(theirs)
    written = []

    def collect():
        # Linux answers EIO once the last program has closed the terminal.
        try:
            while data := os.read(ours, 65536):
                written.append(data)
        except OSError:
            pass

    reader = threading.Thread(target=collect)
    reader.start()
    process.communicate(stdin, timeout=60)
    reader.join()
    os.close(ours)
    return b"".join(written).decode(), process.returncode


def rendered(text):
    """What stands on the screen in the end."""
    lines = [""]
    for piece in re.split(r"(\r\n|\r\x1b\[K)", text):
        if piece == "\r\n":
            lines.append("")
        elif piece == "\r\x1b[K":
            lines[-1] = ""
        else:
            lines[-1] += piece
    return lines


LINE = re.compile(r"mime2json: (\d+)( of \d+)? messages")


class Progress(PipelineTest):
    def setUp(self):
        super().setUp()
        self.paths = []
        for number in range(300):
            path = self.directory / f"{number}.eml"
            path.write_bytes(b"Subject: x\r\n\r\nhello\r\n")
            self.paths.append(str(path))

    def make_spool(self):
        new = self.directory / "spool" / "new"
        new.mkdir(parents=True)
        for number, path in enumerate(self.paths):
            os.link(path, new / f"019aa4b2-7c00-7abc-8def-{number:012x}.eml")
        return new.parent

    def assert_line(self, text, total):
        shown = [match for match in LINE.finditer(text)]
        self.assertTrue(shown, text)
        self.assertTrue(all(int(match[1]) >= 100 for match in shown), text)
        if total:
            self.assertEqual({match[2] for match in shown}, {f" of {total}"})

    def test_tells_how_far_it_is_and_takes_it_back(self):
        for arguments in [self.paths, ["--jobs", "3", *self.paths], ["--spool", self.make_spool()]]:
            text, status = on_terminal(arguments)
            self.assertEqual(status, 0)
            self.assert_line(text, 300)
            self.assertEqual(rendered(text), [""])

    def test_does_not_know_how_long_an_mbox_is(self):
        box = self.directory / "box"
        box.write_bytes(b"From a@b Sat Nov 21 10:00:00 2026\nSubject: x\n\nhello\n\n" * 300)
        for arguments in [[box], ["--files-from", "-"]]:
            text, _ = on_terminal(["--mbox", *arguments], str(box).encode())
            self.assert_line(text, None)
            self.assertNotIn(" of ", text)
            self.assertEqual(rendered(text), [""])

    def test_complaints_stand_on_lines_of_their_own(self):
        missing = [str(self.directory / f"missing-{number}") for number in range(3)]
        paths = self.paths[:150] + missing[:2] + self.paths[150:] + missing[2:]
        expected = [f"mime2json: {path}: No such file or directory" for path in missing] + [""]
        for arguments in [paths, ["--files-from", "-"]]:
            text, status = on_terminal(arguments, "\n".join(paths).encode())
            self.assertEqual(status, 66)
            self.assert_line(text, None)
            self.assertEqual(rendered(text), expected)

    def test_says_nothing_of_few_messages(self):
        self.assertEqual(on_terminal(self.paths[:99]), ("", 0))

    def test_says_nothing_where_the_objects_go(self):
        text, _ = on_terminal(self.paths, stdout_too=True)
        self.assertNotIn(" messages", text)

    def test_says_nothing_without_a_terminal(self):
        run = subprocess.run([BIN / "mime2json", *self.paths], capture_output=True, timeout=60)
        self.assertEqual(run.stderr, b"")


class PostingProgress(PipelineTest):
    def post(self, *arguments, records=b""):
        arguments = ["--log-level", "warning", "--queue", str(self.queue), *arguments]
        return on_terminal(arguments, records, tool="json-post", stdout_too=True)

    def test_tells_how_far_it_is_and_takes_it_back(self):
        hook = self.webhook()
        records = b"".join(b'{"id":"r%d"}\n' % number for number in range(300))
        text, status = self.post(hook.url, records=records)
        self.assertEqual(status, 0)
        self.assertRegex(text, r"json-post: \d{3} attempts")
        self.assertEqual(rendered(text), [""])
        due = self.queue / "due"
        for number in range(300):
            (due / f"1.0.q{number}.json").write_text("{}")
        text, status = self.post("--flush", hook.url)
        self.assertEqual(status, 0)
        self.assertRegex(text, r"json-post: \d{3} of 300 attempts")
        self.assertEqual(rendered(text), [""])

    def test_warnings_stand_on_lines_of_their_own(self):
        hook = self.webhook(lambda number, *_: 400 if number == 150 else 204)
        records = b"".join(b'{"id":"r%d"}\n' % number for number in range(300))
        text, _ = self.post(hook.url, records=records)
        self.assertIn("attempts", text)
        lines = rendered(text)
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r"^time=\S+ level=warning event=attempt-failed .*$")

    def test_says_nothing_where_each_record_is_told_of(self):
        hook = self.webhook()
        records = b"".join(b'{"id":"r%d"}\n' % number for number in range(150))
        text, _ = self.post("--log-level", "info", hook.url, records=records)
        self.assertNotIn("attempts", text)
