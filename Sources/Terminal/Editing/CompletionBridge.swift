// Candidates of the host as readline wants them: C strings that it frees.
//
// readline's own idea of words and quotes is switched off: the "word" is the line up to the cursor, and the host says where
// the part that it completes begins (a path such as `layers.0.attention["` has dots, brackets and quotes in it). So
// menu-complete, possible-completions and case folding of inputrc go on working.
@preconcurrency import CReadline
import Glibc

enum CompletionBridge {
  typealias Matches = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

  static func install() {
    rl_completer_word_break_characters = UnsafePointer(strdup(""))
    rl_completer_quote_characters = UnsafePointer(strdup(""))
    rl_attempted_completion_function = { _, _, _ in CompletionBridge.matches() }
    rl_completion_display_matches_hook = { _, _, _ in LineEditor.active?.showList() }
  }

  static func matches() -> Matches? {
    rl_attempted_completion_over = 1  // no file names where the host has nothing
    rl_completion_append_character = 0
    rl_completion_suppress_append = 1
    rl_sort_completion_matches = 0
    guard let editor = LineEditor.active else { return nil }
    let line = Array(String(cString: rl_line_buffer).utf8.prefix(Int(rl_point)))
    if line.allSatisfy({ $0 == 0x20 }) && !line.isEmpty { return strings([line + [0x20, 0x20]]) }  // Tab indents
    let found = editor.completions()
    guard !found.candidates.isEmpty, found.start <= line.count else { return nil }
    let before = Array(line[..<found.start])
    if found.candidates.count == 1 {
      let only = found.candidates[0]
      return strings([before + Array((only.text + only.suffix).utf8)])
    }
    // The first string replaces what was typed: it may extend that, never shorten it.
    let common = before + Array(found.commonText.utf8)
    let typed = common.count >= line.count ? common : line
    return strings([typed] + found.candidates.map { before + Array($0.text.utf8) })
  }

  /// A null-terminated array of C strings, both by malloc.
  private static func strings(_ list: [[UInt8]]) -> Matches {
    let result = Matches.allocate(list.count + 1)
    for (index, bytes) in list.enumerated() {
      let copy = malloc(bytes.count + 1)!.assumingMemoryBound(to: CChar.self)
      for (offset, byte) in bytes.enumerated() { copy[offset] = CChar(truncatingIfNeeded: byte) }
      copy[bytes.count] = 0
      result[index] = copy
    }
    result[list.count] = nil
    return result
  }
}

extension CompletionBridge.Matches {
  fileprivate static func allocate(_ count: Int) -> CompletionBridge.Matches {
    malloc(count * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)!.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
  }
}
