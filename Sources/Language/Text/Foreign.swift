/// Names that people bring from Python and its libraries: what is written here in their place. Signs and keywords are in ParserForeign.swift.

enum Foreign {
  /// For a function that does not exist.
  static func function(_ name: String) -> String? { functions[name] ?? variable(name) }

  static func variable(_ name: String) -> String? {
    if let instead = names[name] { return instead }
    return modules.contains(name) ? "its functions are here without a prefix: softmax(x), zeros(2, 3)" : nil
  }

  /// For a member that a value does not have.
  static func member(_ name: String, of type: String) -> String? {
    members[name] ?? (["Tensor", "Mask", "List", "String"].contains { type.hasPrefix($0) } ? shapes[name] : nil)
  }

  static let labels = ["dim": "axis", "dims": "axis", "n_heads": "heads", "num_layers": "layers"]

  private static let modules: Set<String> = ["np", "numpy", "torch", "tf", "jnp", "jax", "F", "nn", "math", "scipy", "sp", "mx", "einops"]
  private static let names = [
    "True": "write true", "False": "write false", "None": "write nil", "self": "there are no classes; functions take what they need",
    "plt": "write show(x)", "pass": "an empty body is { }", "inf": "write .infinity",
  ]
  private static let functions = [
    "len": "write x.count, or x.shape for a tensor", "range": "write 0..<n", "str": "write String(x)", "int": "write Int(x)",
    "float": "write Double(x)", "list": "a list is written [a, b]", "dict": "a dictionary is written [\"a\": 1]", "tuple": "a list is written [a, b]",
    "set": "a list is written [a, b]", "enumerate": "write xs.enumerated()", "sorted": "write xs.sorted()", "reversed": "write xs.reversed()",
    "filter": "write xs.filter { x in … }", "map": "write xs.map { x in … }", "reduce": "write xs.reduce(0) { sum, x in … }",
    "isinstance": "write type(x) == \"Tensor\"", "input": "write let x = …", "open": "write model(\"PATH\") for a model",
    "dir": ":vars lists your variables, and :doc NAME what a value can do", "array": "write tensor([1, 2])", "ndarray": "write tensor([1, 2])",
    "matmul": "write a @ b", "dot": "write a @ b", "einsum": "write a @ b, with .T where axes are exchanged",
    "cat": "write concat([a, b])", "randn": "write random(2, 3)", "rand": "write random(2, 3)", "println": "write print(x)",
    "printf": "write print(x)", "echo": "write print(x)", "Linear": "write decoder(…); :doc decoder",
  ]
  private static let shapes = [
    "size": "write .shape for its sizes, .count for how many numbers", "len": "write .count", "length": "write .count", "dtype": "every tensor holds 32-bit numbers",
    "item": "write x[0], or sum(x): one number is a number already", "ndim": "write .rank", "dim": "write .rank", "transpose": "write .T", "t": "write .T",
    "permute": "write .T", "view": "write .reshaped(…), or x[0..., 0]", "reshape": "write .reshaped(…)", "append": "variables do not change; write xs + [x]",
    "extend": "variables do not change; write xs + ys", "tolist": "write .values", "numpy": "write .values", "index": "write .firstIndex", "format": "write \"\\(x)\"",
    "var": "write mean(x * x) - mean(x) ** 2", "std": "write sqrt(mean(x * x) - mean(x) ** 2)", "strip": "write .split", "lower": "write .lowercased",
  ]
  private static let members = [
    "detach": "leave it out: nothing is recorded unless you ask for gradients", "cpu": "leave it out: all is on the processor", "cuda": "leave it out: all is on the processor",
    "to_device": "leave it out: all is on the processor", "clone": "leave it out: values do not change", "copy": "leave it out: values do not change",
    "eval": "leave it out: a model that runs is not in training", "forward": "write .run(text)", "backward": "write .gradients()",
    "encode": "write .tokenize(text)", "state_dict": "write .parameters", "named_parameters": "write .parameters",
  ]
}
