// Gradients at the prompt: looked up by name, gone through step by step, and what is refused, as a learner sees it.

import Testing

@testable import Notebook

@Suite struct GradientPromptTests {
  /// What the cells show, or the first line of the first error.
  private func shown(_ cells: String...) -> String {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    var text = ""
    for cell in cells {
      let result = session.run(cell: cell)
      if let failure = result.failure {
        let lines = failure.message.split(separator: "\n")
        return String(lines[0]) + (lines[lines.count - 1].range(of: "did you mean").map { " " + lines[lines.count - 1][$0.lowerBound...] } ?? "")
      }
      text += result.text
    }
    return text
  }

  private let run = "let r = stories.run(\"Once there was\")"

  @Test func ofAFunction() {
    #expect(shown("gradient(of: { x in (x * x).sum() }, at: tensor([1, 2, 3]))") == "∂x [3] f32\n2 4 6\n")
    #expect(shown("gradient(of: { x in sum(exp(x)) * 2 }, at: [0, 0])") == "∂x [2] f32\n2 2\n")
    #expect(shown("gradient(of: { x in mean(x) }, at: [1, 2, 3, 4])") == "∂x [4] f32\n0.250 0.250 0.250 0.250\n")
    #expect(shown("gradient(of: { x in -log(softmax(x)[1]) }, at: [2, 1, 0]) ≈ [0.66524096, -0.75527153, 0.09003057] ± 1e-6") == "true\n")
    // What the function holds besides counts as it is, on either side.
    #expect(shown("let w = tensor([[1, 2], [3, 4]])", "gradient(of: { x in (w @ x).sum() }, at: tensor([5, 6]))") == "∂x [2] f32\n4 6\n")
    #expect(shown("let x = tensor([3.0])", "gradient(of: { y in (x * y).sum() }, at: x)") == "∂x [1] f32\n3\n")
    #expect(shown("gradient(of: { x in x }, at: tensor(4))") == "1.0\n")
  }

