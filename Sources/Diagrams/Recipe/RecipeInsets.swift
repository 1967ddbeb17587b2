// One layer of a recipe as a column of its own, and the insets that open its boxes.
import Blocks

extension RecipeReader {
  /// One layer as a column of its own.
  func block(_ path: String?) -> (path: String, column: Column, parameters: Int, shares: [Share])? {
    for stack in model.stacks.reversed() {
      let start = join(stack.name, stack.layers.name)
      for (index, layer) in stack.layers.layers.enumerated() where path == nil || path == "\(start).\(index)" {
        let name = "\(start).\(index)"
        // Where nothing is added to what comes in, there is no residual stream.
        var adds = false
        layer.tally { part, _ in adds = adds || part is Residual || part is Parallel }
        let stream = adds ? "residual stream  " : "vectors  "
        let shape = Text.muted("[B, T, \(grouped(model.width))]")
        let column = Column(
          input: [.box(Box("input", .inputOutput, Text(stream) + shape))], body: pieces(layer, path: name),
          output: [.box(Box("output", .inputOutput, Text(stream) + shape))])
        return (name, column, layer.parameterCount, ParameterShares(layer).shares)
      }
    }
    return nil
  }

  var insets: [Inset] { insets(of: columns) }

  /// What is inside the columns' boxes: one inset for each thing that has an inside, the last column's first to speak.
  func insets(of columns: [Column]) -> [Inset] {
    var result: [Inset] = []
    let opening = columns.flatMap(\.boxes).flatMap { box in [parts[box.id], furtherParts[box.id]].compactMap { $0 }.map { (box: box, part: $0) } }
    for (box, part) in opening {
      guard let opened = open(part) else { continue }
      let isFurther = part.role == .experts && furtherParts[box.id] != nil
      let inset = Inset((isFurther ? "inside-experts-" : "inside-") + box.id, opened.title, of: [box.id], part.role.figureKind, parameters: part.parameterCount, flow: opened.flow)
      if let known = result.firstIndex(where: { $0.title == inset.title }) {
        if result[known].flow == inset.flow || columns.count > 1 {
          result[known].boxes.insert(box.id, at: columns.count > 1 ? 0 : result[known].boxes.count)
          if columns.count > 1 { (result[known].flow, result[known].parameters) = (inset.flow, inset.parameters) }
          continue
        }
        if result.contains(where: { $0.flow == inset.flow }) { continue }
      }
      result.append(inset)
    }
    // Bottom to top, as their boxes stand in the column that they are joined to.
    let order = columns.reversed().flatMap { $0.boxes.map(\.id) }
    return result.sorted { (order.firstIndex(of: $0.boxes[0]) ?? 0) < (order.firstIndex(of: $1.boxes[0]) ?? 0) }
  }

  /// A part's own inset; for a mixer that has none, its children in the order in which they run.
  private func open(_ part: any Part) -> (title: String, flow: Flow)? {
    if let scaled = part as? Scaled { return open(scaled.block) }
    if let attention = part as? Attention { return (attention.insideTitle, attention.inside(keeps: keepsText)) }
    if let opened = part as? any Opened { return (opened.insideTitle, opened.inside) }
    guard [.attention, .feedForward, .experts, .stateSpace, .diffusion].contains(part.role), part.counted.count > 1 else { return nil }
    return ("Inside \(short(part.title))", .children(of: part))
  }
}
