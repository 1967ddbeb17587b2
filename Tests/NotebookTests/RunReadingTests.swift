// What is read off a run is no part of it.

import Testing

@testable import Notebook

@Suite struct RunReadingTests {
  @Test func lookingAddsNoStep() {
    let session = ShippedLessonTests.session()
    _ = session.run(cell: "let r = model(\"stories\").run(\"Once there was\")")
    let steps = session.run(cell: "r.steps").text
    for look in ["r", "r.next(top: 2)", "r.lens()", "r[\"layers.0.attention.pattern\"][head: 0] * 2", "r.logits[0] + 1", "r.ablate(layer: 0, head: 0).difference(from: r)", "r.gradients(target: \"a\")"] {
      #expect(session.run(cell: look).failure == nil, "\(look)")
      #expect(session.run(cell: "r.steps").text == steps, "\(look)")
    }
  }

  @Test func anEditOfAnEndIsRefused() {
    let session = ShippedLessonTests.session()
    _ = session.run(cell: "let r = model(\"lstm-stories\").run(\"Once there was\")")
    let refused = session.run(cell: "r.edit(\"layers.0.mixer.decay\", by: { x in x * 0 })").failure
    #expect(refused?.message.contains("cannot be changed: each token's is used before the next one's is made") == true, "\(String(describing: refused))")
    let state = session.run(cell: "model(\"rwkv-stories\").run(\"Once there was\").edit(\"layers.1.mixer.state\", by: { x in x * 0 })").failure
    #expect(state?.message.contains("this run reads no further one") == true, "\(String(describing: state))")
  }
}
