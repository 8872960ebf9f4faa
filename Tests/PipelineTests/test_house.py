"""The rules of the house that no compiler holds: imports, what binaries link, man pages, and no trace of a machine."""
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import BIN, ROOT

TOOLS = {"smtp-accept": 8, "mime2json": 1, "json-post": 1}
REQUIRED = {"smtp-accept": ["--spool", "/nonexistent", "--rcpt", "@example.com"], "mime2json": [], "json-post": []}
PAGES = sorted((ROOT / "man").glob("*.[1-8]"))


class House(unittest.TestCase):
    def imports(self, folder):
        for path in sorted((ROOT / "Sources" / folder).rglob("*.swift")):
            for name in re.findall(r"^\s*(?:@\w+(?:\(\w+\))? |public |package |internal )*import (?:\w+ )?(\w+)",
                                   path.read_text(), re.M):
                yield path.relative_to(ROOT), name

    def test_foundation_stays_out(self):
        for path, name in self.imports("."):
            self.assertNotIn(name, ("Foundation", "FoundationNetworking"), path)

    def test_pure_modules_import_none_of_the_others(self):
        for module in "Bytes", "SMTP", "MIME", "JSON":
            for path, name in self.imports(module):
                self.assertIn(name, ("Glibc", "Bytes", "Synchronization"), path)

    def test_one_file_a_tool_imports_a_c_library(self):
        for tool in TOOLS:
            for library in "COpenSSL", "CSHA256", "CCurl", "CZlib":
                files = {path for path, name in self.imports(tool) if name == library}
                self.assertLessEqual(len(files), 1, files)
        for folder in "Bytes", "SMTP", "MIME", "JSON", "Spool", "Tool":
            self.assertFalse([f for f in self.imports(folder) if f[1] in ("COpenSSL", "CSHA256", "CCurl", "CZlib")])

    def test_binaries_link_what_they_may(self):
        allowed = re.compile(r"(linux-vdso|ld-linux-\S+|libc|libm|libssl|libcrypto|libcurl)\.so")
        for tool in TOOLS:
            out = subprocess.run(["readelf", "-d", BIN / tool], capture_output=True, text=True, check=True).stdout
            needed = re.findall(r"\(NEEDED\).*\[(.*)\]", out)
            self.assertTrue(needed)
            for library in needed:
                self.assertRegex(library, allowed, tool)
            self.assertEqual("libcurl.so.4" in needed, tool == "json-post")

    def test_man_pages_are_clean(self):
        self.assertGreaterEqual(len(PAGES), 6)
        for page in PAGES:
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
            self.assertEqual(done.stdout + done.stderr, "", page.name)

    def help(self, tool):
        return subprocess.run([BIN / tool, "--help"], capture_output=True, text=True, check=True).stdout

    def test_help_and_man_page_name_the_same_options(self):
        for tool, section in TOOLS.items():
            page = (ROOT / "man" / f"{tool}.{section}").read_text()
            documented = {m.replace("\\-", "-") for m in re.findall(r"^\.It Fl \\?-([a-z0-9][\w\\-]*)", page, re.M)}
            for line in re.findall(r"^\.It (Fl .*)$", page, re.M):
                documented |= {m.replace("\\-", "-") for m in re.findall(r"Fl \\?-([a-z][\w\\-]*)", line)}
            columns = re.findall(r"^ {2}(-\S.*?)(?: {2}|$)", self.help(tool), re.M)
            shown = {name for column in columns for name in re.findall(r"(?<![\w-])--([a-z][\w-]*)", column)}
            self.assertEqual(shown - {"help", "version"}, documented - {"help", "version"}, tool)

    def test_a_wrong_command_line_names_its_program(self):
        for tool in TOOLS:
            done = subprocess.run([BIN / tool, "--mistyped"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (64, ""), tool)
            self.assertTrue(done.stderr.startswith(f"{tool}: ") and "--mistyped" in done.stderr, done.stderr)

    def test_no_option_takes_an_empty_value(self):
        """`--queue "$QUEUE"` of a script that has not set it. The exceptions are those that mean something by it."""
        meaningful = {"recipient-delimiter", "proxy"}
        for tool in TOOLS:
            options = set(re.findall(r"--([a-z][\w-]*)[ =]<", self.help(tool)))
            self.assertGreater(len(options), 6)
            for option in sorted(options - meaningful):
                for value in [f"--{option}", ""], [f"--{option}="]:
                    done = subprocess.run([BIN / tool, *REQUIRED[tool], *value], capture_output=True, text=True, stdin=subprocess.DEVNULL)
                    self.assertEqual(done.returncode, 64, (tool, value, done.stderr))
                    self.assertIn(f"--{option}", done.stderr.splitlines()[0])

    @unittest.skipUnless((ROOT / "bin").exists(), "nothing is built in bin/")
    def test_what_make_install_puts_in_place(self):
        with tempfile.TemporaryDirectory() as root:
            subprocess.run(["make", "-s", "-C", ROOT, "install", f"DESTDIR={root}", "PREFIX=/opt/x"], check=True)
            installed = {str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*") if path.is_file()}
            for tool, section in TOOLS.items():
                self.assertLessEqual(
                    {f"opt/x/bin/{tool}", f"opt/x/share/man/man{section}/{tool}.{section}",
                     f"opt/x/share/bash-completion/completions/{tool}", f"opt/x/share/zsh/site-functions/_{tool}",
                     f"opt/x/share/fish/vendor_completions.d/{tool}.fish"}, installed)
                completion = pathlib.Path(root, "opt/x/share/bash-completion/completions", tool)
                subprocess.run(["bash", "-n", completion], check=True)
                self.assertIn("--version", completion.read_text())
                self.assertIn("-o default", completion.read_text())
                self.assertNotIn("'help'", completion.read_text())
            self.assertIn("opt/x/share/mailpipe/mailpipe.service", installed)
            self.assertIn("opt/x/share/mailpipe/examples/cron", installed)
            units = "".join(path.read_text() for path in pathlib.Path(root, "opt/x/share/mailpipe").glob("*.service"))
            for tool in TOOLS:
                self.assertIn(f"/opt/x/bin/{tool}", units)
                self.assertNotIn(f"/usr/bin/{tool}", units)

    def test_what_cannot_be_written_is_an_error(self):
        for tool in TOOLS:
            for option in "--help", "--version", "--generate-completion-script=bash":
                with open("/dev/full", "w") as full:
                    done = subprocess.run([BIN / tool, option], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, 74, (tool, option))
                self.assertEqual(done.stderr, f"{tool}: standard output: write: No space left on device\n")

    def test_every_tool_says_its_version(self):
        versions = {subprocess.run([BIN / tool, "--version"], capture_output=True, text=True).stdout for tool in TOOLS}
        self.assertEqual(len(versions), 1)
        self.assertRegex(versions.pop(), r"^\d+\.\d+\.\d+\n$")

    def test_wrong_command_lines_exit_64(self):
        for tool in TOOLS:
            done = subprocess.run([BIN / tool, *REQUIRED[tool], "--no-such-option"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 64, tool)
            self.assertEqual(done.stdout, "")
            self.assertIn("--no-such-option", done.stderr)
