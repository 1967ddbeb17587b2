import ArgumentParser
import Blocks
import Files
import Generation
import Notebook
import Tensors

struct Logits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Logits of every position.",
    discussion: """
      EXAMPLES
        orrery logits stories --ids 5,6,7
        orrery logits ./gpt2 --ids 464,3797,318 --format json
        orrery logits ./t5-small --ids 37,1712,1 --decoder-ids 0,8
      """)

  @Argument(help: "A folder with config.json and *.safetensors, or a shipped model.", completion: .model) var model: String
  @Option(parsing: .unconditional, help: "Token ids, such as 5,6,7.") var ids: IDList
  @Option(name: .customLong("decoder-ids"), parsing: .unconditional, help: "Ids that the decoder reads (encoder–decoders).") var decoderIDs: IDList?
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let open = try opened(model)
    let run = Run(trace: Trace(stop: stopFlag), keepsMemory: false)
    let x = try forward(open, ids.ids, decoder: decoderIDs?.ids, reading: reading.choice, run)
    // Row by row: the logits of a long text and a large vocabulary are as large as a small model.
    for position in 0..<x.shape[1] {
      let row = x.slice(position..<(position + 1), axis: 1).values
      if output.format == .json {
        print(position == 0 ? "{\"logits\":[" : ",", terminator: "")
        print(JSON.encode(.floats(row)), terminator: position == x.shape[1] - 1 ? "]}\n" : "")
        continue
      }
      let best = row.indices.sorted { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }.prefix(5)
      let shown = best.map { "\($0)\(open.text(of: $0).isEmpty ? "" : " " + quoted(open.text(of: $0))) \(short(row[$0]))" }
      print("position \(position): " + shown.joined(separator: "   "))
    }
  }
}

/// One whole forward of checked ids.
/// - Parameter needsHead: false: an encoder without a head gives its last hidden state.
func forward(_ open: OpenModel, _ ids: [Int], decoder: [Int]?, reading: ReadingChoice = ReadingChoice(), needsHead: Bool = true, _ run: Run) throws -> Tensor {
  try open.model.requireWeights()
  let generator = open.generator()
  try generator.check(ids)
  try reading.check(open.architecture, count: ids.count, calling: open.reference, spelling: Generate.spelled)
  noteLength(ids.count, open)
  if open.architecture.encoder != nil {
    guard let start = decoder ?? (open.model.decoderStart.map { [$0] }) else {
      throw Refusal("\(open.reference) is an encoder–decoder: say what its decoder reads with --decoder-ids")
    }
    try generator.check(start)
    open.architecture.encode(Architecture.Input([ids]), run)
    reading.apply(to: run)
    return try open.architecture(Architecture.Input([start]), run)
  }
  if decoder != nil { throw Refusal("\(open.reference) has no encoder: --decoder-ids is for encoder–decoders") }
  reading.apply(to: run)
  if !needsHead, open.architecture.head == nil { return try open.architecture.hidden(Architecture.Input([ids]), run).checked() }
  return try open.architecture(Architecture.Input([ids]), run)
}

/// A number as people read it.
func short(_ x: Float) -> String { String(printf: "%.4g", Double(x)) }

/// Text in quotes, with what cannot be seen made visible.
func quoted(_ text: String) -> String {
  "\"" + text.unicodeScalars.map { scalar in
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    case "\"": "\\\""
    default: scalar.value < 32 ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
  }.joined() + "\""
}
