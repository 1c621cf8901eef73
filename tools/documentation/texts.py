"""The READMEs: every module has one, and what they name exists. Headers in C: every declaration has
a comment."""

import re

from .common import REPOSITORY

# The README of a module is a map; that of another folder may be its whole reference.
LINES = range(10, 41)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`([\w./+~-]+\.(?:swift|c|h|py|json|docc|svg|pc))`")


def folders_with_readme():
    """The folders that must have a README: each module, and what stands beside Sources."""
    modules = sorted(path for path in (REPOSITORY / "Sources").iterdir() if path.is_dir())
    return [*modules, *(REPOSITORY / name for name in ("Benchmarks", "Tests", "tools"))]


def texts():
    """All documents for readers that are not in the catalogue's own format."""
    readmes = [folder / "README.md" for folder in folders_with_readme()]
    return [REPOSITORY / "README.md", *(path for path in readmes if path.exists())]


def articles():
    """The articles of the catalogue."""
    return sorted((REPOSITORY / "Sources").glob("*/*.docc/*.md"))


def problems():
    """What is wrong with the READMEs, a line each."""
    found = []
    for folder in folders_with_readme():
        path = folder / "README.md"
        name = path.relative_to(REPOSITORY)
        if not path.exists():
            found.append(f"{name}: missing: what lives there, where to start reading?")
            continue
        count = len(path.read_text().splitlines())
        if count < LINES[0] or count > LINES[-1] and folder.parent.name == "Sources":
            found.append(f"{name}: {count} lines, expected {LINES[0]} to {LINES[-1]}")
        found += missing_files(path)
    for path in texts():
        found += dead_links(path)
    for path in headers():
        found += undocumented_declarations(path)
    return found


def headers():
    """The headers of the modules in C."""
    return sorted((REPOSITORY / "Sources").glob("*/include/*.h"))


def undocumented_declarations(path):
    """Declarations of a C header without a `///` comment, as `file:line: declaration`."""
    found, depth, before, is_open = [], 0, "", False
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        code = line.split("//", 1)[0].rstrip()
        begins = depth == 0 and not is_open and re.match(r"[A-Za-z]", code)
        if begins and not code.startswith('extern "C"') and not before.startswith("///"):
            found.append(f"{path.relative_to(REPOSITORY)}:{number}: {code}")
        if code and not code.startswith(("#", "extern \"C\"")):
            depth = max(0, depth + code.count("{") - code.count("}"))
            is_open = depth == 0 and not code.endswith((";", "}"))
        before = line
    return found


def missing_files(path):
    """Files that a README names in backquotes and that are nowhere below its folder."""
    found = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        for name in FILE.findall(line):
            places = [path.parent, REPOSITORY]
            below = name.rsplit("/", 1)[-1]
            if any((place / name).exists() for place in places):
                continue
            if "/" in name or not any(path.parent.rglob(below)):
                found.append(f"{path.relative_to(REPOSITORY)}:{number}: there is no {name}")
    return found


def dead_links(path):
    """Links of a text to files that are not there."""
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: the link leads nowhere: {target}"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for target in LINK.findall(line)
        if "://" not in target and not (path.parent / target).exists()]
