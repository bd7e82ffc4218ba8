"""Node's packages for tests, in exact versions, from npm's registry into a folder of the build."""
import json
import re
import shutil
import subprocess

INSTALL_SECONDS = 300


def installed(folder, packages):
    for name, version in packages.items():
        try:
            if json.loads((folder / "node_modules" / name / "package.json").read_text())["version"] != version:
                return False
        except (OSError, ValueError, KeyError):
            return False
    return True


def lacking(folder, packages):
    """Puts the packages where they are to be; why that can't be, or None."""
    for program in ("node", "npm"):
        if not shutil.which(program) and not (program == "npm" and installed(folder, packages)):
            return f"{program} is not installed"
    if installed(folder, packages):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n')
    wanted = [f"{name}@{version}" for name, version in packages.items()]
    # Nothing that comes with them is run now, and no lock is kept: it would hold the registry's addresses.
    command = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *wanted]
    try:
        run = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, errors="replace", timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not end within {INSTALL_SECONDS} s"
    if run.returncode == 0 and installed(folder, packages):
        return None
    codes = re.findall(r"npm (?:ERR!|error) code (\S+)", run.stdout)
    return f"npm can't install {' '.join(wanted)} ({codes[0] if codes else 'no code'})"


def differing(folder, integrity):
    """Packages that are not, byte for byte, those that the tests were written with."""
    try:
        locked = json.loads((folder / "node_modules" / ".package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return sorted(integrity)
    return [name for name, hashed in integrity.items() if locked.get("node_modules/" + name, {}).get("integrity") != hashed]
