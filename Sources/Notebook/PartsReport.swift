// A recipe as a tree of its parts, for the prompt.

import Blocks

/// The recipe as an indented tree.
enum PartsReport {
  static func text(_ architecture: Architecture) -> String {
    var lines: [String] = ["\(architecture.name)  \(grouped(architecture.parameterCount)) parameters"]
    func visit(_ child: Child, _ depth: Int) {
      let part = child.part
      if let stack = part as? Repeat, let first = stack.layers.first {
        let same = stack.forms.allSatisfy { $0 == 0 }
        lines.append(String(repeating: "  ", count: depth) + "\(stack.name)  × \(stack.layers.count)\(same ? "" : ", not all alike")")
        visit(Child("0", first), depth + 1)
        return
      }
      var next = depth
      if !child.name.isEmpty || !(part is Chain) {
        let detail = [part.title, part.detail].filter { !$0.isEmpty && $0 != "Chain" && $0 != "Residual" }.joined(separator: ", ")
        let count = part.parameterCount
        lines.append(String(repeating: "  ", count: depth) + [child.name.isEmpty ? part.kind : child.name, detail].filter { !$0.isEmpty }.joined(separator: ": ") + (count > 0 ? "  \(grouped(count))" : ""))
        next += 1
      }
      for below in part.parts { visit(below, next) }
    }
    for child in architecture.parts { visit(child, 1) }
    return lines.joined(separator: "\n")
  }
}
