// The readings of a figure: DOT, terminal, sentences.

extension Figure {
  /// The figure as a graph in DOT with every place given; `orrery-draw` makes SVG, PNG and PDF of it.
  public func dot() -> String {
    DotWriter.write(FigureLayout.scene(self), heading: title, alternative: alternative)
  }

  /// The figure in a few sentences, for those who cannot see it and for pages that cannot show it.
  public var alternative: String {
    var sentences = ["\(title): \(recipe)."]
    if !facts.isEmpty { sentences.append(facts.map { "\($0.value) \($0.label)" }.joined(separator: ", ") + ".") }
    let total = shares.reduce(0) { $0 + $1.count }
    if total > 0 {
      let pieces = shares.map { "\($0.label) \(percent(Double($0.count) / Double(total)))" }
      sentences.append("Parameters: " + pieces.joined(separator: ", ") + ".")
    }
    if let ribbon { sentences.append(ribbon.caption + ".") }
    for stream in streams {
      let start = stream.name.map { "The \($0), from input to output: " } ?? "From input to output: "
      sentences.append(start + Figure.words(stream.parts).joined(separator: ", then ") + ".")
      if let loop = stream.loop {
        sentences.append("The output goes back to the input: \(loop.title)\(loop.subtitle.isEmpty ? "" : " (\(loop.subtitle))").")
      }
    }
    for inset in insets {
      let names = inset.flow.nodes.filter { $0.shape == .box || $0.shape == .memory || $0.shape == .wide }
      let words = names.map { $0.subtitle.isEmpty ? $0.title.plain : "\($0.title.plain) (\($0.subtitle))" }
      sentences.append("\(inset.title): " + words.joined(separator: ", ") + ".")
    }
    return sentences.joined(separator: " ")
  }

  private static func words(_ parts: [Piece]) -> [String] {
    parts.map { part in
      switch part {
      case .box(let box): box.subtitle.isEmpty ? box.title.plain : "\(box.title.plain) (\(box.subtitle))"
      case .group(let group):
        "\(group.repeats) × \(group.title.isEmpty ? "" : group.title + " ")[" + words(group.parts).joined(separator: ", then ") + "]"
      case .residual(_, let inner): words(inner).joined(separator: ", then ") + ", added to its input"
      case .fork(_, let joins, let branches):
        branches.map { words($0).joined(separator: ", then ") }.joined(separator: joins ? " beside " : "; and ") + (joins ? ", one behind the other" : "")
      case .parallel(_, let branches): "side by side " + branches.map { words($0).joined(separator: ", then ") }.joined(separator: " and ")
      }
    }
  }
}
