// The same weights under other classes: trunks saved alone, the encoder of T5, classifiers; and token ids that configurations name.

import Blocks
import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Testing

@Suite final class PublishedClassTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("class-\(UUID().uuidString)").path
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A copy of a fixture: some of its tensors, more of zeros, and changes to its config.json.
  private func copied(
    _ fixture: String, keeping: (String) -> Bool = { _ in true }, adding: [(name: String, shape: [Int])] = [],
    config: [String: Any] = [:], generation: String? = nil
  ) throws -> Model {
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let source = fixtures.appendingPathComponent(fixture)
    var json = try JSONSerialization.jsonObject(with: Data(contentsOf: source.appendingPathComponent("config.json"))) as! [String: Any]
    json.merge(config) { $1 }
    try JSONSerialization.data(withJSONObject: json).write(to: URL(fileURLWithPath: folder + "/config.json"))
    try generation.map { try Data($0.utf8).write(to: URL(fileURLWithPath: folder + "/generation_config.json")) }
    let file = try Safetensors(source.appendingPathComponent("model.safetensors").path)
    let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
    defer { zeros.deallocate() }
    let parts = file.entries.filter { keeping($0.name) }.map { Safetensors.Part($0.name, $0.dtype, $0.shape, $0.bytes) }
      + adding.map { Safetensors.Part($0.name, .f32, $0.shape, UnsafeRawBufferPointer(rebasing: zeros[0..<4 * $0.shape.reduce(1, *)])) }
    try Safetensors.write(folder + "/model.safetensors", parts)
    return try Model(path: folder)
  }

  private func said(_ body: () throws -> Any) -> String {
    do { return "\(try body())" } catch { return "\(error)".replacingOccurrences(of: folder + "/", with: "") }
  }

  private func hidden(_ model: Model, _ ids: [Int]) throws -> [Float] {
    try model.architecture.hidden(Architecture.Input([ids]), Run(keepsMemory: false)).checked().values
  }

  @Test func aTrunkSavedAloneHasNoHead() throws {
    let whole = try Model(path: fixtures.appendingPathComponent("llama").path)
    let trunk = try copied("llama", keeping: { $0 != "lm_head.weight" }, config: ["architectures": ["LlamaModel"]])
    #expect(trunk.architecture.head == nil)
    #expect(trunk.architecture.parameterCount == whole.architecture.parameterCount - 24 * 64)
    #expect(try hidden(trunk, [5, 6, 7]) == hidden(whole, [5, 6, 7]))
    #expect(said { try trunk.architecture([5, 6, 7], Run()) }.contains("has no head over the vocabulary (its class holds none)"))
    // A class that has one still misses it.
    #expect(said { try copied("llama", keeping: { $0 != "lm_head.weight" }) }.contains("missing 'lm_head.weight'"))
  }

  @Test func classifiersHaveAHeadOfTheirLabels() throws {
    let whole = try Model(path: fixtures.appendingPathComponent("llama").path)
    let labels: [String: Any] = ["architectures": ["LlamaForSequenceClassification"], "id2label": ["0": "bad", "1": "fair", "2": "good"]]
    let reward = try copied("llama", keeping: { $0 != "lm_head.weight" }, adding: [("score.weight", [3, 24])], config: labels)
    #expect(reward.architecture.parameterCount == whole.architecture.parameterCount - 24 * 64 + 3 * 24)
    #expect(try hidden(reward, [5, 6]) == hidden(whole, [5, 6]))
    let gpt2 = try Model(path: fixtures.appendingPathComponent("gpt2").path)
    let width = gpt2.architecture.width
    let sorter = try copied("gpt2", adding: [("score.weight", [2, width])], config: ["architectures": ["GPT2ForSequenceClassification"]])
    #expect(sorter.architecture.parameterCount == gpt2.architecture.parameterCount + 2 * width)
    #expect(sorter.architecture.head == nil)
  }

  @Test(arguments: [
    ("BertForSequenceClassification", "classifier", 2, true), ("BertForTokenClassification", "classifier", 2, false),
    ("BertForMultipleChoice", "classifier", 1, true), ("BertForQuestionAnswering", "qa_outputs", 2, false),
    ("BertForNextSentencePrediction", "cls.seq_relationship", 2, true),
  ])
  func encodersHaveTheHeadOfTheirClass(_ name: String, _ head: String, _ labels: Int, _ pools: Bool) throws {
    let trunk = try Model(path: fixtures.appendingPathComponent("bert-model").path)
    let width = trunk.architecture.width, pooler = width * width + width
    let model = try copied(
      "bert-model", adding: [(head + ".weight", [labels, width]), (head + ".bias", [labels])], config: ["architectures": [name]])
    #expect(model.architecture.parameterCount == trunk.architecture.parameterCount - (pools ? 0 : pooler) + labels * (width + 1))
    #expect(try hidden(model, [5, 6]) == hidden(trunk, [5, 6]))
    // Without its numbers the trunk is all there is.
    let bare = try copied("bert-model", config: ["architectures": [name]])
    #expect(bare.architecture.parameterCount == trunk.architecture.parameterCount - (pools ? 0 : pooler))
  }

  @Test(arguments: ["t5", "t5-v1.1", "switch"])
  func anEncoderSavedAloneIsAnEncoder(_ fixture: String) throws {
    let whole = try Model(path: fixtures.appendingPathComponent(fixture).path)
    let name = fixture == "switch" ? "SwitchTransformersEncoderModel" : "T5EncoderModel"
    let alone = try copied(
      fixture, keeping: { !$0.hasPrefix("decoder.") && $0 != "lm_head.weight" }, config: ["architectures": [name]])
    #expect(alone.architecture.family == .encoder && alone.architecture.encoder == nil)
    let run = Run()
    whole.architecture.encode(Architecture.Input([[5, 6, 7, 1]]), run)
    #expect(try hidden(alone, [5, 6, 7, 1]) == run.source?.values)
  }

  /// A head that is not tied reads its own bias, not the one that tying shares with it.
  @Test func anUntiedHeadReadsItsOwnBias() throws {
    let tied = try Model(path: fixtures.appendingPathComponent("bert").path)
    let a = tied.architecture, vocabulary = a.embedding.vocabulary
    let untied = try copied(
      "bert", adding: [("cls.predictions.decoder.bias", [vocabulary]), ("cls.predictions.decoder.weight", [vocabulary, a.width])],
      config: ["tie_word_embeddings": false])
    #expect(try untied.architecture([5, 6], Run(keepsMemory: false)).values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [
    ("decoder_start_token_id", "2147483648"), ("forced_bos_token_id", "-1"), ("forced_eos_token_id", "[4611686018427387904]"),
  ])
  func tokensOutsideOfTheVocabularyAreRefused(_ key: String, _ id: String) throws {
    let number = id.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    let vocabulary = try Model(path: fixtures.appendingPathComponent("t5").path).architecture.embedding.vocabulary
    let message = "generation_config.json: \(key) is \(number), outside of the vocabulary 0..<\(vocabulary)"
    #expect(said { try copied("t5", generation: "{\"\(key)\": \(id)}") } == message)
  }
}
