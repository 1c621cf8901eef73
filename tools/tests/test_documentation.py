"""Tests of tools/build-documentation: what it takes from texts and symbol graphs, and what it
refuses. The tool as a whole runs in CI on the package's own documentation."""

import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from documentation import common, graphs, picture, snippets, texts

ARTICLE = """# Title

```swift
let a = 1
```

Text, and ``Symbol``.

<!-- swift
let hidden = a
-->
```swift
let b = hidden
```

    indented = not Swift

```
pseudo code
```

<!-- Package.swift -->
```swift
import PackageDescription
```
"""


def symbol(name, usr, comment=None, location=True, module="Room"):
    result = {"identifier": {"precise": usr}, "pathComponents": name.split(".")}
    if comment is not None:
        result["docComment"] = {"lines": [{"text": comment}], "module": module}
    if location:
        result["location"] = {
            "uri": f"file://{common.REPOSITORY}/Sources/Room/File.swift",
            "position": {"line": 6, "character": 2}}
    return result


def graph(module, symbols, relationships=()):
    return {"metadata": {"generator": "test"}, "module": {"name": module}, "symbols": symbols,
            "relationships": list(relationships)}


class SnippetTests(unittest.TestCase):
    def test_a_text_is_one_program_with_its_hidden_parts(self):
        program = snippets.program(ARTICLE, "Article.md")
        self.assertEqual(program, (
            '#sourceLocation(file: "Article.md", line: 4)\nlet a = 1\n'
            '#sourceLocation(file: "Article.md", line: 10)\nlet hidden = a\n'
            '#sourceLocation(file: "Article.md", line: 13)\nlet b = hidden\n'))

    def test_manifests_are_no_part_of_it(self):
        manifests = [code for _, code, is_manifest in snippets.parts(ARTICLE) if is_manifest]
        self.assertEqual(manifests, ["import PackageDescription\n"])

    def test_a_text_without_swift_is_no_program(self):
        self.assertEqual(snippets.program("# Title\n\n    swift build\n", "a.md"), "")


class GraphTests(unittest.TestCase):
    def test_symbols_without_a_comment_are_listed_with_their_place(self):
        found = graphs.undocumented({("Room", None): graph("Room", [
            symbol("Thing", "1", "A thing."), symbol("Thing.part", "2"),
            symbol("Thing.==(_:_:)", "3", location=False)])})
        self.assertEqual(found, ["Sources/Room/File.swift:7: Thing.part"])

    def test_what_throws_must_say_what(self):
        def thrower(usr, name, fragments, comment):
            return symbol(name, usr, comment) | {
                "declarationFragments": [{"spelling": text} for text in fragments]}
        found = graphs.silent_throwers({("Room", None): graph("Room", [
            thrower("1", "told()", ["func", " told() ", "throws"], "- Throws: An error."),
            thrower("2", "silent()", ["func", " silent() ", "throws"], "Does it."),
            thrower("3", "taking(_:)", ["func", " taking(_: (", ") ", "throws", ")"], "Does it."),
            thrower("4", "passing(_:)", ["func", " passing(_: () ", "throws", " -> Int)"], "It."),
        ])})
        self.assertEqual(found, ["Sources/Room/File.swift:7: silent()"])

    def test_the_joined_graph_has_what_the_umbrella_passes_on(self):
        joined = graphs.joined({
            (common.UMBRELLA, None): graph(common.UMBRELLA, [symbol("Version", "u", "The one.")]),
            ("Room", None): graph("Room", [symbol("Thing", "1", "A thing.")], [
                {"source": "1", "target": "p", "kind": "conformsTo"},
                {"source": "gone", "target": "1", "kind": "memberOf"}]),
            ("House", None): graph("House", [
                symbol("Door", "2", "A door."), symbol("Door.key", "3", "Its key."),
                symbol("Wall", "4", "A wall.")]),
            ("Room", "House"): graph("Room", [
                symbol("Door.bell", "5", "Its bell."), symbol("Wall.paper", "6", "Its paper.")]),
        }, {common.UMBRELLA: None, "Room": None, "House": {"Door"}})
        self.assertEqual(
            sorted(".".join(symbol["pathComponents"]) for symbol in joined["symbols"]),
            ["Door", "Door.bell", "Door.key", "Thing", "Version"])
        self.assertEqual([edge["kind"] for edge in joined["relationships"]], ["conformsTo"])
        modules = {symbol["docComment"]["module"] for symbol in joined["symbols"]}
        self.assertEqual(modules, {common.UMBRELLA})

    def test_the_umbrellas_exports_are_found(self):
        exports = graphs.exports()
        self.assertIsNone(exports["Training"])
        self.assertIn("Network", exports["NeuralNetwork"])


class TextTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "Sources" / "Room").mkdir(parents=True)
        for name in ("Benchmarks", "Tests", "tools"):
            self.write(f"{name}/README.md", "line\n" * 12)
        self.write("README.md", "[tools](tools/README.md) and [the web](https://example.org/a)\n")
        patch = mock.patch.object(texts, "REPOSITORY", self.folder)
        patch.start()
        self.addCleanup(patch.stop)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(content)

    def test_a_module_without_a_readme_is_found(self):
        self.assertEqual(texts.problems(), [
            "Sources/Room/README.md: missing: what lives there, where to start reading?"])

    def test_names_and_links_that_lead_nowhere_are_found(self):
        self.write("Sources/Room/Thing.swift", "")
        self.write("Sources/Room/README.md", "line\n" * 9 + "`Thing.swift`, `Other.swift`\n")
        self.write("README.md", "\n[gone](Sources/Room/Gone.swift#part)\n")
        self.assertEqual(texts.problems(), [
            "Sources/Room/README.md:10: there is no Other.swift",
            "README.md:2: the link leads nowhere: Sources/Room/Gone.swift"])

    def test_declarations_of_headers_without_a_comment_are_found(self):
        self.write("Sources/Room/include/room.h", """
#ifndef ROOM_H
#ifdef __cplusplus
extern "C" {
#endif
/// A door.
typedef struct door door;
typedef struct wall {
  int height;  // in bricks
} wall;
/// Opens.
int door_open(
    door *it,
    int wide);
int door_close(door *it);
/// Kinds.
enum {
  /// One.
  ONE = 1
};
#ifdef __cplusplus
}
#endif
#endif
""")
        self.write("Sources/Room/README.md", "line\n" * 12)
        self.assertEqual(texts.problems(), [
            "Sources/Room/include/room.h:8: typedef struct wall {",
            "Sources/Room/include/room.h:15: int door_close(door *it);"])

    def test_a_readme_is_neither_a_stub_nor_a_book(self):
        for count in (9, 41):
            self.write("Sources/Room/README.md", "line\n" * count)
            self.assertEqual(texts.problems(), [
                f"Sources/Room/README.md: {count} lines, expected 10 to 40"])


class PictureTests(unittest.TestCase):
    def test_the_pictures_are_those_that_the_tool_draws(self):
        self.assertEqual(picture.problems(), [])


class RunTests(unittest.TestCase):
    def test_a_command_that_fails_is_told_with_what_it_said(self):
        with self.assertRaisesRegex(common.Failure, r"(?s)sh -c .* failed:\nno such thing"):
            common.run(["sh", "-c", "echo no such thing; exit 3"])

    def test_a_command_that_is_missing_is_told(self):
        with self.assertRaisesRegex(common.Failure, "is not installed"):
            common.run(["/nowhere/at/all"])


if __name__ == "__main__":
    unittest.main()
