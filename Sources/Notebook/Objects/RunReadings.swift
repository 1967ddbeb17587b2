// What is read off a run: the likeliest next tokens, the logit lens, and where two runs come apart.

import Blocks
import Generation
import Language
import Tensors

extension RunObject {
  /// The residual of every layer, read through the last norm and the head (nostalgebraist 2020).
  func lens(_ position: Int) throws -> ReportObject {
    let open = try model.open(), a = open.architecture
    guard let head = a.head else { throw Failure(.host, "\(a.name) has no head over the vocabulary") }
    let prefix = a.encoder == nil ? "" : "decoder."
    let rows = run.seen.filter { $0.name.hasPrefix(prefix + "layers.") && $0.name.hasSuffix(".residual") }
    var lines: [String] = []
    let probe = Run(keepsMemory: false)
    let norm = a.body.parts.last?.part as? any Block
    for (name, tensor) in rows {
      let t = tensor.shape[1], place = position < 0 ? t + position : position
      guard (0..<t).contains(place) else { throw Failure(.outOfRange, "position \(position) is outside of 0..<\(t)") }
      var x = tensor.untracked.slice(place..<(place + 1), axis: 1)
      if let norm, !(norm is Repeat) { x = norm(x, probe) }
      let list = Sampler(temperature: 1).distribution(head(x, probe).values).prefix(4)
      lines.append("\(name)  " + list.map { "\(open.shown($0.id)) \(percent($0.probability))" }.joined(separator: "  "))
    }
    return ReportObject(typeName: "Report", summary: "logit lens", description: lines.joined(separator: "\n"))
  }

  func compare(_ other: RunObject) throws -> ReportObject {
    var lines: [String] = []
    for (name, tensor) in run.seen {
      guard let theirs = other.run[name] else { continue }
      let d = tensor.largestDifference(from: theirs)
      if d > 0 { lines.append("\(name)  \(d == .infinity ? "another shape" : formatted(Double(d)))") }
    }
    let text = lines.isEmpty ? "no tensor differs" : "\(lines.count) of \(run.seen.count) tensors differ, the first is the cause:\n" + lines.prefix(24).joined(separator: "\n") + (lines.count > 24 ? "\n…" : "")
    return ReportObject(typeName: "Report", summary: "\(lines.count) tensors differ", description: text, values: [("count", "tensors that differ", .integer(lines.count))])
  }

  /// What the run says at its end, in the words of its kind: the class of the text, what a blank is filled with, or the next token. Nil: a model
  /// that predicts in place says nothing of what comes next, nor does one without a head.
  func says(_ count: Int) throws -> (what: String, list: [(text: String, probability: Float)])? {
    let open = try model.open(), a = open.architecture
    if let classes = run["classes"] {
      let row = softmax(classes.untracked).values
      let order = row.indices.sorted { row[$0] > row[$1] }.prefix(count)
      return row.count > 1 ? ("class", order.map { (String($0), row[$0]) }) : nil
    }
    if a.denoiser != nil || a.family == .encoder {
      guard let mask = open.tokenizerIfAny.flatMap({ FillReport.blank(of: $0).id }), let place = ids.firstIndex(of: mask), let logits = run["logits"], a.head?.judges == false else { return nil }
      let row = logits.slice(place..<(place + 1), axis: 1).values
      return ("blank at \(place)", Sampler(temperature: 1).distribution(row).prefix(max(1, count)).map { (open.shown($0.id), $0.probability) })
    }
    let next = try next(count)
    return next.isEmpty ? nil : ("next", next)
  }

  func next(_ count: Int) throws -> [(text: String, probability: Float)] {
    let open = try model.open()
    guard let logits = run["logits"] else { return [] }
    let row = logits.slice((logits.shape[1] - 1)..<logits.shape[1], axis: 1).values
    return Sampler(temperature: 1).distribution(row).prefix(max(1, count)).map { (open.shown($0.id), $0.probability) }
  }
}

/// 12.3 %
func percent(_ x: Float) -> String {
  let value = Double(x) * 100
  return (value >= 10 ? String(Int((value * 10).rounded()) / 10) + "." + String(Int((value * 10).rounded()) % 10) : formatted(value, digits: 2)) + " %"
}

extension String {
  var trimmingSpaces: String {
    let body = drop { $0 == " " || $0 == "␣" || $0 == "▁" }
    return body.isEmpty ? self : String(body)
  }
}
