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
    def counted(self, results, tap=None, exit_code=0, said=""):
        """results: {name: meson's result}; tap: {name: xml of its cases}"""
        with tempfile.TemporaryDirectory() as d:
            log = pathlib.Path(d, "testlog.json")
            log.write_text("".join(json.dumps({"name": f"ostia:s / {n}", "result": r,
                                               "stdout": said}) + "\n"
                                   for n, r in results.items()))
            junit = pathlib.Path(d, "testlog.junit.xml")
            junit.write_text("<testsuites>" + "".join(
                f'<testsuite name="ostia.ostia:s / {n}">{x}</testsuite>'
                for n, x in (tap or {}).items()) + "</testsuites>")
            with contextlib.redirect_stderr(io.StringIO()):
                p, f, s, self.notes = count.count(log, junit, exit_code)
                count.take_notes(pathlib.Path(d), "plain", self.notes)
            self.names = pathlib.Path(d, "names").read_text()
            self.details = pathlib.Path(d, "details").read_text()
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
        self.assertIn("failed: plain: meson test ended with 2", self.names)

    def test_who_failed_is_named_with_the_end_of_what_it_said(self):
        said = "".join(f"ok {i} - fine\nline {i}\n" for i in range(30))
        self.counted({"x/y": "FAIL", "z": "OK", "w": "TIMEOUT"},
                     {"x/y": GOOD_CASE + BAD_CASE}, 1, said)
        self.assertEqual(self.names,
                         "failed: plain: x/y: b\nfailed: plain: w: TIMEOUT\n")
        self.assertTrue(self.details.startswith(
            "--- plain: x/y: b\n    line 10\n"), self.details)
        self.assertNotIn("fine", self.details)

    def test_of_many_failures_only_some_are_told_and_all_are_named(self):
        self.counted({f"t{i}": "FAIL" for i in range(50)}, None, 1, "why\n")
        self.assertEqual(self.names.count("\n"), 50)
        self.assertEqual(self.details.count("why"), count.TAIL_TESTS)

    def test_what_takes_long_is_told(self):
        with tempfile.TemporaryDirectory() as d:
            log = pathlib.Path(d, "testlog.json")
            log.write_text("".join(
                json.dumps({"name": f"ostia:s / {n}", "duration": t}) + "\n"
                for n, t in (("x/quick", 59.9), ("x/slow", 61.2))))
            count.take_times(pathlib.Path(d), "san", log)
            self.assertEqual(pathlib.Path(d, "times").read_text(),
                             "took 61 s: san: x/slow\n")

    def test_nothing_is_noted_when_nothing_failed(self):
        self.counted({"x": "OK", "y": "SKIP"})
        self.assertEqual(self.names + self.details, "")


if __name__ == "__main__":
    unittest.main()
