#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/mutants/run.py catches, lets survive, and calls dead patches dead.

On a project of two files that is made for the purpose.
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).with_name("run.py")

MESON = """project('little', 'c')
add_test_setup('mutants')
test('max', executable('max', 'max.c'))
test('lazy', executable('lazy', 'lazy.c'))
test('absent', executable('absent', 'absent.c'))
"""
MAX = """#include <stdio.h>
int max(int a, int b)
{
	return a > b ? a : b;
}

int main(void)
{
	if (max(2, 1) != 2)
		puts("the first is lost");
	return max(1, 2) != 2 || max(2, 1) != 2;
}
"""
HUNK = """--- a/max.c
+++ b/max.c
@@ -1,8 +1,8 @@
 #include <stdio.h>
 int max(int a, int b)
 {
-	return a > b ? a : b;
+	return ANSWER;
 }
 
 int main(void)
 {
"""


def hunk(answer):
    return HUNK.replace("ANSWER", answer)


class Mutants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.top = pathlib.Path(cls.tmp.name)
        cls.tree, cls.patches = cls.top / "tree", cls.top / "patches"
        cls.tree.mkdir()
        cls.patches.mkdir()
        (cls.tree / "meson.build").write_text(MESON)
        (cls.tree / "max.c").write_text(MAX)
        (cls.tree / "lazy.c").write_text("int main(void) { return 0; }\n")
        (cls.tree / "absent.c").write_text("int main(void) { return 77; }\n")

    @classmethod
    def tearDownClass(cls):
        cls.tmp.cleanup()

    def verdict(self, text):
        for old in self.patches.glob("*"):
            old.unlink()
        (self.patches / "one.patch").write_text(text)
        done = subprocess.run(
            [sys.executable, str(RUN), "--tree", str(self.tree), "--patches",
             str(self.patches), "--build", str(self.top / "build"), "one"],
            capture_output=True, text=True)
        self.assertEqual((self.tree / "max.c").read_text(), MAX)
        return done.returncode, done.stdout + done.stderr

    def expect(self, text, code, words):
        got, said = self.verdict(text)
        self.assertIn(words, said)
        self.assertEqual(got, code, said)

    def test_a_mutant_that_a_test_sees_is_caught(self):
        self.expect("# why\nTest: max\n" + hunk("a"), 0, "caught")

    def test_a_mutant_that_no_named_test_sees_survives(self):
        self.expect("# why\nTest: lazy\n" + hunk("a"), 1, "SURVIVED")

    def test_a_mutant_leaves_nothing_behind_for_the_next(self):
        self.expect("# why\nTest: max\n" + hunk("b"), 0, "caught")
        self.expect("# why\nTest: max\n" + hunk("b > a ? b : a"), 1,
                    "SURVIVED")

    def test_a_patch_that_no_longer_applies_is_an_error(self):
        self.expect("# why\nTest: max\n" + hunk("a").replace("a > b", "a < b"),
                    1, "ERROR")
        self.expect("# why\nTest: max\n" + hunk("a").replace("a > b", "a < b"),
                    1, "no longer applies")

    def test_a_mutant_that_does_not_compile_is_an_error(self):
        self.expect("# why\nTest: max\n" + hunk("no such"), 1, "does not build")

    def test_a_test_that_does_not_exist_is_an_error(self):
        self.expect("# why\nTest: ghost\n" + hunk("a"), 1, "no such test")

    def test_a_test_that_is_skipped_is_an_error(self):
        self.expect("# why\nTest: absent\n" + hunk("a"), 1, "says SKIP without")

    def test_a_mutant_is_seen_by_what_it_names(self):
        text = "# why\nTest: max\nSays: the first is lost\n"
        self.expect(text + hunk("b"), 0, "caught")
        self.expect(text + hunk("a"), 1, "nobody said: the first is lost")

    def test_a_patch_without_a_test_is_an_error(self):
        self.expect("# why\n" + hunk("a"), 1, "no line 'Test: NAME'")


if __name__ == "__main__":
    unittest.main()
