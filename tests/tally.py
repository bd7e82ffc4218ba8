#!/usr/bin/env python3
"""Runs test programs that print TAP, shows what fails, and ends with `N passed, N failed`.

Each argument is a program with its arguments, or make:TARGET for a target that runs this script itself.  A program that
prints no test, breaks off, or skips one has failed: nothing counts as passed that was not shown.

TALLY_JOBS: how many programs run at once (default: 1), for many of them mostly wait.
"""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import time

CLOSING = re.compile(r"^(\d+) passed, (\d+) failed$")


def tests_of(program):
    """(passed, failed, lines worth showing)"""
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
        closing = CLOSING.match(lines[-1]) if lines else None
        passed, failed = (int(n) for n in closing.groups()) if closing else (0, 1)
        return passed, failed, lines if failed or run.returncode else lines[:-1]
    passed = sum(bool(re.match(r"ok\b", line)) and "# SKIP" not in line for line in lines)
    failed = sum(bool(re.match(r"not ok\b", line)) or "# SKIP" in line for line in lines)
    planned = [int(m.group(1)) for m in (re.match(r"1\.\.(\d+)$", line) for line in lines) if m]
    if not failed and (run.returncode != 0 or passed == 0 or sum(planned) != passed):
        failed = 1
        lines.append(f"# broke off: exit code {run.returncode}, planned {planned}, {passed} passed")
    return passed, failed, lines if failed else []


def timed(program):
    began = time.monotonic()
    return *tests_of(program), time.monotonic() - began


def main():
    all_passed = all_failed = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("TALLY_JOBS", "1"))) as pool:
        for program, result in zip(sys.argv[1:], pool.map(timed, sys.argv[1:])):
            passed, failed, lines, seconds = result
            all_passed += passed
            all_failed += failed
            for line in lines:
                print("   ", line)
            print(f"{'FAILED' if failed else 'ok':6} {program}: {passed} passed, {failed} failed "
                  f"({seconds:.1f} s)", flush=True)
    print(f"{all_passed} passed, {all_failed} failed")
    return 1 if all_failed or not all_passed else 0


sys.exit(main())
