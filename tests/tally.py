#!/usr/bin/env python3
"""Runs test programs that print TAP, shows what fails, names it, and ends with `N passed, N failed`.

Each argument is a program with its arguments, or make:TARGET for a target that runs this script itself.  A program that
prints no test, breaks off, or skips one has failed: nothing counts as passed that was not shown.  Only what needs what
not every machine has (a registry, say) may say so by `1..0 # SKIP WHY`: then it is told of as skipped, and counted apart.

TALLY_JOBS: how many programs run at once (default: 1), for many of them mostly wait.
"""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import time

NOT_OK = re.compile(r" *not ok \d+(?: -)? ?([^:]*)")
SHOWN = re.compile(r" *(not ok|#|FAILED|skipped)")
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
SKIP_ALL = re.compile(r"1\.\.0 # SKIP (.*)$")
MAY_SKIP = {"tests/contract/contract.py", "tests/page_test.py"}


def tests_of(program):
    """(passed, failed, skipped, lines worth showing)"""
    if program.startswith("make:"):
        command = ["make", "--no-print-directory", program[5:]]
    else:
        command = shlex.split(program)
        interpreter = {".py": [sys.executable], ".sh": ["sh"]}
        command = interpreter.get(os.path.splitext(command[0])[1], []) + command
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", LC_ALL="C.UTF-8", TALLY_JOBS="1")
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, env=env, check=False)
    lines = run.stdout.decode("utf-8", "replace").splitlines()
    if program.startswith("make:"):
        # make itself says so last, if some have failed.
        closing = next(filter(None, map(CLOSING.match, lines[-2:])), None)
        if not closing or run.returncode and closing.group(2) == "0":
            return 0, 1, 0, lines  # it was not even built, say
        passed, failed, skipped = (int(n or 0) for n in closing.groups())
        # What was built on the way, and what is fine, would bury the rest.
        return passed, failed, skipped, [line for line in lines if SHOWN.match(line)] if failed else lines[:-1]
    skip = SKIP_ALL.match(lines[0]) if len(lines) == 1 and program in MAY_SKIP and run.returncode == 0 else None
    if skip:
        return 0, 0, 1, ["skipped: " + skip.group(1)]
    passed = sum(bool(re.match(r"ok\b", line)) and "# SKIP" not in line for line in lines)
    failed = sum(bool(re.match(r"not ok\b", line)) or "# SKIP" in line for line in lines)
    planned = [int(m.group(1)) for m in (re.match(r"1\.\.(\d+)$", line) for line in lines) if m]
    if not failed and (run.returncode != 0 or passed == 0 or sum(planned) != passed):
        failed = 1
        lines.append(f"# broke off: exit code {run.returncode}, planned {planned}, {passed} passed")
    return passed, failed, 0, [line for line in lines if not re.match(r"ok\b", line)] if failed else []


def timed(program):
    began = time.monotonic()
    return *tests_of(program), time.monotonic() - began


def main():
    all_passed = all_failed = all_skipped = 0
    fallen = []
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("TALLY_JOBS", "1"))) as pool:
        for program, result in zip(sys.argv[1:], pool.map(timed, sys.argv[1:])):
            passed, failed, skipped, lines, seconds = result
            all_passed += passed
            all_failed += failed
            all_skipped += skipped
            for line in lines:
                print("   ", line)
            names = [found.group(1) for found in map(NOT_OK.match, lines) if found] or ["it broke off"] * bool(failed)
            fallen += [f"failed: {program}: {name}\n" for name in names]
            word = "FAILED" if failed else "ok" if passed else "skipped"
            print(f"{word:6} {program}: {passed} passed, {failed} failed ({seconds:.1f} s)", flush=True)
    print("".join(fallen), end="")
    print(f"{all_passed} passed, {all_failed} failed" + (f", {all_skipped} skipped" if all_skipped else ""))
    return 1 if all_failed or not all_passed else 0


sys.exit(main())
