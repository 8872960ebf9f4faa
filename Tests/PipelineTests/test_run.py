"""`make run` as a new user meets it: start, the curl line that it prints, the document, Ctrl-C."""
import os
import re
import signal
import socket
import subprocess

from harness import BIN, PATIENCE, ROOT, PipelineTest, wait_for


def hear_ctrl_c():
    """Who was started in the background by a shell ignores it, and so would all that he starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run(PipelineTest):
    def run_pipeline(self, **environment):
        output = self.directory / "output"
        with open(output, "wb") as file:
            process = subprocess.Popen(
                [ROOT / "examples" / "pipeline"], stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True, preexec_fn=hear_ctrl_c, env=os.environ | {
                    "BIN": str(BIN), "VAR": str(self.directory / "var"), "LISTEN": "127.0.0.1:0"} | environment)
        self.addCleanup(self.stop, process)
        wait_for("mailpipe to run", lambda: "Ctrl-C stops it." in output.read_text() or process.poll() is not None)
        self.assertIsNone(process.poll(), output.read_text())
        return process, output

    def first_mail(self, output):
        command = re.search(r"^  (printf .*\n.*)$", output.read_text(), re.M).group(1)
        subprocess.run(["bash", "-c", command], check=True, timeout=PATIENCE)

    def ctrl_c(self, process):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the foreground process group
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_first_mail(self):
        process, output = self.run_pipeline(RCPT="orders@example.com alerts@example.com")
        self.first_mail(output)
        wait_for("the document", lambda: "It works." in output.read_text().split("Ctrl-C stops it.")[1])
        self.assertIn("signature ok", output.read_text())
        self.ctrl_c(process)
        var = self.directory / "var"
        wait_for("the spool to be empty", lambda: not list((var / "spool" / "new").iterdir()))
        self.assertEqual(list((var / "queue" / "due").iterdir()), [])
        # Nothing of it is left running.
        left = subprocess.run(["pgrep", "-f", str(var)], capture_output=True, text=True).stdout
        self.assertEqual(left, "")

    def test_own_webhook(self):
        hook = self.webhook()
        process, output = self.run_pipeline(WEBHOOK=hook.url)
        self.assertNotIn("token", output.read_text())
        self.first_mail(output)
        wait_for("the document", hook.delivered)
        self.ctrl_c(process)
        self.assertEqual(hook.documents()[0]["text"].rstrip(), "It works.")

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = subprocess.run(
                [ROOT / "examples" / "pipeline"], capture_output=True, text=True, timeout=PATIENCE,
                stdin=subprocess.DEVNULL, start_new_session=True,
                env=os.environ | {"BIN": str(BIN), "VAR": str(self.directory / "var"), "LISTEN": address})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(address, done.stderr)
