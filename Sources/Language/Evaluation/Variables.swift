/// The learner's variables. A value: keeping a copy is a snapshot, assigning it back is the restore, and a copy in
/// another interpreter is a fork. All three cost the same whatever the variables hold.

public struct Variables {
  private var values: [String: Value] = [:]
  /// In the order of their definition; a name that is defined again moves to the end.
  public private(set) var names: [String] = []

  public init() {}

  public var isEmpty: Bool { names.isEmpty }

  public subscript(name: String) -> Value? {
    get { values[name] }
    set {
      if values[name] != nil { names.removeAll { $0 == name } }
      values[name] = newValue
      if newValue != nil { names.append(name) }
    }
  }
}
