// Preferences for a reward model, DPO and PPO: of two stories that differ in one word, the one whose person likes the thing is preferred. What a
// policy can gain, and what it must pay in KL for it, can be calculated: it is −ln of the share of stories that like.

import Tensors

/// Plain stories cut after the animals' sentence: 19 tokens of prompt, 13 of response; preferred is T = likes (the second word of the response),
/// rejected the same with sees or wants. The words from T to the end of its sentence count.
public struct PreferencesCorpus: JudgedCorpus {
  public let name = "preferences"
  public let about = "stories cut in two; preferred is the response whose verb is likes"
  public let stories = StoriesCorpus(.plain)
  public var vocabulary: WordList { stories.vocabulary }
  public var words: [String] { stories.words }
  public var floor: Double? { nil }
  public var longest: Extent? { Extent(source: Self.prompt, text: Story.length - Self.prompt) }
  /// Tokens of the prompt.
  public static let prompt = 19
  /// Share of stories that the reward likes, before any training on it: one of three verbs.
  public let share = 1.0 / 3
  private let likes, others: [Int]

  public init() {
    let words = stories.vocabulary
    (likes, others) = ([words["likes"]], [words["sees"], words["wants"]])
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    var story = stories.sample(part, using: &generator).tokens
    // The part is the part of the story that is preferred.
    while HeldOut.has(replaced(&story)) != (part == .heldOut) { story = stories.sample(part, using: &generator).tokens }
    var rejected = Array(story[Self.prompt...])
    rejected[1] = generator.pick(others)
    return Sample(
      Array(story[Self.prompt...]), source: Array(story[..<Self.prompt]), rejected: rejected, counted: rejected.indices.map { (1...5).contains($0) })
  }

  private func replaced(_ story: inout [Int]) -> [Int] {
    story[Self.prompt + 1] = likes[0]
    return story
  }

  /// The rule behind the preferences: 1 for a response whose verb is likes, otherwise 0.
  public func reward(_ response: [Int]) -> Double { response.dropFirst().first == likes[0] ? 1 : 0 }

  public func problem(in tokens: [Int], source: [Int]) -> String? { stories.problem(in: source + tokens, source: []) }
}
