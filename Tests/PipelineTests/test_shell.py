"""The tools as cron and the shell use them: no daemon but smtp-accept."""
import fcntl
import json
import os
import struct
import subprocess
import termios

import messages
from harness import BIN, PipelineTest, Submission, wait_for


class Shell(PipelineTest):
    def sh(self, line, expect=0, **options):
        environment = {
            "PATH": f"{BIN}:/usr/bin:/bin", "S": str(self.spool), "Q": str(self.queue), "URL": self.hook.url,
            "D": str(self.directory)}
        done = subprocess.run(["bash", "-c", "set -o pipefail; " + line], capture_output=True, env=environment, timeout=60,
                              **options)
        self.assertEqual(done.returncode, expect, (line, done.stdout[-2000:], done.stderr[-2000:]))
        return done.stdout

    def setUp(self):
        super().setUp()
        self.hook = self.webhook()

    def send(self, count):
        client = Submission(self.smtp_port)
        ids = [client.send(f"Subject: {n}\r\n\r\n{n}".encode()) for n in range(count)]
        client.close()
        return ids

    def test_cron(self):
        self.accept()
        ids = self.send(5)
        self.hook.behave = lambda n, *_: 500 if n == 0 else 204
        # First run: one fails and is queued, all are safe: exit 0, the spool is empty.
        out = self.sh('mime2json --spool "$S" | json-post --ack "$S" --queue "$Q" --schedule 1s "$URL"')
        self.assertEqual(out, b"")
        self.assertEqual(self.spooled(), [])
        self.assertEqual(len(self.queued()), 1)
        # Nothing new: still fine.
        self.sh('mime2json --spool "$S" | json-post --ack "$S" --queue "$Q" --schedule 1s "$URL"')
        # Later, the queue alone; 75 says that something is not due yet.
        wait_for("the queued record to be due",
                 lambda: self.run_tool("json-post", "--queue", self.queue, "--flush", "--schedule", "1s",
                                       self.hook.url).returncode == 0)
        self.assertEqual(self.hook.delivered().keys(), set(ids))
        self.assert_empty()

    def test_two_crons_at_once_do_no_harm(self):
        self.accept()
        self.send(1)
        running = self.start("json-post", "--ack", self.spool, "--queue", self.queue, self.hook.url,
                             stdin=subprocess.PIPE)
        wait_for("the lock", lambda: (self.spool / ".ack.lock").exists() and (self.queue / ".lock").exists())
        wait_for("the lock to be held", lambda: self.run_tool(
            "json-post", "--queue", self.queue, "--flush", self.hook.url).returncode == 75)
        self.sh('mime2json --spool "$S" | json-post --ack "$S" --queue "$D/other" "$URL"', expect=75)
        self.assertEqual(len(self.spooled()), 1)
        self.assertEqual(self.hook.requests, [])
        running.stdin.close()
        self.assertEqual(self.stop(running), 0)
        self.sh('mime2json --spool "$S" | json-post --ack "$S" --queue "$Q" "$URL"')
        self.assert_empty()

    def test_print_pipe(self):
        """smtp-accept --print … | mime2json --files-from - | json-post --ack …; the backlog comes first."""
        first = self.accept()
        ids = self.send(3)
        self.assertEqual(self.stop(first), 0)
        server = self.accept("--print", stdout=subprocess.PIPE)
        convert = self.start("mime2json", "--files-from", "-", stdin=server.stdout, stdout=subprocess.PIPE)
        post = self.start("json-post", "--ack", self.spool, "--queue", self.queue, self.hook.url, stdin=convert.stdout)
        server.stdout.close()
        convert.stdout.close()
        server.stdout = convert.stdout = None
        ids += self.send(20)
        wait_for("all of them", lambda: len(self.hook.delivered()) == 23)
        self.assertEqual(self.stop(server), 0)  # and with it, by end of input, the whole pipe
        self.assertEqual(convert.wait(30), 0)
        self.assertEqual(post.wait(30), 0)
        self.assertEqual(set(ids), self.hook.delivered().keys())
        self.assert_empty()

    def test_one_message_through_jq(self):
        (self.directory / "one.eml").write_bytes(messages.plain(subject="Grüße №").as_bytes())
        self.assertEqual(self.sh('mime2json <"$D/one.eml" | jq .subject').decode(), '"Grüße №"\n')
        self.assertEqual(self.sh('mime2json "$D/one.eml" "$D/one.eml" | jq -r .id | sort -u | wc -l').strip(), b"1")

    def test_head_closes_the_pipe_quietly(self):
        (self.directory / "one.eml").write_bytes(messages.plain().as_bytes())
        self.sh('set +o pipefail; for i in {1..300}; do echo "$D/one.eml"; done >"$D/list"; '
                'mime2json --files-from "$D/list" 2>"$D/err" | head -n 1 >/dev/null; test ! -s "$D/err"')

    def test_pipes_that_another_program_made_non_blocking(self):
        def filled(pipe):
            return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"1234"))[0]
        text = b"a line of text\r\n" * 50_000
        for arguments in ((), ("--files-from", "-")):
            (source, feed), (out, sink) = os.pipe(), os.pipe()
            for end in (source, sink):
                os.set_blocking(end, False)
            convert = self.start("mime2json", *arguments, stdin=source, stdout=sink)
            os.close(source)
            os.close(sink)
            (self.directory / "one.eml").write_bytes(b"Subject: x\r\n\r\n" + text)
            first, rest = (f"{self.directory}/one".encode(), b".eml\n") if arguments else (b"Subject: x\r\n\r\n", text)
            os.write(feed, first)
            wait_for("the first half to be read", lambda: filled(feed) == 0)
            with open(feed, "wb") as file, open(out, "rb") as result:
                file.write(rest)
                file.close()
                wait_for("the pipe to be full", lambda: filled(out) > 4000)
                self.assertEqual(json.loads(result.read())["text"], text.decode().replace("\r", ""))
            self.assertEqual(convert.wait(), 0)

    def test_a_filter_may_drop_mail(self):
        self.accept()
        ids = self.send(4)
        self.sh('mime2json --spool "$S" | jq -c \'if .subject == "2" then {id,discard:true} else . end\' |'
                ' json-post --ack "$S" --queue "$Q" "$URL"')
        self.assertEqual(self.hook.delivered().keys(), set(ids) - {ids[2]})
        self.assert_empty()

    def test_without_a_queue_what_was_not_delivered_comes_out(self):
        self.hook.behave = lambda n, headers, body: 204 if b"good" in body else 400
        lines = [b'{"id":"1","v":"good"}\n', b'{"id":"2","v":"bad"}\n', b'{"id": 3, "v" : "bad"}\n']
        out = self.sh('json-post --max-age 1s --schedule 1s "$URL"', expect=75, input=b"".join(lines))
        self.assertEqual(sorted(out.splitlines(True)), sorted(lines[1:]))

    def test_cron_hears_of_nothing_but_what_wants_a_person(self):
        self.hook.behave = lambda *_: 500
        self.sh('echo "{}" | json-post --queue "$Q" --log-level error "$URL"')
        done = self.run_tool("json-post", "--queue", self.queue, "--flush", "--log-level", "warning", self.hook.url)
        self.assertEqual((done.returncode, done.stderr), (75, b""))

    def test_missing_directories(self):
        self.sh('mime2json --spool "$D/none"', expect=66)
        self.sh('mime2json --spool ""', expect=64)
        self.sh('json-post --ack "$D/none" --queue "$Q" "$URL" </dev/null', expect=66)
        self.sh('mime2json "$D/none.eml"', expect=66)
        self.assertFalse(self.queue.exists(), "nothing is made for a command that failed")

    def test_too_few_descriptors(self):
        (self.spool / "new").mkdir(parents=True)
        for number in range(4, 12):
            done = subprocess.run(["bash", "-c", f'ulimit -n {number}; exec "$0" --spool "$1"', BIN / "mime2json", self.spool],
                                  capture_output=True, timeout=60)
            self.assertIn(done.returncode, (0, 66, 71), (number, done.stderr))

    def test_documents_are_json_by_another_parser(self):
        (self.directory / "one.eml").write_bytes(bytes(range(256)) * 8)
        document = json.loads(self.sh('mime2json "$D/one.eml"'))
        self.assertTrue(document["defects"])
