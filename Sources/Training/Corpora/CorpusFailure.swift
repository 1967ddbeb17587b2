import Files

/// What is wrong with a corpus that was asked for, or with the file of one. Each is one line.
public enum CorpusFailure: Error, Equatable, Sendable {
  case unknownCorpus(String, known: [String])
  case unknownSetting(corpus: String, String, known: [String])
  case wrongValue(corpus: String, setting: String, expected: String, found: String)
  /// Settings that do not go together.
  case contradiction(corpus: String, String)
  case notCall(String)
  case emptyFile(String)
  case tooFewLines(String, lines: Int)
  case unknownWord(file: String, line: Int, word: String, nearest: String?)
}

extension CorpusFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownCorpus(let name, let known):
      "no corpus is called '\(name.shown())'"
        + (Suggestion.nearest(to: name, in: known).map { "; did you mean '\($0)'?" } ?? "; there are \(known.joined(separator: ", "))")
    case .unknownSetting(let corpus, let name, let known):
      "the corpus \(corpus) has no setting '\(name.shown())'"
        + (Suggestion.nearest(to: name, in: known).map { "; did you mean '\($0)'?" }
          ?? (known.isEmpty ? "; it has none" : "; it has \(known.joined(separator: ", "))"))
    case .wrongValue(let corpus, let setting, let expected, let found): "the corpus \(corpus): \(setting) must be \(expected), not \(found.shown())"
    case .contradiction(let corpus, let text): "the corpus \(corpus): \(text)"
    case .notCall(let text): "'\(text.shown())' is not a corpus; write a name, or a name with settings: recall(pairs: 8)"
    case .emptyFile(let path): "\(path.shown()): the corpus is empty; it wants one sample a line"
    case .tooFewLines(let path, let lines): "\(path.shown()): \(lines) different lines are too few; one in ten is held out, so at least 2 are needed"
    case .unknownWord(let file, let line, let word, let nearest):
      "\(file.shown()):\(line): the word '\(word.shown())' is not in the vocabulary" + (nearest.map { "; the nearest is '\($0.shown())'" } ?? "")
    }
  }
}
