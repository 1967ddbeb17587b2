// Values as JSON, for `orrery eval --format json`. Numbers keep all their digits.

import Files
import Language

extension Value {
  public var json: JSONTree {
    switch self {
    case .nothing: .null
    case .boolean(let value): .bool(value)
    case .integer(let value): .int(value)
    case .number(let value): .double(value)
    case .string(let text): .string(text)
    case .list(let list): .array(list.map(\.json))
    case .dictionary(let record): .object(record.pairs.map { ($0.key, $0.value.json) })
    case .range(let range): .string(range.text)
    case .function: .string(description)
    case .object(let object): (object as? any WrittenAsJSON)?.json ?? .string(object.description)
    }
  }
}

/// An object that is more than its description to a program.
protocol WrittenAsJSON {
  var json: JSONTree { get }
}

extension TensorObject: WrittenAsJSON {
  /// Lists in lists, as the language writes a tensor.
  var json: JSONTree {
    func nested(_ values: ArraySlice<Float>, _ shape: ArraySlice<Int>) -> JSONTree {
      guard let size = shape.first else { return .float(values[values.startIndex]) }
      if shape.count == 1 { return .floats(Array(values)) }
      let step = size == 0 ? 0 : values.count / size
      return .array((0..<size).map { nested(values[(values.startIndex + $0 * step)..<(values.startIndex + ($0 + 1) * step)], shape.dropFirst()) })
    }
    return nested(tensor.values[...], Array(tensor.shape)[...])
  }
}

extension TokensObject: WrittenAsJSON {
  var json: JSONTree { .object([("ids", .ints(ids)), ("tokens", .array(strings.map { .string($0) }))]) }
}

extension ReportObject: WrittenAsJSON {
  var json: JSONTree { values.isEmpty ? .string(description) : .object(values.map { ($0.name, $0.value.json) }) }
}

extension FigureObject: WrittenAsJSON {
  var json: JSONTree { .object([("dot", .string(figure.dot())), ("alternative", .string(figure.alternative))]) }
}

extension RunObject: WrittenAsJSON {
  var json: JSONTree {
    .object([
      ("tokens", .array(tokens.map { .string($0) })),
      ("tensors", .object(run.seen.map { ($0.name, .ints(Array($0.tensor.shape))) })),
    ])
  }
}
