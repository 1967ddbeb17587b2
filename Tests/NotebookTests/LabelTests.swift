// Labels of axes and tokens at the prompt: where they survive, and where they must not.

import Language
import Lessons
import Testing

@testable import Notebook
import Tensors

@Suite struct LabelTests {
  let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
  let session: Session

  init() throws {
    flag.initialize(to: 0)
    session = Session(stop: flag)
    let result = session.run(cell: """
      let r = stories.run("Once there was")
      let q = r["layers.0.attention.query"][head: 0]
      let k = r["layers.0.attention.key"][head: 0]
      """)
    try #require(result.failure == nil)
  }

  private func labels(_ expression: String) throws -> [AxisLabel] {
    let value = try session.evaluate(expression).value
    return try #require(TensorObject.of(value)).labels
  }

  private static let tokens = ["<s>", "Once", "there", "was"]

  @Test(arguments: [
    ("q", ["token", "width"], [true, false]), ("q.T", ["width", "token"], [false, true]), ("q @ k.T", ["", ""], [true, true]),
    ("softmax(q @ k.T / sqrt(24) + causal)", ["", ""], [true, true]), ("1 / q", ["token", "width"], [true, false]),
    ("softmax(q @ k.T) @ q", ["", "width"], [true, false]), ("(q @ k.T).rowSums", [""], [true]),
    ("q.sum(axis: 1)", ["token"], [true]), ("q.permuted(1, 0)", ["width", "token"], [false, true]),
    ("q.reshaped(2, -1)", ["", ""], [false, false]), ("r[\"layers.0.attention.query\"][.., 0, ..]", ["token", "width"], [true, false]),
    ("layerNorm(q)", ["token", "width"], [true, false]), ("tensor([[1, 2], [3, 4]]) @ q[0..<2]", ["", "width"], [false, false]),
    ("r[\"layers.0.attention.pattern\"][0]", ["query", "key"], [true, true]),
  ])
  func survive(_ expression: String, _ names: [String], _ hasTokens: [Bool]) throws {
    let found = try labels(expression)
    #expect(found.map(\.name) == names)
    #expect(found.map { $0.tokens == LabelTests.tokens } == hasTokens)
  }

  @Test func aRangeKeepsItsTokens() throws {
    #expect(try labels("q[1..<3]")[0].tokens == ["Once", "there"])
    #expect(try labels("(q @ k.T)[1..., ...2]").map(\.tokens.count) == [3, 3])
  }

  @Test func joinedTokensFollowEachOther() throws {
    #expect(try labels("concat([q[0..<1], q])")[0].tokens == ["<s>"] + LabelTests.tokens)
    #expect(try labels("concat([q[0..<1], ones(1, 24)])")[0].tokens == [])
  }

  @Test func tabShowsTheShapeThatTheNameGives() throws {
    let found = session.complete("r[\"layers.0.attention.quer", at: 25).candidates
    #expect(found.map(\.text) == ["layers.0.attention.query"])
    let shown = try session.evaluate("r[\"layers.0.attention.query\"].shape").value.description
    #expect(found.first?.summary == "[4×4×24]")
    #expect(shown == "[4, 4, 24]")
  }

  @Test func aRaisedFlagStopsProductsOfTensorsMadeHere() throws {
    #expect(session.run(cell: "let a = ones(8, 8)\nlet b = a.T + 1").failure == nil)
    flag.pointee = 1
    let value = try #require(session.variable("a"))
    let tensor = try #require(TensorObject.of(value))
    #expect(matmul(tensor.tensor, tensor.tensor).fault?.kind == .interrupted)
    flag.pointee = 0
    #expect(session.run(cell: "a @ b").text.hasPrefix("tensor [8×8] f32\n"))
  }

  @Test(arguments: [
    ("r.edit(\"layers.0.attention.patern\", by: { x in x })", "\"layers.0.attention.patern\"", "layers.0.attention.pattern"),
    ("r.edit(\"layers.*.attention.patern\", by: 0)", "\"layers.*.attention.patern\"", "layers.0.attention.pattern"),
    ("r.patch(\"logit\", from: r)", "\"logit\"", "logits"),
  ])
  func anEditThatAppliesNowhereSaysWhere(_ cell: String, _ marked: String, _ nearest: String) throws {
    let message = try #require(session.run(cell: cell).failure?.message)
    let mark = try #require(message.split(separator: "\n").last)
    #expect(mark.hasSuffix("did you mean '\(nearest)'?"))
    #expect(mark.filter { $0 == "^" || $0 == "~" }.count == marked.count)
  }

  @Test func showIsPlainWhereTheSessionIs() {
    session.isPlain = true
    #expect(session.run(cell: "show(causal)\nshow(causal, length: 3)\nprint(causal)").text == """
      causal, 6 by 6: lower triangular, 21 of 36 open.
      causal, 3 by 3: lower triangular, 6 of 9 open.
      causal, 6 by 6: lower triangular, 21 of 36 open.

      """)
  }
}
