// What was asked of a configuration, with what a missing key would have meant.

import Synchronization

extension Configuration {
  /// What a key means that a file does not have.
  public enum Default: Sendable, Hashable {
    /// It must be there.
    case required
    /// It may be missing or null; what follows from that is the reader's.
    case absent
    case integer(Int), number(Double), truth(Bool), text(String)
    /// The reader looked at the value itself.
    case unsaid
  }

  /// The keys that were asked for, as paths (`rope_parameters.full_attention.factor`), with their defaults.
  public var asked: [String: Default] { reads.asked }
}

/// Shared by a configuration, its copies and its sections; readers may be on several threads.
final class Reads: Sendable {
  private struct State {
    var asked: [String: Configuration.Default] = [:]
    /// Sections that were gone into.
    var opened: Set<String> = []
  }
  private let state = Mutex(State())

  var asked: [String: Configuration.Default] { state.withLock { $0.asked } }
  var opened: Set<String> { state.withLock { $0.opened } }

  /// - Parameters:
  ///   - keys: a key and its other names.
  ///   - path: what stands in front of them.
  func note(_ keys: [String], at path: String, _ fallback: Configuration.Default) {
    state.withLock { state in
      for key in keys where fallback != .unsaid || state.asked[path + key] == nil { state.asked[path + key] = fallback }
    }
  }

  func open(_ path: String) { state.withLock { _ = $0.opened.insert(path) } }
}
