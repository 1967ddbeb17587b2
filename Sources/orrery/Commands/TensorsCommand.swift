import ArgumentParser
import Blocks
import Checkpoints
import Files
import Glibc
import Notebook
import Tensors

struct TensorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensors", abstract: "Every named intermediate tensor of a forward.",
    discussion: """
      EXAMPLES
        orrery tensors stories --ids 5,6,7
        orrery tensors stories --ids 5,6,7 --name 'layers.*.attention.pattern'
        orrery tensors ./gpt2 --ids 464,3797 --output values.safetensors
        orrery tensors ./gpt2 --ids 464,3797 --output - | python3 read.py
      """)

  @Argument(help: "A folder with config.json and *.safetensors, or a shipped model.", completion: .model) var model: String
  @Option(parsing: .unconditional, help: "Token ids.") var ids: IDList
  @Option(name: .customLong("decoder-ids"), parsing: .unconditional, help: "Ids that the decoder reads.") var decoderIDs: IDList?
  @OptionGroup var reading: ReadingOptions
  @Option(help: "Only names that match; * stands for any part.") var name: String?
  @Option(help: "Write the values to this safetensors file; - is standard output, without the summary.", completion: .file()) var output: String?
  @OptionGroup var format: OutputOptions

  func run() throws {
    let open = try opened(model)
    let run = Run(trace: Trace(stop: stopFlag), keepsMemory: false, watch: .everything)
    _ = try forward(open, ids.ids, decoder: decoderIDs?.ids, reading: reading.choice, needsHead: false, run)
    let all = run.seen
    let chosen = name.map { pattern in all.filter { glob(pattern, $0.name) } } ?? all
    if let name, chosen.isEmpty {
      throw Refusal("no tensor matches '\(name)'; " + hint(name, all.map(\.name)))
    }
    if let output { try save(chosen, to: output) }
    if output == "-" { return }  // standard output carries the values
    if format.format == .json {
      write(.object(chosen.map { ($0.name, summary($0.tensor)) }))
    } else {
      let width = chosen.map(\.name.count).max() ?? 0
      for (name, tensor) in chosen {
        let (low, high, mean) = range(tensor.values)
        print(
          name.filled(to: width) + "  \(tensor.shape.described)  "
            + "\(short(low)) … \(short(high)), mean \(short(mean))")
      }
    }
  }

  /// The nearest pattern that matches something.
  private func hint(_ pattern: String, _ names: [String]) -> String {
    if let near = Suggestion.nearest(to: pattern, in: names) ?? Suggestion.nearest(to: pattern.replacing("*", with: "0"), in: names) {
      return "did you mean '\(near)'?"
    }
    let inside = names.filter { $0.contains(pattern) }
    let example = inside.first.map { " such as '\($0)'" } ?? ""
    if !inside.isEmpty, !pattern.isEmpty { return "a name is a whole path\(example); '*\(pattern)*' matches \(inside.count)" }
    return "without --name all \(names.count) are listed"
  }

  private func summary(_ tensor: Tensor) -> JSONTree {
    let (low, high, mean) = range(tensor.values)
    return .object([
      ("shape", .ints(tensor.shape)), ("dtype", "f32"), ("min", .float(low)), ("max", .float(high)), ("mean", .float(mean)),
    ])
  }

  private func range(_ values: [Float]) -> (Float, Float, Float) {
    guard let first = values.first else { return (.nan, .nan, .nan) }
    var low = first, high = first, sum = 0.0
    for x in values {
      low = min(low, x)
      high = max(high, x)
      sum += Double(x)
    }
    return (low, high, Float(sum / Double(values.count)))
  }

  private func save(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws {
    // The copies must live until the file is written.
    let copies = tensors.map(\.tensor.materialised)
    let parts = zip(tensors, copies).map { named, copy in
      let bytes = UnsafeRawBufferPointer(start: copy.count == 0 ? nil : copy.raw, count: copy.count * 4)
      return Safetensors.Part(named.name, .f32, copy.shape, bytes)
    }
    if path == "-" {
      try Safetensors.write(descriptor: STDOUT_FILENO, name: "standard output", parts)
    } else {
      try Safetensors.write(path, parts)
    }
    withExtendedLifetime(copies) {}
  }
}
