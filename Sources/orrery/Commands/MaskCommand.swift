import ArgumentParser
import Blocks
import Files
import Notebook

struct MaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mask", abstract: "Who may look at whom.",
    discussion: """
      EXAMPLES
        orrery mask causal --length 5
        orrery mask prefix --length 6 --prefix 3
        orrery mask window --length 6 --window 3 --format json
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case causal, bidirectional, prefix, window, cross, padding
    case blockCausal = "block-causal", blockDiffusion = "block-diffusion"
  }

  @Argument(help: "causal, bidirectional, prefix, window, cross, padding, block-causal or block-diffusion.") var kind: Kind
  @Option(parsing: .unconditional, help: "Number of tokens (for cross: of queries; for block-diffusion: of the text, which stands twice).") var length: Int = 6
  @Option(parsing: .unconditional, help: "Tokens of the prefix; for cross: of the source; for padding: real tokens.") var prefix: Int?
  @Option(parsing: .unconditional, help: "Keys in the window, the token itself included.") var window: Int?
  @Option(parsing: .unconditional, help: "Tokens of a block.") var block: Int?
  @OptionGroup var output: OutputOptions
  @OptionGroup var display: DisplayOptions

  func run() throws {
    guard (1...4096).contains(length) else { throw Refusal("--length is \(length), but must lie between 1 and 4096") }
    func size(_ value: Int?, _ flag: String, _ fallback: Int, from low: Int = 1) throws -> Int {
      let n = value ?? fallback
      guard n >= low, n <= 1 << 20 else { throw Refusal("\(flag) is \(n), but must be at least \(low)") }
      return n
    }
    var keys = length, queries = length
    let mask: Mask
    switch kind {
    case .causal: mask = .causal
    case .bidirectional: mask = .bidirectional
    case .prefix: mask = .prefix(try size(prefix, "--prefix", length / 2, from: 0))
    case .window: mask = .window(try size(window, "--window", 3))
    case .cross:
      mask = .bidirectional
      keys = try size(prefix, "--prefix", length)
    case .padding:
      let real = try size(prefix, "--prefix", max(1, length - 2), from: 0)
      mask = .padding((0..<length).map { $0 < real })
    case .blockCausal: mask = .blockCausal(try size(block, "--block", 2))
    case .blockDiffusion:
      mask = .blockDiffusion(block: try size(block, "--block", 2), length: length)
      keys = 2 * length
      queries = keys
    }
    let rows = mask.matrix(queries: 0..<queries, keys: 0..<keys)
    if output.format == .json {
      write(.object([("mask", .array(rows.map { row in .array(row.map { .bool($0) }) }))]))
    } else if display.style.plain {
      print(mask.sentence(queries: queries, keys: keys))
    } else {
      for row in rows { print(row.map { $0 ? "1" : "·" }.joined(separator: " ")) }
    }
  }
}
