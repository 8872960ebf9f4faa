#!/usr/bin/env python3
"""Runs the pipeline tests on the programs in bin/ (MAILPIPE_BIN): all, or those whose names are given as arguments."""
import pathlib
import sys
import unittest

if __name__ == "__main__":
    here = pathlib.Path(__file__).parent
    sys.path.insert(0, str(here))
    loader = unittest.TestLoader()
    if sys.argv[1:]:
        suite = loader.loadTestsFromNames(sys.argv[1:])
    else:
        suite = loader.discover(here, pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    bad = len({getattr(test, "test_case", test) for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    print(f"{result.testsRun - bad - skipped} passed, {bad} failed, {skipped} skipped")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
