// What is wrong with a value that an option does not take, and what it takes: the argument parser only says that it is invalid.

import Notebook

struct ValueHint {
  /// As the parser writes it: `--ids <ids>`, or `<kind>` for an argument without a name.
  let option: String
  let value: String

  /// Nil where there is nothing better to say than the parser does.
  var line: String? {
    let name = option.split(separator: " ").first.map(String.init) ?? option
    switch name {
    case "--ids", "--decoder-ids": return ids(name)
    case "--mask": return mask
    case "<kind>": return choice("mask", in: MaskCommand.Kind.allCases.map(\.rawValue))
    case "--format": return choice("format", in: ["text", "json", "html", "markdown", "ipynb"].filter { $0 != value })
    case "--pooling": return choice("pooling", in: ["mean", "cls"])
    case "--depth": return choice("depth", in: DiagramCommand.Depth.allCases.map(\.rawValue))
    case "--temperature", "--top-p": return "\(name) takes a number, not '\(value)'"
    default:
      guard name.hasPrefix("--"), ValueHint.counts.contains(name) else { return nil }
      return "\(name) takes a whole number, not '\(value)'"
    }
  }

  private static let counts: Set<String> = [
    "--top-k", "--beams", "--seed", "--max-new-tokens", "--steps", "--length", "--prefix", "--window", "--block", "--context", "--threads",
    "--prompt-tokens", "--new-tokens", "--repetitions",
  ]

  private func ids(_ name: String) -> String {
    let parts = value.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
    let wrong = parts.first { Int($0) == nil } ?? ""
    let place = parts.firstIndex(of: wrong).map { $0 + 1 } ?? 1
    let what = wrong.isEmpty ? "number \(place) of '\(value)' is empty" : "'\(wrong)' is no token id"
    return "\(name): \(what); write numbers with commas between them, such as 5,6,7 (orrery tokenize gives the ids of a text)"
  }

  private var mask: String {
    let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let kinds = ["causal", "bidirectional", "prefix", "window"]
    let sized = ["prefix": "0", "window": "1"]
    guard let kind = parts.first, kinds.contains(kind) else {
      let near = nearest(parts.first ?? "", in: kinds).map { kind in
        "; did you mean '\(kind)\(sized[kind] == nil ? "" : ":" + (parts.count > 1 && Int(parts[1]) != nil ? parts[1] : "3"))'?"
      }
      return "--mask: there is no mask '\(value)'" + (near ?? "; it is causal, bidirectional, prefix:N or window:N")
    }
    guard let least = sized[kind] else { return "--mask: '\(kind)' takes no number, but '\(value)' gives one" }
    let what = parts.count < 2 || parts[1].isEmpty ? "needs a number of tokens" : "takes a whole number from \(least), not '\(parts[1])'"
    return "--mask: '\(kind)' \(what), such as \(kind):3"
  }

  private func choice(_ what: String, in names: [String]) -> String? {
    nearest(value, in: names).map { "there is no \(what) '\(value)'; did you mean '\($0)'?" }
  }
}
