/// How numbers are stored. Activations are always f32; weights are used in place in the type of their file.
public enum ElementType: String, Sendable, CaseIterable, Codable {
  case f32, f16, bf16

  /// Bytes of one element.
  public var width: Int { self == .f32 ? 4 : 2 }
}
