// What several commands share: how results are written, and how lists of ids are read.

import ArgumentParser
import Blocks
import Files
import Notebook

enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

struct OutputOptions: ParsableArguments {
  @Option(help: "text for people, json for scripts.") var format: Format = .text
}

/// Something that was asked for and cannot be done: one line, exit code 2.
struct Refusal: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Token ids as `5,6,7`.
struct IDList: ExpressibleByArgument {
  let ids: [Int]
  init?(argument: String) {
    // Nothing at all is an empty list, which the model refuses in its own words; an empty place between commas is a slip.
    let parts = argument.split(separator: ",", omittingEmptySubsequences: argument.isEmpty).map { Int($0.withoutOuterSpace) }
    guard !parts.contains(nil) else { return nil }
    ids = parts.map { $0! }
  }
}

/// A mask for the self-attention: `causal`, `bidirectional`, `prefix:N`, `window:N`.
struct MaskOption: ExpressibleByArgument {
  let mask: Mask
  init?(argument: String) {
    let parts = argument.split(separator: ":")
    let count = parts.count == 2 ? Int(parts[1]) : nil
    switch (parts.first.map(String.init), parts.count, count) {
    case ("causal", 1, _): mask = .causal
    case ("bidirectional", 1, _): mask = .bidirectional
    case ("prefix", 2, let n?) where n >= 0: mask = .prefix(n)
    case ("window", 2, let n?) where n > 0: mask = .window(n)
    default: return nil
    }
  }
}

/// How a text is read: another mask, another prefix.
struct ReadingOptions: ParsableArguments {
  @Option(help: "Another mask for the self-attention: causal, bidirectional, prefix:N, window:N.") var mask: MaskOption?
  @Option(parsing: .unconditional, help: "Prefix models: tokens in front that are read both ways; the whole prompt if left out.") var prefix: Int?

  var choice: ReadingChoice { ReadingChoice(mask: mask?.mask, prefix: prefix) }
}

/// A model as a command opens it: what nobody reads of its configuration is told on standard error.
func opened(_ reference: String) throws -> OpenModel {
  let open = try OpenModel(reference)
  if let notice = open.model.notice { Notices.add("orrery: " + notice) }
  return open
}

/// Tells that a text is longer than a model was made for, where it reads it all the same.
func noteLength(_ tokens: Int, _ open: OpenModel) {
  let a = open.architecture
  guard a.bound == nil, let longest = a.longest, tokens > longest else { return }
  Notices.add("orrery: the text has \(tokens) tokens, more than the \(longest) that \(open.reference) was made for")
}

func write(_ tree: JSONTree) { print(JSON.encode(tree)) }
