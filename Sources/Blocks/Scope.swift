/// A place in the model while it runs: `layers.3.attention`. Scopes are made once and reused by every later forward,
/// so that entering a block costs a look-up and no text.
final class Scope {
  let path: String
  private var children: [String: Scope] = [:]
  private var numbered: [Scope] = []

  init(path: String) { self.path = path }

  /// The scope below this one.
  func child(_ name: String) -> Scope {
    if name.isEmpty { return self }
    if let known = children[name] { return known }
    let fresh = Scope(path: path.isEmpty ? name : path + "." + name)
    children[name] = fresh
    return fresh
  }

  /// Scope number `index` below this one: `layers.3` from `layers`.
  func child(_ index: Int) -> Scope {
    while numbered.count <= index { numbered.append(Scope(path: "\(path).\(numbered.count)")) }
    return numbered[index]
  }

  func name(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
}
