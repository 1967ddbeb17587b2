// Keys of a configuration that nothing asked for: a word that a file says and nobody heard. They are told with the nearest key that is read;
// one that can only be a slip is an error. What changes no number (HarmlessKeys) is passed over, and so is null.

import Files

/// A key that nothing read.
public struct UnreadKey: Sendable {
  /// The keys that lead to it: `rope_parameters.full_attention.factor`.
  public let path: String
  public let value: JSON
  /// The nearest key that is read in its place; nil: none is near.
  public let nearest: String?
  /// One letter away from a key that is read, and no key that anybody publishes.
  public let isSlip: Bool
  /// What it would change in every run; nil: that is not known.
  public let arithmetic: String?

  /// With what there is to say of it.
  public var description: String {
    if let arithmetic { return "\(path.shown()) (\(value.shown): \(arithmetic))" }
    return path.shown() + (nearest.map { " (the nearest that is read is \($0))" } ?? "")
  }
}

extension Configuration {
  /// The keys that nothing has asked for yet, in the order of the file. Meant for the whole file, once it has been read.
  public var unread: [UnreadKey] {
    let (asked, opened) = (Set(reads.asked.keys), reads.opened)
    var found: [UnreadKey] = []
    func visit(_ json: JSON, _ path: String) {
      let near = asked.union(opened).filter { $0.hasPrefix(path) && !$0.dropFirst(path.count).contains(".") }.map { String($0.dropFirst(path.count)) }.sorted()
      for member in json.members ?? [] where !member.value.isNull {
        let name = member.key.string, place = path + name
        if asked.contains(place) { continue }
        if opened.contains(place), member.value.object != nil {
          visit(member.value, place + ".")
          continue
        }
        let effect = ArithmeticKeys.all.first { $0.key == place }
        if effect?.isNeutral(member.value, self) == true || HarmlessKeys.contains(place, member.value) { continue }
        let slip = near.first { Suggestion.isSlip(name, for: $0) }
        let isSlip = slip != nil && !name.hasPrefix("_") && effect == nil && !HarmlessKeys.published.contains(name)
        found.append(UnreadKey(path: place, value: member.value, nearest: slip ?? Suggestion.nearest(to: name, in: near), isSlip: isSlip, arithmetic: effect?.what))
      }
    }
    visit(json, "")
    return found
  }

  /// - Throws: one line for the first key that is one letter away from one that is read.
  public func refuseSlips() throws {
    guard let slip = unread.first(where: \.isSlip), let nearest = slip.nearest else { return }
    throw Failure("\(file.shown(limit: 400)): nothing reads the key '\(slip.path.shown())'; did you mean '\(nearest)'?")
  }
}
