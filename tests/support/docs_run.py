#!/usr/bin/env python3
"""Run the commands that the documents show, and compare what they print.

    docs_run.py ROOT PAGE...        HF_BLESS=1 writes the outputs into the pages

A block marked "console" is run in order, each page in a new folder that holds a copy of samples/.
"$ " starts a command; a line that ends in a backslash goes on. What follows is its output, stdout and
stderr together; "..." alone in a line stands for any lines; no line at all is not compared. The exit
status is 0, or N where the command ends in "# exit N". Programs that talk to a server are not run.
What lies in the folder $HF_DOCS_ADD is there too. A block marked "sh" is not run, so only programs that build, install or talk to a server may stand there.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SERVERS = {"mmctl", "scp", "ssh", "rsync", "systemctl"}
BUILDS = {"./samples/quickstart.sh", "./tests/run.sh", "cmake", "ninja", "ctest", "sudo", "apt-get", "git"}
SHELL = ["bash", "-o", "pipefail", "-c"]


def normalise(line):
    """What differs from run to run: ids of runs and vaults, and the time of day (the sample is of 2024)."""
    line = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID", line)
    line = re.sub(r"\b20(?!24)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", line)
    return line.rstrip()


def matches(want, have):
    """Lines against lines; "..." stands for any number of them."""
    if not want:
        return not have
    if want[0] == "...":
        return any(matches(want[1:], have[at:]) for at in range(len(have) + 1))
    return bool(have) and normalise(want[0]) == normalise(have[0]) and matches(want[1:], have[1:])


def renew(want, have):
    """What to show instead of want: as many lines around its "..." as before; None when that is not clear."""
    if "..." not in want:
        return have
    before = want.index("...")
    after = len(want) - before - 1
    if want.count("...") > 1 or before + after > len(have):
        return None
    return have[:before] + ["..."] + have[len(have) - after:]


def blocks(lines):
    """Yield (language, first line, end) of every fenced block."""
    at = 0
    while at < len(lines):
        if lines[at].startswith("```") and lines[at] != "```":
            end = lines.index("```", at + 1)
            yield lines[at][3:], at + 1, end
            at = end
        at += 1


def steps(lines, first, end):
    """Yield (line number, command, output lines) of a console block."""
    at = first
    while at < end:
        if not lines[at].startswith("$ "):
            raise SystemExit(f"line {at + 1}: output without a command")
        start, command = at, lines[at][2:]
        while command.endswith("\\"):
            at += 1
            command = command[:-1] + lines[at].strip()
        output = at + 1
        at = output
        while at < end and not lines[at].startswith("$ "):
            at += 1
        yield start, command, output, at


def run(command, folder, binary):
    env = dict(os.environ, PATH=f"{binary.parent}:{os.environ['PATH']}", LC_ALL="C.UTF-8",
               XDG_CONFIG_HOME=str(folder / ".config"), XDG_STATE_HOME=str(folder / ".state"))
    for name in ("HOLDFAST_CONFIG", "HOLDFAST_VAULT", "HOLDFAST_TZ", "HOLDFAST_MEMORY", "COLUMNS"):
        env.pop(name, None)
    done = subprocess.run(SHELL + [command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace").splitlines()


def check_page(root, page, binary, bless):
    """Run one page; returns (commands run, complaints)."""
    name = page.relative_to(root)
    lines = page.read_text(encoding="utf-8").splitlines()
    ran, bad, new = 0, [], []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-docs-"))
    shutil.copytree(root / "samples", folder / "samples")
    if "HF_DOCS_ADD" in os.environ:  # what else the pages' commands find
        shutil.copytree(os.environ["HF_DOCS_ADD"], folder, dirs_exist_ok=True)
    try:
        for language, first, end in blocks(lines):
            if language == "sh":
                for number in range(first, end):
                    word = (lines[number].split() or [""])[0]
                    if word and word != "#" and word not in BUILDS | SERVERS:
                        bad.append(f"{name}:{number + 1}: \"{word}\" can be run: make it a console block")
                    elif word.startswith("./") and not os.access(root / word, os.X_OK):
                        bad.append(f"{name}:{number + 1}: {word} is no program")
            if language != "console":
                continue
            for start, command, at, stop in steps(lines, first, end):
                if command.split()[0] in SERVERS:
                    continue
                want_status = int((re.search(r"# exit (\d+)$", command) or [0, "0"])[1])
                status, have = run(command, folder, binary)
                if status == 141 and re.search(r"\| (head|sed \d+q)", command):
                    status = 0  # the reader had enough: no failure of the writer
                ran += 1
                want = lines[at:stop]
                if status != want_status:
                    bad.append(f"{name}:{start + 1}: exit status {status}, not {want_status}: {command}\n  " +
                               "\n  ".join(have[-12:]))
                elif want and not matches(want, have):
                    blessed = renew(want, have)
                    if bless and blessed is not None:
                        new.append((at, stop, blessed))
                        continue
                    bad.append(f"{name}:{start + 1}: {command}\n  prints\n    " + "\n    ".join(have) +
                               "\n  and not\n    " + "\n    ".join(want))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for at, stop, have in reversed(new):
        lines[at:stop] = have
    if new:
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ran, bad


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    binary = pathlib.Path(os.environ["HOLDFAST_BIN"]).resolve()
    total, bad = 0, []
    for argument in sys.argv[2:]:
        ran, complaints = check_page(root, (root / argument).resolve(), binary, os.environ.get("HF_BLESS") == "1")
        total += ran
        bad += complaints
    print("\n".join(bad) if bad else f"{total} commands in {len(sys.argv) - 2} pages")
    return 1 if bad or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
