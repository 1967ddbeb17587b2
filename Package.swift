// swift-tools-version: 6.0
import PackageDescription

// Debug builds optimise the numeric targets as well: without it a forward is twenty times slower and
// `swift test` with it. (`unsafeFlags` are allowed because Orrery is a root package.)
let optimisedC: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=off"])]
// Release builds do without the run-time checks of exclusive access there (debug builds keep them): a tenth of an operation's bookkeeping.
let optimised: [SwiftSetting] = [
  .unsafeFlags(["-O"], .when(configuration: .debug)),
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
let unchecked: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

let package = Package(
  name: "orrery",
  products: [
    .executable(name: "orrery", targets: ["orrery"]),
    .executable(name: "orrery-draw", targets: ["orrery-draw"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    // C and system libraries
    .target(name: "CKernels", cSettings: optimisedC),
    .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
    .systemLibrary(name: "CGraphviz", pkgConfig: "libgvc", providers: [.apt(["libgraphviz-dev"])]),
    .systemLibrary(name: "CMarkdown", providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),

    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),

    // The house: arrows are imports, no others (Docs/architecture.md)
    .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: optimised),
    .target(name: "Files", swiftSettings: optimised),
    .target(name: "Tokenizers", dependencies: ["Files"], swiftSettings: optimised),
    .target(name: "Language"),
    .target(name: "Terminal", dependencies: ["CReadline"]),
    .target(name: "Checkpoints", dependencies: ["Tensors", "Files"]),
    .target(name: "Blocks", dependencies: ["Tensors"], swiftSettings: unchecked),
    .target(name: "Models", dependencies: ["Blocks", "Checkpoints", "CKernels"]),
    .target(name: "Generation", dependencies: ["Blocks"]),
    .target(
      name: "Training",
      dependencies: ["Tensors", "CKernels", "Files", "Blocks", "Generation", "Models", "Checkpoints", "Tokenizers"], swiftSettings: unchecked),
    .target(name: "Diagrams", dependencies: ["Blocks", "Tensors"]),
    .target(name: "Lessons", dependencies: ["Language", "Files", "CMarkdown"]),
    .target(name: "Documents", dependencies: ["Lessons", "Diagrams", "CMarkdown", "CExpat"]),
    .target(
      name: "Notebook",
      dependencies: [
        "Tensors", "CKernels", "Files", "Tokenizers", "Language", "Checkpoints", "Blocks", "Models", "Generation",
        "Training", "Diagrams", "Lessons", "Documents",
      ]),
    .executableTarget(
      name: "orrery",
      dependencies: [
        "Notebook", "Training", "Terminal", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "orrery-draw", dependencies: ["CGraphviz"]),

    // Tests
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"]),
    .testTarget(name: "FilesTests", dependencies: ["Files"]),
    .testTarget(name: "TokenizersTests", dependencies: ["Tokenizers"]),
    .testTarget(name: "LanguageTests", dependencies: ["Language"]),
    .executableTarget(name: "echo-prompt", dependencies: ["Terminal"], path: "Tests/EchoPrompt"),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal", "echo-prompt"]),
    .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints"]),
    .testTarget(name: "ModelsTests", dependencies: ["Models", "Generation"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "Models", "Blocks", "Checkpoints", "Files", "Tensors", "CKernels"]),
    .testTarget(name: "DiagramsTests", dependencies: ["Diagrams", "Models", "Documents"], exclude: ["Expected"]),
    .testTarget(name: "LessonsTests", dependencies: ["Lessons", "Documents", "Diagrams"]),
    .testTarget(name: "NotebookTests", dependencies: ["Notebook"]),
    .testTarget(name: "CommandTests", dependencies: ["orrery", "orrery-draw", "fuzz"]),

    // Random inputs for all that reads what others wrote; `make fuzz SECONDS=600` runs it for long, the tests for a little while.
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Notebook", "Training", "Models", "Blocks", "Checkpoints", "Files", "Language", "Lessons", "Tensors", "Tokenizers",
      ],
      path: "Tests/Fuzz", exclude: ["Corpus"]),
  ]
)
