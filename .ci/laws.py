#!/usr/bin/env python3
"""Holds the laws of the house that no compiler holds. Prints each breach and exits 1 if there is one."""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PURE = ["rtc-core", "rtc-sdp", "rtc-ice", "rtc-dtls", "rtc-srtp", "rtc-sctp", "rtc-peer"]
# Who may import whom: ARCHITECTURE.md draws it.
IMPORTS = {
    "rtc-core": set(),
    "rtc-sdp": set(),
    "rtc-ice": {"rtc-core"},
    "rtc-dtls": {"rtc-core"},
    "rtc-srtp": {"rtc-core"},
    "rtc-sctp": {"rtc-core"},
    "rtc-peer": set(PURE) - {"rtc-peer"},
}
MAX_LINES = 700
BANNED_NAMES = {"utils", "util", "common", "shared", "helpers", "helper", "manager", "handler"}
# `tests/common` is what cargo's own book calls the shared part of integration tests.
breaches = []


def breach(place, what):
    breaches.append(f"{place}: {what}")


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    return json.loads(subprocess.check_output(command, cwd=ROOT))


def check_imports():
    for package in metadata()["packages"]:
        name = package["name"]
        if name not in IMPORTS:
            continue
        for dependency in package["dependencies"]:
            other = dependency["name"]
            if dependency["kind"] is None and other.startswith("rtc-") and other not in IMPORTS[name]:
                breach(name, f"must not import {other}")
            if dependency["kind"] is None and not other.startswith("rtc-"):
                if dependency["uses_default_features"]:
                    breach(name, f"takes {other} with its default features")


def check_trees():
    for name in PURE:
        command = ["cargo", "tree", "--package", name, "--edges", "normal", "--prefix", "none"]
        tree = subprocess.check_output(command, cwd=ROOT, text=True)
        names = {line.split()[0] for line in tree.splitlines() if line.strip()}
        for banned in {"getrandom", "rand", "tokio"} & names:
            breach(name, f"brings in {banned}")


def sources():
    for path in sorted(ROOT.rglob("*.rs")):
        parts = path.relative_to(ROOT).parts
        if "target" not in parts and not parts[0].startswith("."):
            yield path, parts


def code_lines(text):
    """Lines up to the tests at the end of the file."""
    count = 0
    for line in text.splitlines():
        if line.startswith("#[cfg(test)]"):
            break
        count += 1
    return count


def check_sources():
    for path, parts in sources():
        text = path.read_text()
        place = "/".join(parts)
        is_test = path.stem == "tests" or "tests" in parts
        if not is_test and code_lines(text) > MAX_LINES:
            breach(place, f"{code_lines(text)} lines of code; at {MAX_LINES} a room wants splitting")
        if path.stem in BANNED_NAMES or (path.stem == "mod" and parts[-2] in BANNED_NAMES and parts[-3] != "tests"):
            breach(place, "is named after nothing in particular")
        for pattern in (r"\btodo!\(", r"\bunimplemented!\(", r"#\[ignore", r"\bFIXME\b", r"\bTODO\b"):
            if re.search(pattern, text):
                breach(place, f"holds {pattern}")
        if parts[0] in PURE and parts[1] == "src":
            check_pure_source(place, path, text)


def check_pure_source(place, path, text):
    if path.name == "lib.rs":
        if "#![no_std]" not in text:
            breach(place, "is not no_std")
    if path.stem == "tests" or "tests" in path.parts:
        return
    body = re.split(r"#\[cfg\(test\)\]\s*(?:#\[.*\]\s*)?mod ", text)[0]
    for line in body.splitlines():
        code = line.split("//")[0]
        if re.search(r"\bstd::", code):
            breach(place, f"uses std: {line.strip()}")


check_imports()
check_trees()
check_sources()
for line in breaches:
    print(line)
print(f"{len(breaches)} breaches of the house laws")
sys.exit(1 if breaches else 0)
