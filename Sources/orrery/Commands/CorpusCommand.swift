import ArgumentParser
import Files
import Notebook
import Tensors
import Training

struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Writes samples of a corpus; without a name, lists the corpora.",
    discussion: """
      The same seed gives the same samples. A corpus may be given settings: 'recall(pairs: 4)'.

      EXAMPLES
        orrery corpus
        orrery corpus stories --count 5
        orrery corpus translation --count 20 --held-out
      """)

  @Argument(help: "Name of a corpus.") var name: String?
  @Option(parsing: .unconditional, help: "How many samples.") var count = 10
  @Option(parsing: .unconditional, help: "Of the random choices.") var seed = 0
  @Flag(name: .customLong("held-out"), help: "Samples that no training sees.") var heldOut = false
  @OptionGroup var output: OutputOptions

  func run() throws {
    guard let name else { return list() }
    guard (1...1_000_000).contains(count) else { throw Refusal("--count is \(count), but must lie between 1 and 1000000") }
    guard seed >= 0 else { throw Refusal("--seed is \(seed), but must be at least 0") }
    let corpus = try Corpora.named(name)
    let samples = corpus.samples(count, heldOut ? .heldOut : .training, seed: UInt64(seed))
    if output.format == .json {
      write(.object([
        ("name", .string(corpus.name)), ("about", .string(corpus.about)), ("words", .int(corpus.words.count)), ("floor", corpus.floor.map { .double($0) } ?? .null),
        ("samples", .array(samples.map { .string(corpus.line($0)) })),
      ]))
    } else {
      for sample in samples { print(corpus.line(sample)) }
    }
  }

  private func list() {
    if output.format == .json {
      write(.array(Corpora.all.map { .object([("name", .string($0.name)), ("about", .string($0.about)), ("settings", .array($0.settings.map { .string($0.name) }))]) }))
      return
    }
    let width = Corpora.all.map(\.name.count).max() ?? 0
    for entry in Corpora.all {
      let settings = entry.settings.isEmpty ? "" : " (\(entry.settings.map(\.name).joined(separator: ", ")))"
      print("\(entry.name.filled(to: width))  \(entry.about)\(settings)")
    }
  }
}
