#!/usr/bin/env python3
"""make install and uninstall, and a program built against what was installed."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", "build")).resolve()
PROGRAM = r"""
#include "policy/identity.h"
#include "commands/run.h"
#include <stdio.h>
int main(void)
{
    char out[IDENTITY_TEXT_MAX];
    return identity_canonical(slice_of("0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"), out) || !run_job ||
           puts(out) < 0;
}
"""
results = []


def ok(passed, name, why=""):
    results.append(bool(passed))
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}")
    if not passed:
        print("#", str(why).replace("\n", "\n# "))


def make(target, folder):
    return subprocess.run(["make", "--no-print-directory", target, "PREFIX=/usr", f"DESTDIR={folder}",
                           f"BUILD={BUILD}"], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


with tempfile.TemporaryDirectory() as folder:
    usr = Path(folder, "usr")
    run = make("install", folder)
    ok(run.returncode == 0, "make install", run.stdout)
    for name in ["bin/claimpipe", "bin/claimpipe-sandbox", "lib/libclaimpipe.a",
                 "lib/pkgconfig/claimpipe.pc", "include/claimpipe/commands/run.h",
                 "include/claimpipe/policy/identity.h", "share/man/man1/claimpipe.1",
                 "share/man/man1/claimpipe-sandbox.1", "share/bash-completion/completions/claimpipe",
                 "share/zsh/vendor-completions/_claimpipe", "share/fish/vendor_completions.d/claimpipe.fish"]:
        ok((usr / name).is_file(), f"installs {name}")
    for name in ["claimpipe", "claimpipe-sandbox"]:
        run = subprocess.run([usr / "bin" / name, "--version"], capture_output=True, text=True, check=False)
        ok(run.stdout == f"{name} 0.1.0\n", f"{name} --version", run.stdout + run.stderr)
    for page in ["claimpipe.1", "claimpipe-sandbox.1"]:
        run = subprocess.run(["mandoc", "-Tlint", "-Wwarning", usr / "share/man/man1" / page],
                             capture_output=True, text=True, check=False)
        ok(run.returncode == 0, f"{page} is a well-formed page", run.stdout)

    env = dict(os.environ, PKG_CONFIG_PATH=str(usr / "lib/pkgconfig"), PKG_CONFIG_SYSROOT_DIR=folder)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "claimpipe"], env=env, text=True,
                           capture_output=True, check=False).stdout.split()
    Path(folder, "program.c").write_text(PROGRAM)
    run = subprocess.run(["gcc", "-std=c11", "-o", f"{folder}/program", f"{folder}/program.c", *flags],
                         text=True, capture_output=True, check=False)
    ok(run.returncode == 0, "a program builds by claimpipe.pc", run.stderr)
    run = subprocess.run([f"{folder}/program"], text=True, capture_output=True, check=False)
    ok(run.stdout == "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h\n", "and runs", run.stdout)

    run = make("uninstall", folder)
    left = [p for p in usr.rglob("*") if p.is_file()]
    ok(run.returncode == 0 and not left, "make uninstall leaves nothing", left)

print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
