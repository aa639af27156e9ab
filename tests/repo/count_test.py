#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/count.py counts cases, crashes and skips, and nothing twice."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
sys.dont_write_bytecode = True
import count  # noqa: E402

GOOD_CASE = '<testcase name="a"/>'
BAD_CASE = '<testcase name="b"><failure/></testcase>'
SKIPPED_CASE = '<testcase name="c"><skipped/></testcase>'


class Count(unittest.TestCase):
    def counted(self, results, tap=None, exit_code=0):
        """results: {name: meson's result}; tap: {name: xml of its cases}"""
        with tempfile.TemporaryDirectory() as d:
            log = pathlib.Path(d, "testlog.json")
            log.write_text("".join(json.dumps({"name": f"ostia:s / {n}", "result": r}) + "\n"
                                   for n, r in results.items()))
            junit = pathlib.Path(d, "testlog.junit.xml")
            junit.write_text("<testsuites>" + "".join(
                f'<testsuite name="ostia.ostia:s / {n}">{x}</testsuite>'
                for n, x in (tap or {}).items()) + "</testsuites>")
            with contextlib.redirect_stderr(io.StringIO()):
                p, f, s = count.count(log, junit, exit_code)
            return p, f, len(s)

    def test_a_plain_program_is_one_test(self):
        self.assertEqual(self.counted({"x": "OK", "y": "SKIP"}), (1, 0, 1))
        self.assertEqual(self.counted({"x": "OK", "y": "TIMEOUT"}, exit_code=1),
                         (1, 1, 0))

    def test_a_tap_program_counts_its_cases(self):
        self.assertEqual(self.counted({"x": "OK"},
                                      {"x": GOOD_CASE * 3 + SKIPPED_CASE}),
                         (3, 0, 1))
        self.assertEqual(self.counted({"x": "FAIL"},
                                      {"x": GOOD_CASE + BAD_CASE}, 1), (1, 1, 0))

    def test_a_crash_after_good_cases_is_a_failure(self):
        self.assertEqual(self.counted({"x": "ERROR"}, {"x": GOOD_CASE * 2}, 1),
                         (2, 1, 0))

    def test_nothing_run_is_a_failure(self):
        self.assertEqual(self.counted({}), (0, 1, 0))

    def test_an_exit_code_without_a_failed_test_is_a_failure(self):
        self.assertEqual(self.counted({"x": "OK"}, exit_code=2), (1, 1, 0))


if __name__ == "__main__":
    unittest.main()
