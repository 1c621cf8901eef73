"""The Swift of the texts, compiled and run, so that no text shows what does not work.

The blocks of a text marked as `swift` are one program, in their order; `<!-- swift … -->` comments
are parts of it that readers do not see. A block after the comment `<!-- Package.swift -->` is a
package's manifest, which is only checked for its types.
"""

import pathlib
import re

from .common import REPOSITORY, Failure, run, tool

PART = re.compile(
    r"^(?P<manifest><!-- Package\.swift -->\n+)?```swift *\n(?P<code>.*?)^``` *$"
    r"|^<!-- swift *\n(?P<hidden>.*?)^--> *$", re.MULTILINE | re.DOTALL)

# Long enough for a busy machine.
SECONDS = 120


def parts(text):
    """(line, code, whether it is a manifest) of each part of a text."""
    for match in PART.finditer(text):
        group = "code" if match["code"] is not None else "hidden"
        line = text.count("\n", 0, match.start(group)) + 1
        yield line, match[group], match["manifest"] is not None


def program(text, name):
    """The program of a text, whose errors tell of lines of the text; "" where there is none."""
    return "".join(
        f'#sourceLocation(file: "{name}", line: {line})\n{code}'
        for line, code, is_manifest in parts(text) if not is_manifest)


def check(file, build, folder):
    """Compiles and runs the Swift of a text. Returns the number of its programs, 0 or 1."""
    text = file.read_text()
    name = str(file.relative_to(REPOSITORY))
    folder = pathlib.Path(folder) / file.stem
    folder.mkdir()
    compiler = [tool("swiftc"), "-swift-version", "6", "-warnings-as-errors"]
    for number, (line, code, is_manifest) in enumerate(parts(text)):
        if is_manifest:
            manifest = folder / f"Package{number}.swift"
            manifest.write_text(f'#sourceLocation(file: "{name}", line: {line})\n{code}')
            run([*compiler, "-typecheck", "-package-description-version", "6.2",
                 "-I", str(_manifest_interface()), str(manifest)])
    source = program(text, name)
    if not source:
        return 0
    main = folder / "main.swift"
    main.write_text(source)
    executable = folder / "program"
    run([*compiler, *build.search_paths, str(main), *build.objects, "-lz", "-o", str(executable)])
    empty = folder / "empty"
    empty.mkdir()
    try:
        run([str(executable)], cwd=empty, timeout=SECONDS)
    except Failure as failure:
        raise Failure(f"{name}: the program of its Swift blocks: {failure}") from None
    return 1


def _manifest_interface():
    """Where the toolchain keeps the module of manifests."""
    usr = pathlib.Path(tool("swift")).resolve().parents[1]
    folder = usr / "lib" / "swift" / "pm" / "ManifestAPI"
    if not folder.is_dir():
        raise Failure(f"{folder} is missing: where is the module PackageDescription?")
    return folder
