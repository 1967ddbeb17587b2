// lessons/glossary.md: what a term means, in one plain sentence, and the first lesson that explains it.
//
//     ## causal mask
//     Also: autoregressive mask.
//     A token may look at itself and at earlier tokens only.
//     First: [masks](masks.md)

public struct Glossary: Sendable {
  public struct Term: Sendable, Equatable {
    public var name: String
    /// Other words for it.
    public var others: [String]
    public var sentence: String
    /// The lesson that explains it first, by its file's name without `.md`; nil: none.
    public var first: String?
    /// Of its heading, from 1.
    public var line: Int
  }

  public var file: String
  public var terms: [Term] = []
  public var problems: [LessonProblem] = []

  /// A folder without one.
  public init() { file = "glossary.md" }

  public init(_ text: String, file: String) {
    self.file = file
    var term: Term?
    func report(_ line: Int, _ cause: LessonProblem.Cause) { problems.append(LessonProblem(file: file, line: line, cause: cause)) }
    func finish() {
      guard let done = term else { return }
      if done.sentence.isEmpty { report(done.line, .termWithoutSentence(done.name)) }
      if let before = find(done.name) { report(done.line, .termTwice(done.name, first: before.line)) } else { terms.append(done) }
      term = nil
    }
    for (index, raw) in text.splitLines.enumerated() {
      let line = raw.trimmed
      if line.hasPrefix("## ") {
        finish()
        term = Term(name: String(line.dropFirst(3)).trimmed, others: [], sentence: "", first: nil, line: index + 1)
      } else if line.hasPrefix("#") || line.isEmpty || term == nil {
        continue  // the page's title, and what is said before the first term
      } else if line.hasPrefix("Also:") {
        term?.others = line.dropFirst(5).split(separator: ",").map { word in
          let word = String(word).trimmed
          return word.hasSuffix(".") ? String(word.dropLast()) : word
        }
      } else if line.hasPrefix("First:") {
        let target = String(line.dropFirst(6)).trimmed
        let name = target.firstIndex(of: "(").map { String(target[target.index(after: $0)...].prefix { $0 != ")" }) } ?? target
        term?.first = name.hasSuffix(".md") ? String(name.dropLast(3)) : name
      } else {
        let said = term?.sentence ?? ""
        term?.sentence = said.isEmpty ? line : said + " " + line
      }
    }
    finish()
  }

  /// A term by its name or by another word for it, whatever the case.
  public func find(_ name: String) -> Term? {
    let wanted = name.lowercased()
    return terms.first { $0.name.lowercased() == wanted || $0.others.contains { $0.lowercased() == wanted } }
  }

  public func nearest(to name: String) -> String? { NearestName.find(name, among: terms.flatMap { [$0.name] + $0.others }) }
}
