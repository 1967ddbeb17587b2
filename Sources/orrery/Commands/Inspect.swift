import ArgumentParser
import Blocks
import Files
import Foundation
import Notebook

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Exact counts of an architecture: parameters, memory, arithmetic.",
    discussion: """
      EXAMPLES
        orrery inspect stories
        orrery inspect ./Meta-Llama-3-8B/config.json --context 8192
        orrery inspect ./gpt2 --format json
      """)

  @Argument(help: "A folder, a config.json, or a shipped model.") var model: String
  @Option(parsing: .unconditional, help: "Tokens at which arithmetic and memory are counted.") var context: Int?
  @OptionGroup var output: OutputOptions

  func run() throws {
    if let context, context < 1 || context > 1 << 24 { throw Refusal("--context is \(context), but must lie between 1 and \(1 << 24)") }
    let open = try OpenModel(model)
    let report = InspectReport(open.model, context: context)
    if output.format == .json { write(report.json) } else { print(report.text) }
  }
}
