// What several commands share: how results are written, and how lists of ids are read.

import ArgumentParser
import Blocks
import Files

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

func write(_ tree: JSONTree) { print(JSON.encode(tree)) }
