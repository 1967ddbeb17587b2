// libgraphviz, called in the one order that does not crash it. One drawing per process; nothing here is thread-safe.
import CGraphviz
import Files
import Glibc

/// What Graphviz said since the last drawing began. The library reports through a C function without a context
/// pointer, so the text has to be global; this program has one thread.
nonisolated(unsafe) private var said = ""

/// One Graphviz context.
final class Graphviz {
  private let context = gvContext()

  init() {
    agseterrf { text in
      if let text { said += String(cString: text) }
      return 0
    }
  }

  deinit { gvFreeContext(context) }

  /// Draws the first graph of `dot`.
  func draw(_ dot: String, as format: Format) throws(DrawFault) -> [UInt8] {
    said = ""
    guard let graph = orrery_read(dot) else {
      throw said.isEmpty ? .noGraph : .badGraph(lastSaid())
    }
    defer { agclose(graph) }
    if format == .png { orrery_default_resolution(graph, "144") }
    guard orrery_layout(context, graph, "dot") == 0 else { throw .failed(lastSaid()) }
    defer { gvFreeLayout(context, graph) }
    // A bad HTML label returns success and leaves an empty label behind: only the hook knows.
    if said.contains("syntax error") || said.contains("in label of") { throw .badLabel(lastSaid()) }

    var bytes: UnsafeMutablePointer<CChar>?
    var length: UInt32 = 0
    let result = orrery_render(context, graph, format.rawValue, &bytes, &length)
    guard result == 0, let bytes else { throw .failed(lastSaid()) }
    defer { gvFreeRenderData(bytes) }
    let drawing = [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(length)))
    guard format == .svg else { return drawing }
    return Array(
      accessibleSVG(
        String(decoding: drawing, as: UTF8.self),
        title: attribute("heading", of: graph), description: attribute("alternative", of: graph)
      ).utf8)
  }

  /// Graphviz's own warnings, and ours when Arial is not the Arial that the figures are placed for.
  func warnings() -> [String] {
    var lines = said.split(whereSeparator: \.isNewline).map { String($0.replacing("Warning: ", with: "")) }
    let share = arialWidth() / expectedArialWidth
    if abs(share - 1) > 0.02 {
      let percent = Int((abs(share - 1) * 100).rounded())
      lines.append(
        "Arial is measured \(percent) % \(share > 1 ? "wider" : "narrower") than the Arial the figures are placed for;"
          + " install fonts-liberation2, or labels may leave their boxes")
    }
    return lines
  }

  /// The width that Graphviz measures for a probe set in Arial, in points at size 100.
  private func arialWidth() -> Double {
    let probe = #"digraph { probe [shape=plaintext, margin=0, fontname="Arial", fontsize=100, label="Hamburgefonstiv 0123456789"] }"#
    guard let graph = orrery_read(probe) else { return expectedArialWidth }
    defer { agclose(graph) }
    guard orrery_layout(context, graph, "dot") == 0 else { return expectedArialWidth }
    defer { gvFreeLayout(context, graph) }
    return orrery_first_width(graph)
  }

  /// The probe's advance widths in Arial (and in Liberation Sans, made to the same metrics), in points at size 100.
  private let expectedArialWidth = 1339.6

  private func attribute(_ name: String, of graph: UnsafeMutablePointer<Agraph_t>) -> String {
    orrery_attribute(graph, name).map { String(cString: $0) } ?? ""
  }

  /// Graphviz's first complaint of this drawing, on one line.
  private func lastSaid() -> String {
    let lines = said.split(whereSeparator: \.isNewline).map { line in
      line.replacing("Error: ", with: "").replacing("<stdin>: ", with: "")
        .withoutOuterSpace
    }
    return lines.first { !$0.isEmpty } ?? "it gave no reason"
  }
}

/// Graphviz can abort or fault on odd input; the caller still gets one line and exit code 2.
func installCrashMessage() {
  for number in [SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGILL] {
    signal(number) { _ in
      let text: StaticString = "orrery-draw: Graphviz broke off on this input\n"
      _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
      _exit(2)
    }
  }
}
