// Builders: named functions from checked arguments to parts of an architecture. One registry serves the language (its functions,
// their documentation and completion) and config.json (`"model_type": "orrery"`).

import Blocks
import Checkpoints

/// What a builder makes and what a parameter takes. A family adds a kind of its own by an extension.
public struct Kind: Hashable, Sendable {
  public let name: String
  public init(_ name: String) { self.name = name }

  /// An `Architecture`.
  public static let architecture = Kind("architecture")
  /// A `BlockMaker` of what lets tokens see each other: attention, a scan, a convolution.
  public static let mixer = Kind("mixer")
  /// A `BlockMaker` of what works on each token alone: a feed-forward, experts.
  public static let feedForward = Kind("feedForward")
  /// A `BlockMaker` of a norm.
  public static let norm = Kind("norm")
  /// A `PositionScheme`.
  public static let position = Kind("position")
  /// A `Mask`.
  public static let mask = Kind("mask")
  /// A `LayerPlan`: one layer of a stack that is not all alike.
  public static let layer = Kind("layer")
  /// A list of `LayerPlan`.
  public static let layers = Kind("layers")
  /// A `RoPE.Scaling`.
  public static let scaling = Kind("scaling")
  /// A `HeadPlan`: logits over the vocabulary.
  public static let head = Kind("head")
  /// An `ExtraPlan`: what else a model holds beside its head.
  public static let extra = Kind("extra")
}

/// What an argument may be.
public indirect enum ArgumentType: Hashable, Sendable {
  case boolean
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  /// One of these words; of none: any text.
  case text([String])
  case list(of: ArgumentType)
  /// What another builder makes.
  case made(Kind)
  case either([ArgumentType])

  /// Widths, vocabularies, lengths: far above every published model.
  public static let size = ArgumentType.integer(Configuration.sizes)
  public static let heads = ArgumentType.integer(1...65_536)
  public static let layers = ArgumentType.integer(1...10_000)
  public static let experts = ArgumentType.integer(1...65_536)
  public static let factor = ArgumentType.number(-1e6...1e6)

  /// What another builder makes, or `none()`: nothing stands there. A parameter that is not of this type refuses `none()`.
  public static func orNone(_ kind: Kind) -> ArgumentType { .either([.made(kind), .made(.nothing)]) }
  /// What lets tokens see each other: one mixer, several that read the same stream, or none.
  public static let mixers = ArgumentType.either([.made(.mixer), .list(of: .made(.mixer)), .made(.nothing)])
}

/// A parameter of a builder.
public struct BuilderParameter: Sendable {
  public let name: String
  /// Whether the name is written at the call: `heads: 8`, but `experts(8, …)`.
  public let isLabelled: Bool
  public let type: ArgumentType
  /// What it is if it is left out; nil: it must be given, or may be missing if it is optional.
  public let initial: Recipe.Value?
  public let isOptional: Bool
  /// One line.
  public let about: String

  /// A parameter without a label that must be given, unless it has a default.
  public static func value(_ name: String, _ type: ArgumentType, default initial: Recipe.Value? = nil, _ about: String) -> Self {
    Self(name: name, isLabelled: false, type: type, initial: initial, isOptional: false, about: about)
  }
  /// A parameter with a label that must be given, unless it has a default.
  public static func labelled(_ name: String, _ type: ArgumentType, default initial: Recipe.Value? = nil, _ about: String) -> Self {
    Self(name: name, isLabelled: true, type: type, initial: initial, isOptional: false, about: about)
  }
  /// A parameter with a label that may be missing: what then is, the line says.
  public static func optional(_ name: String, _ type: ArgumentType, _ about: String) -> Self {
    Self(name: name, isLabelled: true, type: type, initial: nil, isOptional: true, about: about)
  }
}

/// A builder.
public struct Builder: Sendable {
  public let name: String
  public let makes: Kind
  public let parameters: [BuilderParameter]
  /// One line, as `:doc` shows it.
  public let about: String
  /// A call that works, as `:doc` shows it.
  public let example: String
  /// Whether the language has a function of this name; what has no function there is said by other means (masks, methods of a model).
  public var isFunction: Bool { makes != .mask && !example.isEmpty }
  /// Makes the value: of what type, `makes` says. The arguments have passed the parameters' types and ranges.
  /// What does not fit together is `BuildFailure.contradiction` where there is no shape to tell, or else a block that cannot run: see `Unfit`.
  public let make: @Sendable (BuilderArguments) throws -> any Sendable

  public init(
    _ name: String, makes: Kind, _ parameters: [BuilderParameter] = [], _ about: String, example: String = "",
    make: @escaping @Sendable (BuilderArguments) throws -> any Sendable
  ) {
    (self.name, self.makes, self.parameters, self.about, self.example, self.make) = (name, makes, parameters, about, example, make)
  }

  /// All builders, in the order in which `:help` lists them. A family adds its list here.
  public static let all: [Builder] =
    stacks + layerPlans + headPlans + attentions + latents + recurrents + stateSpaces + feedForwards + experts + norms + positions + scalings + masks + variations
      + noises + prefixes + classifiers

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  public static func named(_ name: String) -> Builder? { byName[name] }

  /// Names of the builders that make a kind.
  static func names(making kind: Kind?) -> [String] { all.filter { kind == nil || $0.makes == kind }.map(\.name) }
}
