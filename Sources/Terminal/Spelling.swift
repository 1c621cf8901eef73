/// Finding the word that was probably meant.
public enum Spelling {
  /// The number of insertions, deletions, substitutions and swaps of neighbours that turn one word
  /// into the other (the optimal string alignment distance).
  ///
  /// Source: V. I. Levenshtein, Soviet Physics Doklady 10 (1966); with F. J. Damerau's swaps,
  /// Communications of the ACM 7 (1964), DOI 10.1145/363958.363994.
  /// - Complexity: O(*nm*).
  public static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first.unicodeScalars)
    let b = Array(second.unicodeScalars)
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1] + [Int](repeating: 0, count: b.count)
      for j in 0..<b.count {
        row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
        }
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }

  /// The known word nearest to `word`: at most a third of its letters may differ, or one known
  /// word starts with it. The first one wins a tie.
  public static func nearest(to word: String, among known: [String]) -> String? {
    let bare = word.drop { $0 == "-" }.lowercased()
    guard !bare.isEmpty else { return nil }
    let candidates = known.map { (name: $0, bare: $0.drop { $0 == "-" }.lowercased()) }
    let limit = max(1, bare.count / 3)
    let nearest = candidates.min { distance(bare, $0.bare) < distance(bare, $1.bare) }
    if let nearest, distance(bare, nearest.bare) <= limit { return nearest.name }
    let completions = candidates.filter { bare.count >= 2 && $0.bare.hasPrefix(bare) }
    return completions.count == 1 ? completions[0].name : nil
  }
}
