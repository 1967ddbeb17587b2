import Testing

@testable import Lessons

@Suite struct OutputTests {
  @Test(arguments: [
    ("a\nb", "a\nb", nil), ("a  \nb\n\n", "a\nb", nil), ("", "", nil), ("...", "", nil), ("...", "x\ny", nil),
    ("a\n...\nd", "a\nb\nc\nd", nil), ("a\n...\nd", "a\nd", nil), ("  ...\nd", "b\nd", nil),
    ("took [..] ms", "took 12.5 ms", nil), ("a[..]b[..]c", "a-b-b-c", nil), ("x [..]", "x y", nil),
    ("0.41  0.10 -0.22", "0.41  0.10 -0.22", 1e-3), ("0.4100", "0.4109", 1e-3), ("1000.5", "1000.9", 1e-3),
    (" 0.41 -0.001", " 0.41  0.000", 1e-2), ("x = 1.0e-3.", "x = 0.001.", 1e-6), ("−0.5", "-0.5", 1e-6),
    ("[3×3] f32 0.50", "[3×3] f32 0.501", 1e-2), ("v [..] 0.5", "v abc 1.2 0.501", 1e-2),
  ] as [(String, String, Double?)])
  func equal(expected: String, shown: String, tolerance: Double?) {
    #expect(OutputComparison(expected: expected, shown: shown, tolerance: tolerance).isEqual)
  }

  @Test(arguments: [
    ("a", "b", nil), ("a", "a\nb", nil), ("a\nb", "a", nil), ("a\n...\nd", "a\nb", nil), ("[..]x", "ab", nil), ("a [..]", "b 1", nil),
    ("0.41", "0.412", nil), ("0.41", "0.412", 1e-3), ("1000.5", "1002.5", 1e-3), ("8.0", "9.0", 1e-1), ("[3×3] 1.0", "[4×3] 1.0", 1.0),
    ("layers.3", "layers.4", 10.0), ("x1.5", "x1.6", 1.0), ("a b", "a  b", 1.0), ("12", "13", 10.0),
  ] as [(String, String, Double?)])
  func different(expected: String, shown: String, tolerance: Double?) {
    #expect(!OutputComparison(expected: expected, shown: shown, tolerance: tolerance).isEqual)
  }

  @Test func showsTheDifference() {
    let expected = (1...9).map { "line \($0)" }.joined(separator: "\n")
    let shown = expected.replacing("line 5", with: "line five") + "\nline 10"
    #expect(
      OutputComparison(expected: expected, shown: shown).difference == """
          ⋮
          line 3
          line 4
        - line 5
        + line five
          line 6
          line 7
          line 8
          line 9
        + line 10
        """)
    #expect(OutputComparison(expected: "a", shown: "a").difference == "")
    #expect(OutputComparison(expected: "a", shown: "").difference == "- a")
  }

  @Test func blessingKeepsWhatStillFits() {
    func blessed(_ expected: String, _ shown: String, _ tolerance: Double? = nil) -> String {
      OutputComparison(expected: expected, shown: shown, tolerance: tolerance).blessed.joined(separator: "\n")
    }
    #expect(blessed("a [..]\nb\nc", "a 1\nx\nc") == "a [..]\nx\nc")
    #expect(blessed("a\n...\nz", "b\n1\n2\nz") == "b\n...\nz")
    #expect(blessed("a\n...\nb", "a\nx\nc") == "a\n...\nc")
    #expect(blessed("0.50\nx", "0.501\ny", 1e-2) == "0.501\ny")
    #expect(blessed("", "new\ntext") == "new\ntext")
    #expect(blessed("old", "") == "")
  }

  @Test func largeOutputsAreStillCompared() {
    let many = (0..<3000).map { "line \($0)" }
    let other = many.map { $0 == "line 1500" ? "changed" : $0 }.joined(separator: "\n")
    let comparison = OutputComparison(expected: many.joined(separator: "\n"), shown: other)
    #expect(comparison.difference == "  ⋮\n  line 1498\n  line 1499\n- line 1500\n+ changed\n  line 1501\n  line 1502\n  ⋮")
    // Nothing in common: no table of nine million cells.
    let none = OutputComparison(expected: many.joined(separator: "\n"), shown: many.map { $0 + "!" }.joined(separator: "\n"))
    #expect(!none.isEqual)
  }
}