  @Test func ofAFunctionStepByStep() {
    #expect(
      shown("let g = gradients(of: { x in (x * x).sum() }, at: tensor([1, 2]))", "g", "g.why", "g.step(3)", "g.to(\"x\")") == """
        gradients of the function, 5.0: by 1 tensor, 5 steps back
          longest: x 4.47214
        step 0 of 5: ∂reshape
          the gradient of reshape
          inputs: sum (forward step 2) [1], reshape (forward step 3) [], constant []
          output: [1]
        ∂reshape [1] f32
        1
        step 3 of 5: ∂multiply
          the gradient of a · b
          inputs: x [2], x [2], multiply (forward step 0) [2], step 2 (∂reshape) [2]
          output: [2]
          and: [2]
        ∂multiply [2] f32
        1 2
        step 4 of 5: add
          a + b
          inputs: step 3 (∂multiply) [2], step 3 (∂multiply) [2]
          output: ∂x [2]
        ∂x [2] f32
        2 4

        """)
  }

  @Test func ofARun() {
    #expect(
      shown(run, "let g = r.gradients()", "g.names.contains(\"layers.0.attention.pattern\")", "g.names.contains(\"layers.3.feedForward.down.weight\")", "g[\"layers.0.attention.pattern\"].axes",
        "g[\"layers.0.attention.pattern\"].shape == r[\"layers.0.attention.pattern\"].shape", "g[\"embedding.tokens\"].shape == stories.parameter(\"embedding.tokens\").shape")
        == "true\ntrue\n[\"head\", \"query\", \"key\"]\ntrue\ntrue\n")
    // The loss is the one that the model's score says.
    #expect(shown(run, "r.gradients().loss ≈ stories.score(\"Once there was\").loss ± 1e-5") == "true\n")
    // A token that has no loss sends no gradient: the last query of the last pattern.
    #expect(shown(run, "let p = r.gradients()[\"layers.3.attention.pattern\"]", "max(abs(p[0..., -1]))") == "0.0\n")
  }

  /// Along its own gradient a tensor raises the loss by the gradient's squared length.
  @Test func followsAnEdit() {
    for name in ["layers.1.attention.mixed", "layers.2.attention.pattern", "embedding", "layers.3.residual"] {
      let text = shown(
        run, "let n = r.gradients()[\"\(name)\"]", "func at(h) { r.edit(\"\(name)\", by: { x in x + n * h }).gradients().loss }",
        "let slope = (n * n).sum()", "let h = 0.02 / sqrt(slope)", "((at(h) - at(-h)) / (2 * h) - slope) / slope")
      #expect(abs(Double(text.dropLast()) ?? .infinity) < 0.01, "\(name): \(text)")
    }
  }

  @Test func flowsThroughEdits() {
    // Half of the embedding as an edit: by what stood before it the gradient is half of that by what stands behind.
    #expect(shown(
      run, "let g = r.edit(\"layers.0.attention.mixed\", by: { x in x * 0.5 }).gradients()", "max(abs(g[\"layers.0.attention.query.weight\"])) > 0") == "true\n")
    #expect(shown(run, "let g = r.ablate(layer: 0, head: 1).gradients()", "max(abs(g[\"layers.0.attention.pattern\"][1]))", "max(abs(g[\"layers.0.attention.pattern\"][0])) > 0") == "0.0\ntrue\n")
  }

  /// Taking gradients leaves the model as it was.
  @Test func leavesTheModelAlone() {
    #expect(shown(
      run, "let a = r.gradients()", "let b = r.gradients()", "a.loss == b.loss", "a[\"norm.weight\"] == b[\"norm.weight\"]", "stories.run(\"Once there was\").logits == r.logits",
      "r.step(3).index") == "true\ntrue\ntrue\n3\n")
  }

  @Test func ofOtherLosses() {
    #expect(shown(run, "r.gradients(target: \" a\").loss ≈ -log(softmax(r.logits)[-1, stories.tokenize(\" a\").ids[1]]) ± 1e-6") == "true\n")
    #expect(shown(run, "let g = r.gradients(of: { logits in logits[-1, 7] })", "g.loss ≈ r.logits[-1, 7] ± 1e-6", "sum(g[\"logits\"])", "g[\"logits\"][-1, 7]") == "true\n1.0\n1.0\n")
    #expect(shown("let r = blanks.run([3, 4, 5, 6])", "r.gradients(target: 7, position: 1)[\"logits\"].shape[0]") == "4\n")
    #expect(shown("let r = translator.run([3, 4, 5], decoder: [1, 6, 7])", "r.gradients().names.contains(\"encoder.output\")") == "true\n")
  }

  @Test func goneThrough() {
    let text = shown(run, "let g = r.gradients()", "g.to(\"layers.1.attention.pattern\")")
    #expect(text.contains("\n  output: ∂layers.1.attention.pattern [1×4×4×4]\n∂layers.1.attention.pattern [4×4×4] f32\n[head: 0]\n"))
    #expect(text.contains("∂reshape in layers.1.attention\n"))
    #expect(shown(run, "let g = r.gradients()", "g.to(\"∂layers.1.attention.pattern\").output == g[\"layers.1.attention.pattern\"]") == "true\n")
    #expect(shown(run, "let g = r.gradients()", "g.back()") == "error: this is the first step: nothing lies before it")
    #expect(shown(run, "let g = r.gradients()", "g.step(g.steps - 1)", "g.step()") == "error: this is the last step: the gradient ends here")
  }

  @Test func messages() {
    #expect(shown("gradient(of: { x in x }, at: tensor([1, 2]))") == "error: gradient's 'of' must give one number, and gives [2]; take its sum(), not func closure(_ x: Any)")
    #expect(shown("gradient(of: { x in 3 }, at: tensor([1, 2]))") == "error: gradient's 'of' must compute its number from the tensor that it is given, without taking single numbers out of it, not func closure(_ x: Any)")
    #expect(shown("gradient(of: { x in \"a\" }, at: tensor([1, 2]))") == "error: gradient's 'of' must give one number, not func closure(_ x: Any)")
    #expect(shown("gradient(of: { x in x.sum() }, at: [[1], [2, 3]])") == "error: gradient's 'at' must be a tensor, or lists of numbers of equal lengths, not [[1], [2, 3]]")
    #expect(shown("gradient(of: { x in (x + tensor([1, 2, 3])).sum() }, at: [1, 2])") == "error: add: the shapes must be equal, or 1 where they differ, got [2] and [3]")
    #expect(shown(run, "r.gradients()[\"layers.0.attention.patern\"]") == "error: there is no gradient by a tensor called 'layers.0.attention.patern' did you mean 'layers.0.attention.pattern'?")
    #expect(shown(run, "r.gradients().to(\"layers.0.attention.patern\")") == "error: no operation made a tensor called 'layers.0.attention.patern' did you mean 'layers.0.attention.pattern'?")
    #expect(shown(run, "r.gradients(target: \"xyzzy\")") == "error: gradients's 'target' must be a text of one token (these are 5: 'x', 'y', 'z', 'z', 'y'), not \"xyzzy\"")
    #expect(shown(run, "r.gradients(target: 100000)") == "error: the token id 100000 is outside of 0..<759")
    #expect(shown(run, "r.gradients(target: 3, position: 9)") == "error: position 9 is outside of 0..<4")
    #expect(shown(run, "r.gradients(of: { logits in 3 })") == "error: gradients's 'of' must compute its number from the logits, not func closure(_ logits: Any)")
    #expect(shown(run, "r.gradients(of: { logits in logits })") == "error: gradients's 'of' must give one number, such as { logits in logits[-1, 7] }, not func closure(_ logits: Any)")
    #expect(shown("stories.run([5]).gradients()") == "error: one token alone has no next token: say what it should predict, such as gradients(target: \"the\", position: 0)")
    #expect(shown("blanks.run([3, 4, 5]).gradients()").hasSuffix("predicts no next token: say what it should predict, such as gradients(target: \"the\", position: 2)"))
  }
}
