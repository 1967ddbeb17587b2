// lessons/sources.bib: as much of BibTeX as a list of sources needs: entries `@kind{key, field = {value}, …}`, values in braces or quotes.

public struct Bibliography: Sendable {
  public struct Source: Sendable, Equatable {
    public var key: String
    public var kind: String
    /// Lower-case names; values without their braces.
    public var fields: [String: String]
    public var line: Int

    /// Surname and year: "Vaswani et al. 2017".
    public var label: String {
      let names = authors.map { $0.contains(",") ? String($0.prefix { $0 != "," }) : $0.split(separator: " ").last.map(String.init) ?? $0 }
      let who = names.count > 2 ? names[0] + " et al." : names.joined(separator: " and ")
      return [who.isEmpty ? key : who, fields["year"] ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }

    var authors: [String] { (fields["author"] ?? "").components(between: " and ") }

    /// Where it is to be found.
    public var address: String? {
      fields["url"] ?? fields["doi"].map { "https://doi.org/" + $0 } ?? fields["eprint"].map { "https://arxiv.org/abs/" + $0 }
    }

    /// As a line of a list of sources, in Markdown.
    public var markdown: String {
      let title = MarkdownText.escape(fields["title"] ?? key)
      let linked = address.map { "[\(title)](\($0))" } ?? title
      let place = fields["journal"] ?? fields["booktitle"] ?? fields["howpublished"] ?? fields["eprint"].map { "arXiv:" + $0 }
      return [MarkdownText.escape(authors.joined(separator: ", ")), linked, place.map(MarkdownText.escape) ?? "", fields["year"] ?? ""].filter { !$0.isEmpty }.joined(separator: ". ") + "."
    }
  }

  public var file: String
  public var sources: [Source] = []
  public var problems: [LessonProblem] = []

  /// A folder without one.
  public init() { file = "sources.bib" }

  public init(_ text: String, file: String) {
    self.file = file
    let characters = Array(text)
    var at = 0
    func line(_ i: Int) -> Int { 1 + characters[..<min(i, characters.count)].count { $0.isNewline } }
    func report(_ i: Int, _ cause: LessonProblem.Cause) { problems.append(LessonProblem(file: file, line: line(i), cause: cause)) }
    func skipBlank() { while at < characters.count, characters[at].isWhitespace || characters[at] == "," { at += 1 } }
    func word() -> String {
      let start = at
      while at < characters.count, !characters[at].isWhitespace, !",={}\"@".contains(characters[at]) { at += 1 }
      return String(characters[start..<at])
    }
    /// A value in braces (which may nest) or quotes, or a bare word; nil if it does not end.
    func value() -> String? {
      guard at < characters.count, characters[at] == "{" || characters[at] == "\"" else { return word() }
      let quoted = characters[at] == "\""
      at += 1
      let start = at
      var depth = 0
      while at < characters.count {
        if characters[at] == "\"", quoted, depth == 0 { break }
        if characters[at] == "}", !quoted, depth == 0 { break }
        if characters[at] == "{" { depth += 1 }
        if characters[at] == "}" { depth -= 1 }
        at += 1
      }
      guard at < characters.count else { return nil }
      at += 1
      return characters[start..<(at - 1)].filter { $0 != "{" && $0 != "}" }.map { $0.isNewline ? " " : String($0) }.joined()
        .split(separator: " ").joined(separator: " ")
    }
    while let next = characters[min(at, characters.count)...].firstIndex(of: "@") {
      at = next + 1
      let kind = word().lowercased()
      skipBlank()
      guard at < characters.count, characters[at] == "{" else {
        report(next, .sourceUnreadable)
        continue
      }
      at += 1
      if kind == "comment" { continue }
      skipBlank()
      let key = word()
      var source = Source(key: key, kind: kind, fields: [:], line: line(next))
      skipBlank()
      var isWhole = !key.isEmpty
      while isWhole, at < characters.count, characters[at] != "}" {
        let name = word().lowercased()
        while at < characters.count, characters[at].isWhitespace { at += 1 }
        guard !name.isEmpty, at < characters.count, characters[at] == "=" else {
          isWhole = false
          break
        }
        at += 1
        while at < characters.count, characters[at].isWhitespace { at += 1 }
        if let value = value() { source.fields[name] = value } else { isWhole = false }
        skipBlank()
      }
      if !isWhole || at >= characters.count {
        report(next, .sourceUnreadable)
        continue
      }
      at += 1
      if let first = find(key) { report(next, .sourceTwice(key, first: first.line)) } else { sources.append(source) }
      for field in ["title", "year"] where source.fields[field] == nil { report(next, .sourceWithout(key, field: field)) }
    }
  }

  public func find(_ key: String) -> Source? { sources.first { $0.key == key } }
  public func nearest(to key: String) -> String? { NearestName.find(key, among: sources.map(\.key)) }
}

extension String {
  fileprivate func components(between separator: String) -> [String] {
    var parts: [String] = []
    var rest = self
    while let cut = rest.firstRange(of: separator) {
      parts.append(String(rest[..<cut.lowerBound]).trimmed)
      rest = String(rest[cut.upperBound...])
    }
    return (parts + [rest.trimmed]).filter { !$0.isEmpty }
  }
}
