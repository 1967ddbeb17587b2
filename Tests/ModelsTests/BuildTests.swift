// Architectures from builder calls: what they make, how they are written, and every way in which they can be wrong.

import Blocks
import Checkpoints
import Files
import Models
import Tensors
import Testing

private func recipe(_ text: String) throws -> Recipe { try Recipe(JSON.parse(Array(text.utf8), name: "recipe")) }

private let small = """
  {"decoder": {"layers": 4, "width": 64, "attention": {"grouped": {"heads": 8, "keyValue": 2}}, "position": {"rope": {}},
    "feedForward": {"swiglu": {"hidden": 172}}, "norm": {"rmsNorm": {}}, "vocabulary": 1000}}
  """

@Suite struct BuildTests {
  @Test func aDecoderCountsAsItsFormula() throws {
    let model = try recipe(small).architecture().proved()
    // embedding, then of each layer: query and output, key and value, three of the feed-forward, two norms; the last norm.
    #expect(model.parameterCount == 1000 * 64 + 4 * (2 * 64 * 64 + 2 * 16 * 64 + 3 * 64 * 172 + 2 * 64) + 64)
    #expect(Account(model, context: 16).bytesPerToken == 4 * 2 * 16 * 2)
  }

  @Test func recipesReadAsTheyAreWritten() throws {
    let made = try recipe(small)
    let again = try recipe(JSON.encode(made.json))
    #expect(made == again)
    #expect(made.description == """
      decoder(layers: 4, width: 64, attention: grouped(heads: 8, keyValue: 2), position: rope(), feedForward: swiglu(hidden: 172), \
      norm: rmsNorm(), vocabulary: 1000)
      """)
    for mask in [Mask.causal & .window(4), !.prefix(3) | .near(1), .chunked(2), .blockCausal(4), .padding([true, false]), .reverseCausal] {
      let call = try #require(mask.recipe)
      #expect(try call.make(.mask) as Mask == mask)
    }
  }

  @Test(arguments: Builder.all.filter { !$0.example.isEmpty }.map(\.name))
  func everyExampleOfTheRegistryWorks(_ name: String) throws {
    let builder = try #require(Builder.named(name))
    // The examples of the parts stand in a decoder; those of architectures run on outlines.
    let call = try parsed(builder.example)
    try call.check()
    switch builder.makes {
    case .architecture: _ = try call.architecture().proved()
    case .mixer, .feedForward, .norm, .position, .mask, .layers, .head, .prediction, .layer, .scaling, .extra:
      let places: [Kind: String] = [.mixer: "attention", .prediction: "predicting", .layer: "layers", .scaling: "position", .extra: "extras"]
      let value: Recipe.Value = switch builder.makes {
      case .layer: .call(Recipe("pattern", [.init("layers", .list([.call(call)]))]))
      case .scaling: .call(Recipe("rope", [.init("scaling", .call(call))]))
      case .extra: .list([.call(call)])
      default: .call(call)
      }
      var stack = Recipe("decoder", [.init("layers", .integer(2)), .init("width", .integer(64))])
      stack["attention"] = .call(Recipe("multiHead", [.init("heads", .integer(4))]))
      stack[places[builder.makes] ?? builder.makes.name] = value
      _ = try stack.architecture().proved()
    default: break
    }
  }

  @Test func arrangementsAndSharingRun() throws {
    for arrangement in ["pre", "post", "sandwich", "deepNorm", "parallel"] {
      for position in ["none", "rope", "learned", "sinusoidal", "relative", "alibi"] {
        let model = try recipe(
          "{\"decoder\": {\"layers\": 2, \"width\": 16, \"attention\": {\"multiHead\": {\"heads\": 2}}, \"position\": {\"\(position)\": {}}, \"arrangement\": \"\(arrangement)\", \"residualScale\": 0.5, \"vocabulary\": 20}}"
        ).architecture().proved()
        model.initialise(seed: 1)
        // Whole and token by token are the same.
        let run = Run(), whole = try model(Architecture.Input([[3, 1, 4, 1, 5]]), Run(keepsMemory: false))
        var last = Tensor(0)
        for id in [3, 1, 4, 1, 5] { last = try model(Architecture.Input([[id]]), run) }
        #expect(last.largestDifference(from: whole.slice(4..<5, axis: 1)) < 1e-5, "\(arrangement), \(position)")
      }
    }
    let shared = try recipe("{\"encoder\": {\"layers\": 6, \"width\": 16, \"attention\": {\"multiHead\": {\"heads\": 2}}, \"shared\": true}}")
    let one = try recipe("{\"encoder\": {\"layers\": 1, \"width\": 16, \"attention\": {\"multiHead\": {\"heads\": 2}}}}")
    #expect(try shared.architecture().parameterCount == one.architecture().parameterCount)
  }

  @Test func patternsDiffer() throws {
    let model = try recipe("""
      {"decoder": {"width": 16, "vocabulary": 20, "layers": {"pattern": {"layers": [
        {"multiHead": {"heads": 2, "window": 3}}, {"layer": {"mixer": {"grouped": {"heads": 4, "keyValue": 1}}, "feedForward": {"none": {}}}}], "repeat": 3}}}}
      """).architecture().proved()
    #expect(model.stacks[0].layers.layers.count == 6)
    let memory = Account(model, context: 32).memory
    #expect(memory.filter { $0.growth == .ring(3) }.count == 6)
    #expect(memory.filter { $0.growth == .everyToken }.count == 6)
    #expect(model.allParameters.contains { $0.path == "layers.0.feedForward.up.weight" })
    #expect(!model.allParameters.contains { $0.path == "layers.1.feedForward.up.weight" })
  }

  @Test func encoderDecodersCross() throws {
    let model = try recipe("""
      {"encoderDecoder": {"layers": 2, "decoderLayers": 3, "width": 16, "vocabulary": 20, "position": "relative", "attention": {"multiHead": {"heads": 2}}}}
      """).architecture().proved()
    #expect(model.family == .encoderDecoder)
    #expect(model.stacks.map { $0.layers.layers.count } == [2, 3])
    #expect(Account(model, context: 8).bytesPerSourceToken == 3 * 2 * 16 * 2)
    // One table of relative positions for each stack.
    #expect(model.allParameters.filter { $0.path.hasSuffix("relativeBias") }.count == 2)
  }

  // MARK: what is wrong

  @Test(arguments: [
    ("[1]", "a builder call is an object with one key, such as {\"rope\": {\"base\": 10000}}, not an array"),
    ("{\"decoder\": 4}", "decoder: the arguments are an object, not a number"),
    ("{\"decoder\": {\"layers\": null}}", "layers is null; leave it out instead"),
    ("{\"decodr\": {}}", "no builder is called 'decodr'; did you mean decoder?"),
    ("{\"rope\": {}}", "rope(…) does not make an architecture"),
    ("{\"decoder\": {\"layer\": 4}}", "decoder has no argument 'layer'; did you mean layers?"),
    ("{\"decoder\": {\"layers\": 4}}", "decoder: the argument 'width' is missing (width of the residual stream)"),
    ("{\"decoder\": {\"layers\": 4, \"width\": 8}}", "decoder: the argument 'attention' is missing (how tokens see each other; a pattern of layers may say it instead)"),
    ("{\"decoder\": {\"layers\": 4, \"width\": 0}}", "decoder: width must be a whole number between 1 and 16777216, not 0"),
    ("{\"decoder\": {\"layers\": -1, \"width\": 8}}", "decoder: layers must be a whole number between 1 and 10000, not -1"),
    ("{\"decoder\": {\"layers\": 4, \"width\": 8.5}}", "decoder: width must be a whole number between 1 and 16777216, not 8.5"),
    ("{\"decoder\": {\"layers\": 4, \"width\": \"8\"}}", "decoder: width must be a whole number between 1 and 16777216, not \"8\""),
    ("{\"decoder\": {\"layers\": 4, \"width\": 8, \"norm\": \"layerNrm\"}}", "no builder is called 'layerNrm'; did you mean layerNorm?"),
    ("{\"decoder\": {\"layers\": 4, \"width\": 8, \"norm\": {\"rope\": {}}}}", "decoder: norm must be a norm such as layerNorm(…), rmsNorm(…), not rope(…)"),
    ("{\"decoder\": {\"layers\": 4, \"width\": 8, \"arrangement\": \"prenorm\"}}", "decoder: arrangement must be one of \"pre\", \"post\", \"sandwich\", \"deepNorm\", \"parallel\", not \"prenorm\""),
    ("{\"decoder\": {\"layers\": 4, \"width\": 8, \"width\": 8}}", nil),
  ] as [(String, String?)])
  func everyMistakeIsOneLine(_ text: String, _ message: String?) throws {
    do {
      _ = try recipe(text).architecture().proved()
      Issue.record("\(text) was accepted")
    } catch let failure as BuildFailure {
      #expect(failure.description == message)
    } catch { #expect(message == nil, "\(error)") }
  }

  @Test(arguments: [
    ("{\"multiHead\": {\"heads\": 7}}", "split into heads in layers.0.attention: the width 64 must be a multiple of 7 heads (or give headWidth), got [1×2×64] and [7×9]"),
    ("{\"grouped\": {\"heads\": 8, \"keyValue\": 3}}", "group the heads in layers.0.attention: 8 query heads must share 3 key/value heads evenly, got [1×2×64] and [3×8]"),
    ("{\"multiHead\": {\"heads\": 8, \"headWidth\": 5, \"position\": {\"rope\": {}}}}", "rotate in layers.0.attention: rotary positions turn pairs: an even part of the head width 5, got [1×2×64] and [8×5]"),
  ])
  func sizesThatDoNotFitNameThePartAndBothShapes(_ attention: String, _ message: String) throws {
    let model = try recipe("{\"decoder\": {\"layers\": 2, \"width\": 64, \"attention\": \(attention)}}").architecture()
    do {
      _ = try model.proved()
      Issue.record("it was accepted")
    } catch let fault as Fault { #expect(fault.description == message) }
  }

  @Test func aWidthOfItsOwnDoesNotFitTheStream() throws {
    let model = try recipe("""
      {"decoder": {"layers": 2, "width": 64, "attention": {"multiHead": {"heads": 8}}, "feedForward": {"swiglu": {"hidden": 172, "width": 48}}}}
      """).architecture()
    #expect {
      _ = try model.proved()
    } throws: { error in
      let fault = error as? Fault
      return fault?.part == "layers.0.feedForward" && fault?.description.contains("[1×2×64] and [172×48]") == true
    }
  }

  @Test func absurdSizesAreRefusedBeforeTheyCost() throws {
    for text in [
      "{\"decoder\": {\"layers\": 10000, \"width\": 16777216, \"vocabulary\": 16777216, \"attention\": {\"multiHead\": {\"heads\": 65536}}}}",
      "{\"decoder\": {\"layers\": {\"pattern\": {\"layers\": [{\"multiHead\": {\"heads\": 1}}, {\"multiHead\": {\"heads\": 1}}], \"repeat\": 10000}}, \"width\": 1}}",
    ] {
      #expect(throws: BuildFailure.self) { try recipe(text).architecture().proved() }
    }
    var deep = "{\"causal\": {}}"
    for _ in 0..<40 { deep = "{\"not\": {\"mask\": \(deep)}}" }
    #expect(throws: BuildFailure.tooDeep(32)) { try recipe(deep).make(.mask) as Mask }
  }
}

/// Reads a call as the language writes it: enough for the registry's examples, whose labels decide.
func parsed(_ text: String) throws -> Recipe {
  var rest = Substring(text)
  func skip() { rest = rest.drop { $0 == " " } }
  func value() throws -> Recipe.Value {
    skip()
    if rest.first == "\"" {
      rest.removeFirst()
      let word = rest.prefix { $0 != "\"" }
      rest = rest.dropFirst(word.count + 1)
      return .text(String(word))
    }
    if rest.first == "[" {
      rest.removeFirst()
      var items: [Recipe.Value] = []
      while rest.first != "]" {
        items.append(try value())
        skip()
        if rest.first == "," { rest.removeFirst() }
        skip()
      }
      rest.removeFirst()
      return .list(items)
    }
    let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_" }
    rest = rest.dropFirst(word.count)
    guard rest.first == "(" else {
      if let n = Int(word) { return .integer(n) }
      if let x = Double(word) { return .number(x) }
      return word == "true" || word == "false" ? .boolean(word == "true") : .call(Recipe(String(word)))
    }
    rest.removeFirst()
    var call = Recipe(String(word)), plain = 0
    let unlabelled = Builder.named(String(word))?.parameters.filter { !$0.isLabelled }.map(\.name) ?? []
    skip()
    while rest.first != ")" {
      let label = rest.prefix { $0.isLetter }
      if rest.dropFirst(label.count).first == ":" {
        rest = rest.dropFirst(label.count + 1)
        call[String(label)] = try value()
      } else {
        call[try #require(unlabelled.indices.contains(plain) ? unlabelled[plain] : nil)] = try value()
        plain += 1
      }
      skip()
      if rest.first == "," { rest.removeFirst() }
      skip()
    }
    rest.removeFirst()
    return .call(call)
  }
  guard case .call(let call) = try value() else { throw BuildFailure.notCall(text) }
  return call
}

@Suite struct LongOutlineTests {
  /// Masks and biases of a long text are never written out for an outline: what is counted here would be a terabyte.
  @Test(arguments: ["{\"alibi\": {}}", "{\"relative\": {}}", "{\"rope\": {}}", "{\"sinusoidal\": {}}"])
  func aLongTextCostsNothing(_ position: String) throws {
    let text = """
      {"decoder": {"layers": 2, "width": 16, "attention": {"multiHead": {"heads": 2, "mask": {"both": {"a": "causal", "b": {"not": {"mask": {"near": {"distance": 3}}}}}}}},
        "position": \(position), "context": 400000}}
      """
    let model = try Recipe(JSON.parse(Array(text.utf8), name: "recipe")).architecture().proved()
    let account = Account(model)
    #expect(account.context == 400_000)
    // Of each layer four projections, two products with 400,000 keys, the feed-forward; and the head.
    #expect(account.multiplicationsPerToken == 2 * (4 * 256 + 2 * 400_000 * 16 + 2 * 16 * 64) + 16 * 256)
  }
}
