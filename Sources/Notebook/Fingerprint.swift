// The bytes by which two values are told apart: the linter asks whether a mutant of a solution made another value. A summary
// would not do: two tensors of one shape have the same.

import Language

enum Fingerprint {
  /// A variable with its value.
  static func of(_ name: String, _ value: Value) -> [UInt8] {
    var bytes = Array(name.utf8)
    write(value, to: &bytes)
    return bytes
  }

  private static func write(_ value: Value, to bytes: inout [UInt8]) {
    bytes.append(10)
    switch value {
    case .object(let object): write(object, to: &bytes)
    case .list(let list):
      bytes += Array("\(list.count) elements".utf8)
      for element in list { write(element, to: &bytes) }
    default: bytes += Array(value.exact().utf8)
    }
  }

  private static func write(_ object: any Object, to bytes: inout [UInt8]) {
    if let mask = object as? MaskObject {
      // A rule is what it says of places; no lesson asks one about more.
      for row in mask.mask.matrix(queries: 0..<16, keys: 0..<16) { bytes += row.map { $0 ? 1 : 0 } }
    } else if let x = (object as? TensorObject) ?? (try? (object as? RunObject)?.tensor("logits")) {
      bytes += Array("\(x.tensor.shape)".utf8)
      for number in x.tensor.values { withUnsafeBytes(of: number.bitPattern) { bytes += Array($0) } }
    } else {
      bytes += Array(object.description.utf8)
    }
  }
}
