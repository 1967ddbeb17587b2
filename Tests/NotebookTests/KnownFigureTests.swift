// The figures of all known architectures: nothing stands on anything else, and diffusion models say what their loop does.

import Models
import Testing

@testable import Diagrams
@testable import Notebook

@Suite struct KnownFigureTests {
  private func architecture(_ name: String) throws -> Model { try OpenModel(name).model }

  @Test(arguments: [
    ("llada-8b", "keep the surest, mask the rest again", "masked diffusion"), ("bd3-lm", "then cache it, and on to the next", "block diffusion"),
    ("d3pm-uniform", "draw the words of a step less noise", "diffusion of words, uniform"),
    ("diffusion-lm", "a little less noise; at the end, words", "Gaussian diffusion of embeddings"),
    ("ar-diffusion", "left tokens are ahead of right ones", "Gaussian diffusion of embeddings"),
    ("rectified-flow", "x ← x + v/N; at the end, words", "rectified flow of embeddings"),
    ("ssd-lm", "project on ±K; blocks of 25", "diffusion on the simplex"),
  ])
  func diffusionModelsSayTheirLoop(_ name: String, _ loop: String, _ family: String) throws {
    let figure = Diagrams.Figure(model: try architecture(name).outline)
    #expect(figure.streams.compactMap(\.loop).map(\.subtitle) == [loop])
    #expect(figure.recipe.hasPrefix(family + " · "))
  }

  /// A denoiser that reads its whole canvas in every pass keeps nothing of its own: its insets draw no cache, whatever its mask; blocks that are finished are kept.
  @Test(arguments: [("ar-diffusion", ["cached, written once"]), ("bd3-lm", ["cached"]), ("llada-8b", []), ("llama-3-8b", ["cached"])])
  func whatIsKeptIsDrawn(_ name: String, _ caches: [String]) throws {
    let insets = Diagrams.Figure(model: try architecture(name).outline).insets.filter { $0.title.contains("attention") }
    let drawn = caches.allSatisfy { cache in insets.contains { "\($0.flow)".contains(cache) } }
    #expect(drawn && insets.count { "\($0.flow)".contains("cached") } == caches.count)
  }

  /// DeepSeek-V3's configuration names a module that the published class leaves out: the figure and the counts say so.
  @Test func whatIsLeftOutIsSaid() throws {
    let model = try architecture("deepseek-v3"), figure = Diagrams.Figure(model: model.outline)
    #expect(figure.recipe.hasSuffix("mixture of experts · multi-token prediction"))
    #expect(figure.ribbon?.note == "(and a module of multi-token prediction, not shown)")
    #expect(try InspectReport(model).text.contains("not counted           1 multi-token prediction module, which the published class leaves out"))
  }

  /// A layer whose norms the time scales is drawn as what it is made of, and finished blocks are cached.
  @Test func blockDiffusionIsOpened() throws {
    let figure = Diagrams.Figure(model: try architecture("bd3-lm").outline)
    let titles = figure.streams[0].boxes.map { $0.title.plain }
    #expect(titles.contains("Multi-head attention") && titles.contains("GELU feed-forward"))
    // The time goes to the norms and is no station of the stream.
    #expect(!titles.contains("Time embedding"))
    #expect(figure.facts.last?.exact == 36_864)
    #expect(figure.insets.map(\.title) == ["Inside attention", "Inside the feed-forward", "The time, to the norms of a layer"])
  }

  @Test func aPatternShowsItsExperts() throws {
    #expect(Set(Diagrams.Figure(model: try architecture("jamba").outline).insets.map(\.title)) == ["Inside Mamba", "Inside attention", "Inside the mixture of experts"])
  }

  /// Boxes of every known figure stand apart, and "× N" on none of them.
  @Test func nothingStandsOnAnythingElse() throws {
    for name in KnownArchitecture.names {
      let scene = FigureLayout.scene(Diagrams.Figure(model: try architecture(name).outline))
      let boxes = scene.shapes.filter { $0.outline == .rounded }
      for (index, box) in boxes.enumerated() {
        for other in boxes[(index + 1)...] { #expect(!overlap(box.rect, other.rect), "\(name): \(box.id) and \(other.id)") }
        for label in scene.labels where label.text.plain.hasPrefix("× ") {
          #expect(!overlap(box.rect, label.rect), "\(name): \(box.id) and \(label.text.plain)")
        }
      }
    }
  }

  private func overlap(_ a: Rect, _ b: Rect) -> Bool {
    min(a.right, b.right) - max(a.left, b.left) > 0.5 && min(a.top, b.top) - max(a.bottom, b.bottom) > 0.5
  }
}
