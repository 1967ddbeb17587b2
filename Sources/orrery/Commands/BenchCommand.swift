import ArgumentParser
import Files
import Foundation
import Notebook
import Terminal
import Tensors

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Times prefill and decoding, or a training step.",
    discussion: """
      EXAMPLES
        orrery bench stories
        orrery bench ./llama-134m/config.json --dtype bf16 --threads 2
        orrery bench train --threads 2
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable { case f32, bf16 }

  @Argument(help: "A folder, a config.json (random weights are made), a shipped model, or the word train for a training step of the usual small setting.", completion: .architecture) var model: String
  @Option(help: "Type of random weights: f32 or bf16.") var dtype: Kind = .f32
  @Option(name: .customLong("prompt-tokens"), parsing: .unconditional, help: "Tokens of the prefill.") var promptTokens: Int = 512
  @Option(name: .customLong("new-tokens"), parsing: .unconditional, help: "Tokens decoded.") var newTokens: Int = 64
  @Option(parsing: .unconditional, help: "How often all of it runs; medians are reported.") var repetitions: Int = 5
  @Option(parsing: .unconditional, help: "Threads; by default all processors.") var threads: Int?
  @OptionGroup var output: OutputOptions

  func run() throws {
    for (value, flag) in [(promptTokens, "--prompt-tokens"), (newTokens, "--new-tokens"), (repetitions, "--repetitions"), (threads ?? 1, "--threads")]
    where value < 1 || value > 1 << 20 { throw Refusal("\(flag) is \(value), but must lie between 1 and \(1 << 20)") }
    let shows = isatty(2) == 1
    func tell(_ message: String) { if shows { Screen.tellOver(ScreenText(message)) } }
    if model == "train" {
      let bench = try TrainBench(repetitions: repetitions, threads: threads, stop: stopFlag, progress: tell)
      tell("")
      if output.format == .json { write(bench.json) } else { print(bench.text) }
      return
    }
    var settings = Bench.Settings()
    settings.type = dtype == .f32 ? .f32 : .bf16
    (settings.promptTokens, settings.newTokens, settings.repetitions, settings.threads) = (promptTokens, newTokens, repetitions, threads)
    let open = try OpenModel(model)
    if let context = open.architecture.longest, promptTokens > context {
      throw Refusal("--prompt-tokens is \(promptTokens); this model reads at most \(context)")
    }
    let bench = try Bench(open.model, settings, stop: stopFlag, progress: tell)
    tell("")
    if output.format == .json { write(bench.json) } else { print(bench.text) }
  }
}
