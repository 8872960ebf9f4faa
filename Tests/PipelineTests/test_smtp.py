"""smtp-accept as it is installed: the optimised program where owners matter, its units, its numbers, its TLS."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

from harness import BIN, ROOT, PipelineTest, Submission, wire

# What the optimiser once broke, and what it could break: descriptors that are held and never read from.
HELD = ["no_descriptors_left", "no_thread_left", "no_memory_left", "full_disk", "spool_removed", "spool_read_only", "early_talkers",
        "certificates_are_read_again_and_broken_ones_are_not", "print_to_a_reader_that_leaves"]
PARSE = """
import sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    print(family.name, family.type, len(family.samples))
"""


class Smtp(PipelineTest):
    def test_the_optimised_program_behaves(self):
        done = subprocess.run(
            [sys.executable, "-B", ROOT / "Tests/SmtpAcceptTests/behaviour.py", *HELD], capture_output=True, text=True,
            env=os.environ | {"SMTP_ACCEPT": str(BIN / "smtp-accept")}, timeout=250)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count(": passed in "), len(HELD) - done.stdout.count(": SKIPPED"), done.stdout)

    def test_what_others_find_in_the_address_suite(self):
        tool = ROOT.parent / "shared/corpora/tools/smtp_syntax_run.py"
        if not tool.exists():
            self.skipTest("../shared/corpora is not there")
        self.accept("--max-errors", 1000)
        out = subprocess.run([sys.executable, tool, "127.0.0.1", str(self.smtp_port), "--rcpt-domain", "example.com"],
                             capture_output=True, text=True, timeout=100).stdout
        # The four want parameters accepted which RFC 5321 answers with 555.
        self.assertEqual(len(re.findall(r"^RFC .* got 555 ", out, re.M)), 4, out)
        counts = out.splitlines()[-1]
        self.assertIn(counts, (ROOT / "Tests/CONFORMANCE.md").read_text(), "CONFORMANCE.md tells other counts")

    # /metrics

    def metrics(self):
        self.accept("--status", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0")
        status = self.addresses[-1]
        client = Submission(wire.port(self.addresses[0]))
        client.command("FROB")
        for _ in range(3):
            client.send(b"Subject: x\r\n\r\nx")
        client.close()
        with urllib.request.urlopen(f"http://{status}/metrics", timeout=20) as answer:
            self.assertTrue(answer.headers["content-type"].startswith("text/plain; version=0.0.4"))
            return answer.read().decode()

    def test_metrics_are_what_prometheus_reads(self):
        text = self.metrics()
        self.assertTrue(text.endswith("\n"))
        families, current = {}, None
        for line in text.splitlines():
            word = line.split(" ")
            if line.startswith("# HELP "):
                current = word[2]
                self.assertNotIn(current, families, "a family stands together")
                families[current] = None
            elif line.startswith("# TYPE "):
                self.assertEqual(word[2], current)
                families[current] = (word[3], [])
            else:
                match = re.fullmatch(r'([a-z_]+)(?:\{[a-z]+="[^"\\]*"\})? ([0-9.e+-]+)', line)
                self.assertTrue(match and match[1].startswith(current), line)
                families[current][1].append((line.rpartition(" ")[0], float(match[2])))
        for name, (kind, samples) in families.items():
            self.assertIn(kind, ("counter", "gauge", "histogram"))
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
            self.assertEqual(len({label for label, _ in samples}), len(samples), name)
        buckets = [value for label, value in families["smtp_accept_commit_seconds"][1] if "_bucket" in label]
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(buckets[-1], 3)
        self.assertIn(('smtp_accept_refusals_total{reason="unknownCommand"}', 1.0),
                      families["smtp_accept_refusals_total"][1])

    def test_metrics_by_the_parser_of_prometheus(self):
        python = "/usr/bin/python3"
        if subprocess.run([python, "-c", "import prometheus_client"], capture_output=True).returncode:
            self.skipTest("python3-prometheus-client is not installed")
        done = subprocess.run([python, "-c", PARSE], input=self.metrics(), capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("smtp_accept_commit_seconds histogram 12", done.stdout)

    # systemd

    def units(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not there")
        for unit in (ROOT / "share/systemd").glob("smtp-accept.s*"):
            text = unit.read_text().replace("/usr/bin/smtp-accept", str(pathlib.Path(BIN).resolve() / "smtp-accept"))
            (self.directory / unit.name).write_text(text)
        return sorted(map(str, self.directory.glob("smtp-accept.s*")))

    def test_units_are_correct(self):
        units = self.units()
        self.assertEqual(len(units), 2)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout + done.stderr, "")

    def test_the_service_is_shut_in(self):
        service = self.units()[0]
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", service],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr)
        self.assertIn("Overall exposure level", done.stdout)
