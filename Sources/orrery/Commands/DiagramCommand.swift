import ArgumentParser
import Diagrams
import Files
import Notebook

struct DiagramCommand: ParsableCommand {
  enum Depth: String, ExpressibleByArgument, CaseIterable { case model, block, op }

  static let configuration = CommandConfiguration(
    commandName: "diagram", abstract: "Draws an architecture.",
    discussion: """
      EXAMPLES
        orrery diagram stories
        orrery diagram ./Meta-Llama-3-8B/config.json --output llama3.svg
        orrery diagram ./gpt2 --depth block --output block.png
        orrery diagram ./gpt2 --depth op --layer 3 --output operations.svg
        orrery diagram ./gpt2 --compare ./Meta-Llama-3-8B/config.json --output both.pdf
      """)

  @Argument(help: "A folder, a config.json, or a shipped model.", completion: .architecture) var model: String
  @Option(help: "model (all of it), block (layers, every part opened), or op (the operations of layers).") var depth: Depth = .model
  @Option(help: "Of block and op: which layer, by its number or path; without it the first of each kind.") var layer: String?
  @Option(help: "A file that ends in .svg, .png, .pdf or .dot; - writes DOT to standard output. Without it the figure is drawn here.", completion: .file()) var output: String?
  @Option(help: "Another model beside this one, with what differs marked.", completion: .architecture) var compare: String?
  @OptionGroup var display: DisplayOptions

  func run() throws {
    if layer != nil, depth == .model || compare != nil { throw Refusal("--layer chooses what --depth block or --depth op draws") }
    let drawing = try Drawing(model, depth: depth.rawValue, layer: layer, compare: compare)
    drawing.notices.forEach { Notices.add("orrery: " + $0) }
    try show(drawing)
    // Drawn up to the part that does not fit, and then told.
    if let failure = drawing.failure { throw failure }
  }

  private func show(_ drawing: Drawing) throws {
    guard let output else { return print(display.style.plain ? drawing.alternative : drawing.terminal) }
    if output == "-" { return print(drawing.dot) }
    let kind = output.split(separator: ".").last.map(String.init) ?? ""
    guard ["svg", "png", "pdf", "dot"].contains(kind) else { throw Refusal("--output must end in .svg, .png, .pdf or .dot, not '\(output)'") }
    if kind == "dot" { return try AtomicFile.write(output, Array(drawing.dot.utf8)) }
    try AtomicFile.write(output, try Painter.paint(drawing.dot, as: kind))
  }
}
