// orrery-draw as its callers see it: bytes out, one line and exit code 2 when it cannot.
import Foundation
import Testing

@testable import Diagrams

/// Runs the program that the build put beside the tests.
private func draw(_ dot: String, _ arguments: String...) throws -> (output: Data, errors: String, code: Int32) {
  let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("orrery-draw")
  let process = Process()
  process.executableURL = program
  process.arguments = arguments
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-draw-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  // Files instead of pipes: no reader can fall behind a writer.
  func file(_ name: String, _ data: Data = Data()) throws -> URL {
    let url = folder.appendingPathComponent(name)
    try data.write(to: url)
    return url
  }
  let (input, output, errors) = (try file("in", Data(dot.utf8)), try file("out"), try file("err"))
  process.standardInput = try FileHandle(forReadingFrom: input)
  process.standardOutput = try FileHandle(forWritingTo: output)
  process.standardError = try FileHandle(forWritingTo: errors)
  try process.run()
  process.waitUntilExit()
  return (try Data(contentsOf: output), try String(contentsOf: errors, encoding: .utf8), process.terminationStatus)
}

@Suite struct DrawTests {
  @Test func everyFormat() throws {
    let dot = Figure(model: Recipes.bert).dot()
    let starts: [(String, [UInt8])] = [
      ("png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), ("pdf", Array("%PDF-1.".utf8)),
      ("svg", Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg role=\"img\" ".utf8)), ("dot", Array("digraph figure {".utf8)),
    ]
    for (format, start) in starts {
      let result = try draw(dot, "-T", format)
      #expect(result.code == 0 && result.errors == "", "\(format): \(result.errors)")
      #expect(result.output.starts(with: start), "\(format)")
    }
  }

  @Test func svgIsAccessibleAndStandsAlone() throws {
    let figure = Figure(model: Recipes.llama3)
    let svg = String(decoding: try draw(figure.dot(), "-Tsvg").output, as: UTF8.self)
    #expect(svg.contains("<title>Llama 3 (8B)</title>\n<desc>Llama 3 (8B): decoder-only · pre-norm"))
    #expect(svg.contains("<title>num_attention_heads, num_key_value_heads: width = 4096, heads = 32, groups = 8"))
    #expect(svg.contains(#"id="llama-3-8b-layers.0.attention" class="node k-attention""#))
    #expect(!svg.contains("xlink") && !svg.contains("href") && !svg.contains("<!DOCTYPE") && !svg.contains("<!--"))
    #expect(svg.components(separatedBy: "http").count == 2, "the namespace is the only address")
    let opened = svg.matches(of: /<g[ >]/).count
    #expect(opened == svg.matches(of: /<\/g>/).count)
    #expect(XMLCheck.isWellFormed(svg))
  }

  @Test func everyRecipeIsDrawnWithoutAWarning() throws {
    for (name, model) in Recipes.all {
      let result = try draw(Figure(model: model).dot(), "-T", "svg")
      #expect(result.code == 0 && result.errors == "", "\(name): \(result.errors)")
    }
    let others = [Comparison(Figure(model: Recipes.gpt2), Figure(model: Recipes.llama3)).dot(), try #require(Dataflow(blockOf: Recipes.t5)).dot()]
    for dot in others {
      let result = try draw(dot, "-T", "svg")
      #expect(result.code == 0 && result.errors == "", "\(result.errors)")
    }
  }

  @Test(arguments: [
    ("digraph { a -> ", "not a graph in DOT: syntax error in line 1"),
    ("", "standard input holds no graph"),
    ("hello", "not a graph in DOT: syntax error in line 1 near 'hello'"),
    ("digraph { a [label=<<b>x>] }", "a label cannot be drawn: mismatched tag in line 1"),
    ("digraph { a [label=<x &foo;>] }", "a label cannot be drawn: undefined entity in line 1"),
    (
      "digraph { layout=nonsense; a }",
      "Graphviz could not draw this: Layout type: \"nonsense\" not recognized. Use one of: circo dot fdp neato nop nop1 nop2 osage patchwork sfdp twopi"
    ),
  ])
  func badGraphs(_ dot: String, _ message: String) throws {
    let result = try draw(dot, "-T", "svg")
    #expect(result.errors == "orrery-draw: \(message)\n")
    #expect(result.code == 2 && result.output.isEmpty)
  }

  @Test(arguments: [
    (["-T", "gif"], "no format is called 'gif'; there are svg, png, pdf, dot"),
    (["-T"], "-T needs a format: svg, png, pdf, dot"),
    (["--foo"], "unknown argument '--foo'; orrery-draw reads DOT on standard input and takes -T FORMAT"),
  ])
  func badArguments(_ arguments: [String], _ message: String) throws {
    let result = arguments.count == 2 ? try draw("digraph { a }", arguments[0], arguments[1]) : try draw("digraph { a }", arguments[0])
    #expect(result.errors == "orrery-draw: \(message)\n")
    #expect(result.code == 2)
  }

  @Test func help() throws {
    let result = try draw("", "--help")
    #expect(result.code == 0)
    #expect(String(decoding: result.output, as: UTF8.self).hasPrefix("orrery-draw: draws a graph in the DOT language.\n"))
  }
}
