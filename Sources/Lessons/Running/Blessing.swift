// `--bless`: writes what the cells showed into the output blocks, and changes no other byte.

extension Execution {
  public struct Blessing: Sendable, Equatable {
    /// The lesson's new bytes.
    public var bytes: [UInt8]
    /// The cells whose output blocks were rewritten.
    public var changed: [String]
    /// Output blocks that cannot hold what was shown, since it has a line of backquotes as long as their fence.
    public var refused: [LessonProblem]
  }

  /// The lesson with its output blocks made to fit; elisions stay where they still stand for what was shown.
  public var blessing: Blessing {
    let source = SourceLines(lesson.source)
    var result = Blessing(bytes: [], changed: [], refused: [])
    var next = 0
    for (block, outcome) in zip(lesson.blocks, outcomes) {
      guard case .output(let output) = block, case .output(let comparison) = outcome, comparison.blessed != comparison.expected else { continue }
      let lines = comparison.blessed
      let fence = source[output.lines.lowerBound - 1].trimmed
      let mark = fence.first ?? "`"
      let length = fence.prefix { $0 == mark }.count
      if lines.contains(where: { closes($0, mark, length) }) {
        result.refused.append(LessonProblem(file: lesson.file, line: output.line, cause: .fenceTooShort(of: output.of, length: length + 1)))
        continue
      }
      result.bytes += source.text(next..<output.lines.lowerBound).utf8
      let ending = source.terminator(output.lines.lowerBound - 1)
      // A fence may be set in by up to three spaces; its text is, too.
      let indent = String(source[output.lines.lowerBound - 1].prefix { $0 == " " })
      for line in lines { result.bytes += ((line.isEmpty ? "" : indent + line) + ending).utf8 }
      next = output.lines.upperBound
      result.changed.append(output.of)
    }
    result.bytes += source.text(next..<source.count).utf8
    return result
  }

  private func closes(_ line: String, _ mark: Character, _ length: Int) -> Bool {
    let text = line.trimmed
    return text.count >= length && text.allSatisfy { $0 == mark }
  }
}
