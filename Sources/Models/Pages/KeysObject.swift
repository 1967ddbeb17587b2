// `c`: the keys of config.json, as a page declares and reads them.

import Checkpoints
import Files
import Language

/// A configuration, or a section of it. Reading a key that the page does not declare is an error; in sections every key may be asked for.
struct KeysObject: Object {
  let run: PageRun
  let configuration: Configuration
  /// In front of the keys of a section: `rope_scaling.`.
  let path: String
  /// Nil in a section.
  let declared: Record?

  init(_ run: PageRun, _ configuration: Configuration, path: String, declared: Record?) {
    (self.run, self.configuration, self.path, self.declared) = (run, configuration, path, declared)
  }

  var typeName: String { "Configuration" }
  var description: String { configuration.file }
  var members: [Member] { [.method("has", [.value("key", .string)], returns: "Bool", "whether the file has the key, and not as null")] }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    guard method == "has" else { return nil }
    return .boolean(configuration.has(try a.string("key")))
  }

  func property(_ name: String) throws -> Value? {
    var rule: Value = .nothing
    if let declared {
      guard let found = declared[name] else {
        throw Failure(
          .unknownName, "the page's keys have no '\(name)'", suggestion: Suggestion.nearest(to: name, in: declared.keys).map { "did you mean c.\($0)?" })
      }
      rule = found
    }
    run.note(path + name)
    do { return try value(name, rule) } catch let failure as Configuration.Failure { throw Failure(PageFailure.kind, failure.description) }
  }

  /// The key's value, checked against what the page declares: a default, nil, or a type that must be there.
  private func value(_ name: String, _ rule: Value) throws -> Value {
    let json = configuration.json[ByteString(name)], isNull = json?.isNull == true
    switch rule {
    case .function(let type):
      switch type.name {
      case "Int": return .integer(try configuration.int(name))
      case "Double": return number(try configuration.real(name))
      case "String": return .string(try configuration.string(name))
      default:
        guard json != nil, !isNull else { throw Failure(PageFailure.kind, "\(configuration.file): the key '\(name)' is missing") }
        return .boolean(try configuration.bool(name, default: false))
      }
    case .object(let object as KeyAlias):
      // Where a file has several, the last of them wins, as in the reference.
      return try value(object.names.reversed().first { configuration.has($0) } ?? name, object.rule)
    case .object(let object as KeyRange):
      if isNull { return .nothing }
      if case .integer(let initial)? = object.initial { return .integer(try configuration.int(name, in: object.range, default: initial)) }
      return .integer(try configuration.int(name, in: object.range))
    case .integer(let initial):
      // A default without a point is most often a size; a file may say a number with one all the same (Mamba's expand).
      if initial > 0, !isNull, json?.int != nil { return .integer(try configuration.int(name, default: initial)) }
      return isNull ? .nothing : number(try configuration.real(name, default: Double(initial)))
    case .number(let initial): return isNull ? .nothing : .number(try configuration.real(name, default: initial))
    case .boolean(let initial): return isNull ? .nothing : .boolean(try configuration.bool(name, default: initial))
    // "auto" where others have a number.
    case .string(let initial):
      if let json, !isNull, json.string == nil { return anything(name, json) }
      return isNull ? .nothing : .string(try configuration.string(name, default: initial))
    default:
      guard let json, !isNull else {
        _ = configuration.has(name)
        return json == nil ? rule : .nothing
      }
      return anything(name, json)
    }
  }

  private func anything(_ name: String, _ json: JSON) -> Value {
    if json.object != nil, json.double == nil, let section = try? configuration.section(name) {
      return .object(KeysObject(run, section, path: path + name + ".", declared: nil))
    }
    _ = configuration.has(name)
    return plain(json, name)
  }

  private func plain(_ json: JSON, _ name: String) -> Value {
    switch json.value {
    case .null: .nothing
    case .bool(let b): .boolean(b)
    case .number(.integer(let n)): .integer(n)
    case .number(.real(let x)): number(x)
    case .string(let s): .string(s.string)
    case .array(let items): .elements(items.map { plain($0, name) })
    case .object: json.double.map { .number($0) } ?? .nothing
    }
  }

  private func number(_ x: Double) -> Value { Int(exactly: x).map { .integer($0) } ?? .number(x) }
}

/// `range(1, 1...100)`: a whole number's default, or its type, with what it may be.
struct KeyRange: Object {
  let initial: Value?
  let range: ClosedRange<Int>
  var typeName: String { "KeyRange" }
  var description: String { "\(range.lowerBound)...\(range.upperBound)" }
}

/// `alias(Int, "num_experts")`: a key that files have under other names as well.
struct KeyAlias: Object {
  let rule: Value
  let names: [String]
  var typeName: String { "KeyAlias" }
  var description: String { names.joined(separator: ", ") }
}
