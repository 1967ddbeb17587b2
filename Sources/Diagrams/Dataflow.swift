// A dataflow graph: operations and the tensors between them. Here Graphviz's own `dot` decides the places, top to
// bottom, because such graphs have no shape known beforehand.

/// Operations that ran (or would run), joined by tensors.
public struct Dataflow: Equatable, Sendable {
  public struct Node: Equatable, Sendable {
    public var id: String
    public var title: String
    public var subtitle: String
    public var kind: Kind
    public var tooltip: String
    /// Inputs and named results are drawn as full boxes, plain operations as white ones.
    public var tone: Tone

    public init(_ id: String, _ title: String, _ subtitle: String = "", _ kind: Kind = .inactive, tooltip: String = "", tone: Tone = .operation) {
      (self.id, self.title, self.subtitle) = (id, title, subtitle)
      (self.kind, self.tooltip, self.tone) = (kind, tooltip, tone)
    }
  }

  public struct Edge: Equatable, Sendable {
    public var from: String
    public var to: String
    public var label: String
    /// The way around a block: drawn red.
    public var isResidual: Bool
    /// The tensor that could not be used: drawn broken, with this reason.
    public var fault: String?

    public init(_ from: String, _ to: String, label: String = "", isResidual: Bool = false, fault: String? = nil) {
      (self.from, self.to, self.label, self.isResidual, self.fault) = (from, to, label, isResidual, fault)
    }
  }

  public var title: String
  public var nodes: [Node]
  public var edges: [Edge]

  public init(_ title: String, nodes: [Node], edges: [Edge]) { (self.title, self.nodes, self.edges) = (title, nodes, edges) }

  public func dot() -> String {
    let prefix = identifier(title)
    var lines = [
      "digraph dataflow {",
      #"graph [layout=dot, rankdir=TB, nodesep=0.22, ranksep=0.3, fontname="Arial", bgcolor="white", pad=0.25, tooltip=" ","#,
      "  label=<<font point-size=\"20\" color=\"#\(Kind.attention.border)\"><b>\(escaped(title))</b></font>>, labelloc=t, labeljust=l,",
      "  heading=\(quoted(title)),",
      "  alternative=\(quoted(alternative))];",
      #"node [shape=box, style="rounded,filled", fontname="Arial", fontsize=12.5, penwidth=1.3, margin="0.14,0.06", height=0.3, tooltip=" "];"#,
      "edge [penwidth=1.3, arrowsize=0.6, color=\"#\(Ink.stream)\", fontname=\"Arial\", fontsize=9, fontcolor=\"#\(Ink.muted)\", tooltip=\" \"];",
    ]
    for node in nodes {
      let paint = node.kind.paint(node.tone)
      let subtitle = node.subtitle.isEmpty
        ? "" : "<tr><td><font point-size=\"9\" color=\"#\(paint.subtext)\">\(escaped(node.subtitle))</font></td></tr>"
      let label = "<<table border=\"0\" cellspacing=\"0\" cellpadding=\"0\"><tr><td>\(escaped(node.title))</td></tr>\(subtitle)</table>>"
      let tooltip = node.tooltip.isEmpty ? "" : ", tooltip=\(quoted(node.tooltip))"
      lines.append(
        "\(quoted(node.id)) [label=\(label), fillcolor=\"#\(paint.fill)\", color=\"#\(paint.border)\", fontcolor=\"#\(paint.text)\", "
          + "id=\(quoted(prefix + node.id)), class=\"k-\(node.kind.rawValue)\"\(tooltip)];")
    }
    for edge in edges {
      var attributes: [String] = []
      if !edge.label.isEmpty { attributes.append("label=\(quoted(" " + edge.label))") }
      if edge.isResidual { attributes.append("color=\"#\(Ink.residual)\", penwidth=2.1") }
      if let fault = edge.fault {
        attributes.append("color=\"#\(Ink.residual)\", penwidth=2.4, style=dashed, label=\(quoted(" ✗ " + fault)), fontcolor=\"#\(Ink.residual)\"")
      }
      lines.append("\(quoted(edge.from)) -> \(quoted(edge.to))\(attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]");")
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  /// The graph in sentences: every operation with its inputs, in order.
  public var alternative: String {
    let names = Dictionary(nodes.map { ($0.id, $0.title) }, uniquingKeysWith: { first, _ in first })
    let steps = nodes.map { node -> String in
      let inputs = edges.filter { $0.to == node.id }.compactMap { names[$0.from] }
      let shape = node.subtitle.isEmpty ? "" : " \(node.subtitle)"
      return inputs.isEmpty ? "\(node.title)\(shape)" : "\(node.title)\(shape) of \(inputs.joined(separator: " and "))"
    }
    return "\(title): \(nodes.count) operations. " + steps.joined(separator: "; ") + "."
  }

  /// The graph as lines, one for each operation: number, name, shape, numbers of its inputs.
  public func terminal(width: Int = 80, colour: Bool = false) -> String {
    var canvas = Canvas(width: max(width, 40))
    canvas.write(title, row: 0, column: 0, ink: .strong)
    let places = Dictionary(nodes.enumerated().map { ($0.element.id, $0.offset + 1) }, uniquingKeysWith: { first, _ in first })
    let digits = String(nodes.count).count
    for (index, node) in nodes.enumerated() {
      let number = String(index + 1)
      canvas.write(String(repeating: " ", count: digits - number.count) + number, row: index + 2, column: 0, ink: .muted)
      canvas.write(String(node.title.prefix(34)), row: index + 2, column: digits + 2, ink: .kind(node.kind))
      canvas.write(node.subtitle.split(separator: " · ").first.map(String.init) ?? "", row: index + 2, column: digits + 37)
      let inputs = edges.filter { $0.to == node.id }.map { edge in
        "\(places[edge.from].map(String.init) ?? edge.from)\(edge.isResidual ? " (residual)" : "")\(edge.fault.map { " ✗ \($0)" } ?? "")"
      }
      if !inputs.isEmpty { canvas.write("← " + inputs.joined(separator: ", "), row: index + 2, column: digits + 57, ink: .muted) }
    }
    return canvas.text(colour: colour)
  }
}
