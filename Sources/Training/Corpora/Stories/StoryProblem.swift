// Why a text is not a story: each rule of the grammar by itself, in the order of the text, so that the reason is the first thing a reader would
// notice. It knows nothing of the tables that the stories are drawn from; a test holds the two against each other.

extension StoriesCorpus {
  public func problem(in tokens: [Int], source: [Int]) -> String? {
    var tokens = tokens[...]
    if tokens.first == vocabulary.special[.begin] { tokens = tokens.dropFirst() }
    if tokens.last == vocabulary.special[.end] { tokens = tokens.dropLast() }
    let t = tokens.map { words.indices.contains($0) ? words[$0] : "token \($0)" }
    func wrong(_ place: Int, _ reason: String) -> String { "word \(place + 1), '\(t[place])': \(reason)" }

    let hard = form == .hard
    let determiner = hard ? ["a"] : Story.possessives, later = hard ? ["the"] : Story.possessives
    let people = Array(Story.names.joined()), animals = Array(Story.animals.joined()), verbs = Array(Story.verbs.joined())
    let kinds: [(String, [String])] = [
      ("a name", people), ("", ["has"]), ("", determiner), ("a colour", Story.colours), ("a thing", Story.things), ("", ["."]),
      ("a name", people), ("", ["has"]), ("", determiner), ("a colour", Story.colours), ("a thing", Story.things), ("", ["."]),
      ("", ["the"]), ("an animal", animals), ("", ["near"]), ("", ["the"]), ("an animal", animals), ("a verb", verbs), ("", ["."]),
      ("", Story.pronouns), ("", Story.wishes), ("", later), ("a colour", Story.colours), ("a thing", Story.things), ("", ["."]),
      ("", ["what"]), ("", ["has"]), ("a name", people), ("", ["?"]), ("", later), ("a colour", Story.colours), ("a thing", Story.things),
    ]
    for place in 0..<min(t.count, kinds.count) where !kinds[place].1.contains(t[place]) {
      let (kind, allowed) = kinds[place]
      return wrong(place, "expected " + (kind.isEmpty ? allowed.map { "'\($0)'" }.joined(separator: " or ") : kind))
    }
    guard t.count == Story.length else { return "\(t.count) words; a story has \(Story.length)" }

    func gender(_ name: String) -> Int { Story.names[0].contains(name) ? 0 : 1 }
    let genders = [gender(t[0]), gender(t[6])]
    if !hard, t[2] != Story.possessives[genders[0]] { return wrong(2, "does not fit \(t[0])") }
    if genders[0] == genders[1] { return wrong(6, "the two people must be he and she, as \(t[0]) is the other \(Story.pronouns[genders[0]])") }
    if !hard, t[8] != Story.possessives[genders[1]] { return wrong(8, "does not fit \(t[6])") }
    if t[9] == t[3] { return wrong(9, "both have the same colour") }
    if t[10] == t[4] { return wrong(10, "both have the same thing") }
    if Story.animals[1].contains(t[13]) != Story.verbs[1].contains(t[17]) { return wrong(17, "does not agree with '\(t[13])' (word 14)") }

    let told = genders.firstIndex(of: Story.pronouns.firstIndex(of: t[19]) ?? 0) ?? 0
    if form == .plain, told != 0 { return wrong(19, "must mean \(t[0])") }
    if let found = owned(t, told, at: 21) { return wrong(found, "\(t[6 * told]) (\(t[19])) has \(has(t, told))") }
    guard t[27] == t[0] && form != .plain || t[27] == t[6] else {
      return wrong(27, form == .plain ? "the question is about \(t[6])" : "is not one of the two people")
    }
    let asked = t[27] == t[0] ? 0 : 1
    return owned(t, asked, at: 29).map { wrong($0, "\(t[27]) has \(has(t, asked))") }
  }

  /// The first of three words that differs from what the person has.
  private func owned(_ t: [String], _ person: Int, at place: Int) -> Int? {
    let own = 6 * person + 2
    return (form == .hard ? [1, 2] : [0, 1, 2]).first { t[place + $0] != t[own + $0] }.map { place + $0 }
  }
  private func has(_ t: [String], _ person: Int) -> String { t[(6 * person + 2)...(6 * person + 4)].joined(separator: " ") }
}
