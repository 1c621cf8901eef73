"""Symbol graphs: what the modules offer, and what of it an embedder sees.

`import ParallelTrainer` passes on whole modules and single types of others. docc documents one
module at a time, so the graphs are joined here into one: of a single module ParallelTrainer, with
the symbols that its import gives.
"""

import json
import pathlib
import re

from .common import REPOSITORY, UMBRELLA, Failure, run, tool

EXPORT = re.compile(
    r"^\s*@_exported import (?:(?:enum|struct|class|protocol|typealias|func|var|let|actor) )?"
    r"(\w+)(?:\.(\w+))?", re.MULTILINE)


def exports():
    """What the umbrella passes on: for each module the names of single types, or None for all."""
    found = {UMBRELLA: None}
    for file in sorted((REPOSITORY / "Sources" / UMBRELLA).glob("*.swift")):
        for module, name in EXPORT.findall(file.read_text()):
            if not name:
                found[module] = None
            elif found.get(module, ()) is not None:
                found[module] = (found.get(module) or set()) | {name}
    return found


def extract(build, folder):
    """The graphs of the library's modules: {(module, extended module or None): graph}."""
    triple = json.loads(run(["swift", "-print-target-info"]))["target"]["triple"]
    graphs = {}
    for module in build.libraries:
        run([tool("swift"), "symbolgraph-extract", "-module-name", module, "-target", triple,
             *build.search_paths, "-minimum-access-level", "public", "-skip-synthesized-members",
             "-output-dir", str(folder)])
        for file in pathlib.Path(folder).glob(f"{module}*.symbols.json"):
            name = file.name.removesuffix(".symbols.json")
            own, _, extended = name.partition("@")
            if own == module:
                graphs[own, extended or None] = json.loads(file.read_text())
        if (module, None) not in graphs:
            raise Failure(f"no symbol graph of {module}")
    return graphs


def joined(graphs, exported):
    """One graph of the symbols that the umbrella's import gives.

    Members that one module adds to another one's type are visible wherever the type is.
    """
    symbols, relationships = [], []
    for (module, extended), graph in sorted(graphs.items(), key=lambda item: str(item[0])):
        owner = extended or module
        if owner not in exported:
            continue
        names = exported[owner]
        for symbol in graph["symbols"]:
            if names is None or symbol["pathComponents"][0] in names:
                symbols.append(_moved(symbol, graphs))
        relationships += graph["relationships"]
    kept = {symbol["identifier"]["precise"] for symbol in symbols}
    relationships = [edge for edge in relationships if edge["source"] in kept]
    main = graphs[UMBRELLA, None]
    return {
        "metadata": main["metadata"], "module": main["module"], "symbols": symbols,
        "relationships": relationships}


def _moved(symbol, graphs):
    """The symbol with its comment as one of the umbrella: docc leaves out those of others."""
    comment = symbol.get("docComment")
    if comment is None or (comment.get("module"), None) not in graphs:
        return symbol
    return symbol | {"docComment": comment | {"module": UMBRELLA}}


def undocumented(graphs):
    """Public symbols without a comment, as `file:line: name`.

    What has no place in a source file is the compiler's own, such as the == of an enumeration; a
    member that a standard protocol asks for may be told of by the protocol.
    """
    return _places(graphs, lambda symbol: "docComment" not in symbol)


def silent_throwers(graphs):
    """Public functions that throw and whose comment does not say what, as `file:line: name`."""
    return _places(graphs, lambda symbol: _throws(symbol) and not any(
        line["text"].lstrip().startswith("- Throws:")
        for line in symbol.get("docComment", {}).get("lines", [])))


def _throws(symbol):
    """Whether the function itself throws, and not only one that it takes."""
    depth = 0
    for fragment in symbol.get("declarationFragments", []):
        if fragment["spelling"] == "throws" and depth == 0:
            return True
        depth += fragment["spelling"].count("(") - fragment["spelling"].count(")")
    return False


def _places(graphs, is_wanted):
    found = set()
    for graph in graphs.values():
        for symbol in graph["symbols"]:
            if "location" in symbol and is_wanted(symbol):
                location = symbol["location"]
                path = location["uri"].removeprefix("file://").removeprefix(f"{REPOSITORY}/")
                line = location["position"]["line"] + 1
                found.add((path, line, ".".join(symbol["pathComponents"])))
    return [f"{path}:{line}: {name}" for path, line, name in sorted(found)]
