// Questions about what was just said, for models that read a prefix both ways and write the answer.

import Tensors

/// `tom has the ball in the park . ann has the kite in the barn . … where is ann ?` → `in the barn <eos>`.
public struct QuestionsCorpus: JudgedCorpus {
  public let name = "questions"
  public let about = "who has what where, and a question about it with its answer"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  public let facts: Int
  /// The facts decide the answer.
  public var floor: Double? { 0 }
  public var longest: Extent? { Extent(source: 8 * facts + 6, text: 4) }

  static let names = ["tom", "ben", "sam", "ann", "eve", "mia"]
  static let things = ["ball", "kite", "book", "cup", "drum", "bell"]
  static let places = ["park", "barn", "garden", "school", "forest", "house"]

  /// - Precondition: `facts` in 1...6.
  public init(facts: Int = 3) {
    precondition((1...6).contains(facts))
    self.facts = facts
    vocabulary = WordList(["has", "the", "in", ".", "where", "is", "who", "what", "?"] + Self.names + Self.things + Self.places)
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part) { () -> Sample in
      let who = generator.distinct(facts, below: 6), what = generator.distinct(facts, below: 6), whereabouts = generator.distinct(facts, below: 6)
      var text = ""
      for n in 0..<facts { text += "\(Self.names[who[n]]) has the \(Self.things[what[n]]) in the \(Self.places[whereabouts[n]]) . " }
      let n = generator.below(facts)
      let (name, thing, place) = (Self.names[who[n]], Self.things[what[n]], Self.places[whereabouts[n]])
      let questions: [(String, String)] = [
        ("where is \(name) ?", "in the \(place)"), ("where is the \(thing) ?", "in the \(place)"), ("what has \(name) ?", "the \(thing)"),
        ("who has the \(thing) ?", name), ("who is in the \(place) ?", name),
      ]
      let (question, answer) = generator.pick(questions)
      var said = vocabulary[words: answer]
      said.append(vocabulary["<eos>"])
      return Sample(said, source: vocabulary[words: text + question])
    }
  }

  /// The answer to a source, without `<eos>`; nil if it asks nothing that its facts tell.
  public func answer(to source: [Int]) -> String? {
    let t: [String] = source.map { vocabulary.indices.contains($0) ? words[$0] : "" }
    guard t.count > 8 * facts + 2, t.last == "?" else { return nil }
    var told: [(name: String, thing: String, place: String)] = []
    for n in 0..<facts { told.append((t[8 * n], t[8 * n + 3], t[8 * n + 6])) }
    let question = t[(8 * facts)...].dropLast(), about = question.last ?? ""
    switch question.prefix(2).joined(separator: " ") {
    case "where is":
      guard let fact = told.first(where: { $0.name == about || $0.thing == about }) else { return nil }
      return "in the \(fact.place)"
    case "what has":
      guard let fact = told.first(where: { $0.name == about }) else { return nil }
      return "the \(fact.thing)"
    case "who has", "who is": return told.first { $0.thing == about || $0.place == about }?.name
    default: return nil
    }
  }

  public func problem(in tokens: [Int], source: [Int]) -> String? {
    guard let right = answer(to: source) else { return "the source asks nothing that it tells" }
    let found = vocabulary.text(of: tokens.prefix { $0 != vocabulary.special[.end] })
    return found == right ? nil : "the answer is '\(right)', not '\(found)'"
  }
}
