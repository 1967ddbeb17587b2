// What is drawn, in full.
import Testing

@testable import Terminal

@Suite struct OutputTests {
  let bare = Style.colourless
  let plain = Style(depth: .none, plain: true)

  @Test(arguments: [
    ("abc", 3), ("größe", 5), ("e\u{301}", 1), ("漢字", 4), ("ｆ", 2), ("👩‍👩‍👧‍👦", 2), ("🦙!", 3), ("☁️", 2), ("☁", 1), ("हिन्दी", 5), ("กำ", 2), ("\u{1112}\u{1161}\u{11AB}", 2),
    ("\u{1B}[1;31mred\u{1B}[0m", 3), ("", 0), ("\u{200B}", 0), ("한글", 4), ("→", 1), ("Δ", 1), ("🇫🇷", 2),
  ])
  func width(_ text: String, _ columns: Int) { #expect(displayWidth(text) == columns) }

  @Test func cutsAndPads() {
    #expect("漢字漢字".cut(toWidth: 6) == "漢字…")
    #expect("abc".cut(toWidth: 3) == "abc")
    #expect("漢".padded(toWidth: 4) == "漢  ")
    #expect("7".padded(toWidth: 3, alignRight: true) == "  7")
  }

  @Test func tables() {
    var table = Table(["name", "shape", "mean"], alignments: [.left, .left, .right])
    table.rows = [["query", "[3, 4]", "0.5"], ["größe", "[漢]", "-12"]]
    #expect(table.lines(style: bare).joined(separator: "\n").text == """
      name   shape   mean
      ───────────────────
      query  [3, 4]   0.5
      größe  [漢]     -12
      """)
    #expect(table.lines(style: plain).joined(separator: "\n").text == """
      name   shape   mean
      query  [3, 4]   0.5
      größe  [漢]     -12
      """)
    let narrow = Table(["a", "b"], rows: [["a long text here", "x"]])
    #expect(narrow.lines(style: bare, width: 16) == ["a              b", "────────────────", "a long text …  x"])
    let tall = Table(["name", "total\nparams"], alignments: [.left, .right], rows: [["gpt2", "124 M"]])
    #expect(tall.lines(style: plain) == ["       total", "name  params", "gpt2   124 M"])
    #expect(Table([]).lines(style: bare) == [])
  }

  @Test func heatMapsWithoutColour() {
    let map = HeatMap([0, 0.25, 0.5, 1, -.infinity, 0.75], columns: 3, rowLabels: ["a", "bc"])
    #expect(map.lines(style: bare) == ["a    ░░▒▒", "bc ██··▓▓", "0 ░▒▓█ 1   · −∞"])
    #expect(map.lines(style: plain) == [
      "2 by 3, from 0 at row 0 (a), column 0 to 1 at row 1 (bc), column 0, mean 0.5; 1 of 6 are −∞."
    ])
  }

  @Test func heatMapsInColour() {
    let map = HeatMap([0, 1, 1, 0], columns: 2)
    let lines = map.lines(style: Style(depth: .full))
    #expect(lines[0].text == "\u{1B}[38;2;68;1;84;48;2;253;231;37m▀▀\u{1B}[0m\u{1B}[38;2;253;231;37;48;2;68;1;84m▀▀\u{1B}[0m")
    #expect(lines.count == 2)
    #expect(HeatMap([-1, 1], columns: 2).palette == .diverging)
    let indexed = HeatMap([0], columns: 1, range: 0...1).lines(style: Style(depth: .indexed))
    #expect(indexed[0].text == "\u{1B}[38;5;53m▀▀\u{1B}[0m")
  }

  @Test func largeHeatMapsAreAveraged() {
    let map = HeatMap((0..<100).map(Float.init), columns: 10)
    let lines = map.lines(style: bare, width: 5, height: 5)
    #expect(lines.count == 6)
    #expect(lines[0].isEmpty || lines[0].text.count <= 5)
    #expect(lines[5] == "0 ░▒▓█ 99   10 × 10 averaged to 5 × 5")
  }

  @Test func masks() {
    let causal = Grid([true, false, false, true, true, false, true, true, true], columns: 3, rowLabels: ["A", "B", "C"], columnLabels: ["A", "B", "C"])
    #expect(causal.lines(style: bare) == ["  A B C", "A ● · ·", "B ● ● ·", "C ● ● ●"])
    #expect(causal.lines(style: plain) == ["lower triangular, 6 of 9 open"])
    #expect(causal.whoSeesWhom == ["A → A", "B → A B", "C → A B C"])
  }

  @Test(arguments: [
    (["10", "01"], "diagonal, 2 of 4 open"), (["11", "11"], "2 by 2, all open, 4 of 4 open"), (["00", "00"], "2 by 2, all closed, 0 of 4 open"),
    (["100", "110", "011"], "band of 2 below the diagonal, 5 of 9 open"), (["110", "110", "111"], "lower triangular with a prefix of 2, 7 of 9 open"),
    (["1100", "1100", "1111", "1111"], "lower triangular in blocks of 2, 12 of 16 open"), (["11", "01"], "upper triangular, 3 of 4 open"),
    (["101", "110"], "2 by 3, 4 of 6 open"), (["01", "10"], "2 by 2, 2 of 4 open"),
  ])
  func masksInWords(_ rows: [String], _ sentence: String) {
    #expect(Grid(rows.joined().map { $0 == "1" }, columns: rows[0].count).sentence == sentence)
  }

  @Test func curves() {
    #expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇█")
    #expect(sparkline([1, .nan, 1]) == "▄ ▄")
    let chart = LineChart([4, 3, 2, 1], title: "loss")
    #expect(chart.lines(style: plain) == ["loss: 4 values from 4 to 1; highest 4 at 1, lowest 1 at 4."])
    #expect(chart.lines(style: bare, width: 11, height: 2) == ["loss", "4 │⠹⡄", "1 │⠀⢳", "  └────────", "   1      4"])
    #expect(LineChart([.nan]).lines(style: bare) == ["no finite value"])
  }

  @Test func paragraphs() {
    #expect(wrap("one two three four", width: 9) == ["one two", "three", "four"])
    #expect(wrap("a b\nc", width: 20, first: "- ") == ["- a b", "  c"])
    #expect(wrap("abcdefghijklmnop", width: 8) == ["abcdefgh", "ijklmnop"])
  }

  @Test func styles() {
    #expect(bare.paint("x", .bad) == "x")
    #expect(Style(depth: .sixteen).paint("x", .bad).text == "\u{1B}[1;31mx\u{1B}[0m")
    #expect(Style(depth: .sixteen).paint("x", foreground: Colour(250, 5, 5)).text == "\u{1B}[91mx\u{1B}[0m")
    #expect(Style.Depth(environment: ["TERM": "dumb", "COLORTERM": "truecolor"]) == .none)
    #expect(Style.Depth(environment: ["TERM": "xterm-256color"]) == .indexed)
    #expect(Style.Depth(environment: ["TERM": "xterm", "COLORTERM": "24bit"]) == .full)
    #expect(Style.Depth(environment: ["TERM": "vt220"]) == .sixteen)
    #expect(Style.detected(descriptor: -1, environment: ["TERM": "xterm", "ORRERY_PLAIN": "1"]) == Style(depth: .none, plain: true))
  }

  @Test(arguments: [
    (0 as Float, "0"), (1, "1"), (-0.5, "-0.5"), (0.1234, "0.123"), (12.345, "12.3"), (1234.6, "1235"), (1e-5, "1e-5"), (-2.5e7, "-2.5e7"),
    (.infinity, "∞"), (.nan, "nan"), (-0.0001, "-1e-4"),
  ])
  func numbers(_ value: Float, _ text: String) { #expect(short(value) == text) }

  @Test func progress() {
    let bar = ProgressBar("loading", total: 200, unit: "MB", style: bare)
    #expect(bar.line(done: 50, seconds: 5, width: 80) == "loading ━━━━━━━─────────────────────── 25 %  10 MB/s  0:15 left")
    #expect(bar.line(done: 50, seconds: 5, width: 30) == "loading  25 %  0:15 left")
    #expect(bar.line(done: 50, seconds: 5, width: 12) == "loading  25…")
    bar.note = "loss 0.4  9000 tokens/s"
    #expect(bar.line(done: 50, seconds: 5, width: 60) == "loading  loss 0.4  9000 tokens/s 25 %  10 MB/s  0:15 left")
    #expect(bar.line(done: 50, seconds: 5, width: 50) == "loading  loss 0.4  9000 tokens/s  25 %  0:15 left")
    #expect(bar.line(done: 50, seconds: 5, width: 40) == "loading  loss 0.4  25 %  0:15 left")
    bar.note = ""
    // What was done before says nothing of how fast it is now.
    let resumed = ProgressBar("loading", total: 200, already: 40, unit: "MB", style: bare)
    #expect(resumed.line(done: 50, seconds: 5, width: 80).text.hasSuffix(" 25 %  2 MB/s  1:15 left"))
    #expect(bar.line(done: 200, seconds: 10, width: 80).text.hasSuffix(" 100 %  20 MB/s"))
    #expect(grouped(8_030_261_248) == "8,030,261,248")
    #expect(grouped(-999) == "-999")
  }

  @Test func pagesOnlyWhatDoesNotFit() {
    #expect(!Pager.isLong("a\nb", in: (80, 24)))
    #expect(Pager.isLong(String(repeating: "a\n", count: 30), in: (80, 24)))
    #expect(Pager.isLong(String(repeating: "a", count: 2000), in: (80, 24)))
  }

  @Test func listsOfCandidates() {
    let many = Completions(start: 0, (0..<40).map { Candidate("name\($0)", note: "a note") })
    let lines = many.listing(width: 40, rows: 6, style: bare)
    #expect(lines.count == 6)
    #expect(lines[0] == "name0   a note")
    #expect(lines[5] == "… 35 more lines; type on to narrow them")
    #expect(Completions(start: 0, [Candidate("größe"), Candidate("grö")]).commonText == "grö")
    #expect(Completions(start: 0, ["a", "b", "c", "d"].map { Candidate($0) }).listing(width: 7, rows: 9, style: bare) == ["a  c", "b  d"])
  }
}

@Suite struct ScreenTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("größe ␣ 猫 👩‍🚀 e\u{301}", "größe ␣ 猫 👩‍🚀 e\u{301}"), ("a\tb\nc", "a\tb\nc"), ("a\r\nb\r", "a\nb\\u{D}"),
    ("\u{1B}[2J", "\\u{1B}[2J"), ("\u{7}\u{8}\u{0}\u{7F}", "\\u{7}\\u{8}\\u{0}\\u{7F}"), ("\u{9B}2J\u{80}", "\\u{9B}2J\\u{80}"),
    ("\u{202E}\u{2066}\u{200F}\u{61C}", "\\u{202E}\\u{2066}\\u{200F}\\u{61C}"),
  ])
  func whatATerminalWouldObeyIsShown(_ text: String, _ shown: String) {
    #expect(ScreenText(text).text == shown)
    #expect(Style(depth: .sixteen).paint(text, .bad).text == "\u{1B}[1;31m\(shown)\u{1B}[0m")
    let mixed: ScreenText = "\(Style(depth: .sixteen).paint("x", .bad)) \(text)"
    #expect(mixed.text == "\u{1B}[1;31mx\u{1B}[0m \(shown)")
    #expect(ScreenText(shown).text == shown)
  }

  @Test func tablesAlignWhatTheyShow() {
    let lines = Table(["a", "b"], rows: [["\u{1B}[2J", "1"], ["x", "2"]]).lines(style: .colourless)
    #expect(lines.map(\.text).dropFirst(2) == ["\\u{1B}[2J  1", "x          2"])
  }
}
