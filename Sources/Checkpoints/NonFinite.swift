/// Finding a NaN or an infinity among the numbers of a checkpoint, on request: it reads every byte.
extension SafetensorsEntry {
  /// Index (row-major) and value of the first number that is not finite; nil if all are, or if the type has none such.
  ///
  /// A floating-point number is infinite or NaN when all bits of its exponent are set, so whole blocks are tested with
  /// integer arithmetic that the compiler vectorises; F8_E4M3 has no infinities and one NaN in each sign.
  public var firstNonFinite: (index: Int, value: Float)? {
    switch dtype {
    case .f32: find(UInt32.self, mask: 0x7F80_0000) { Float(bitPattern: $0) }
    case .f16: find(UInt16.self, mask: 0x7C00) { $0 & 0x3FF != 0 ? .nan : $0 >> 15 == 1 ? -.infinity : .infinity }
    case .bf16: find(UInt16.self, mask: 0x7F80) { Float(bitPattern: UInt32($0) << 16) }
    case .f64: find(UInt64.self, mask: 0x7FF0_0000_0000_0000) { Float(Double(bitPattern: $0)) }
    case .f8e5m2: find(UInt8.self, mask: 0x7C) { $0 & 3 != 0 ? .nan : $0 >> 7 == 1 ? -.infinity : .infinity }
    case .f8e4m3: find(UInt8.self, mask: 0x7F) { _ in .nan }
    default: nil
    }
  }

  private func find<Bits: FixedWidthInteger & UnsignedInteger>(
    _: Bits.Type, mask: Bits, _ value: (Bits) -> Float
  ) -> (index: Int, value: Float)? {
    let bytes = bytes
    let count = count
    let width = MemoryLayout<Bits>.size
    let block = 4096
    var start = 0
    while start < count {
      let end = min(start + block, count)
      var hits: Bits = 0
      for i in start..<end {
        let bits = bytes.loadUnaligned(fromByteOffset: i * width, as: Bits.self) & mask
        hits |= bits == mask ? 1 : 0
      }
      if hits != 0 {
        for i in start..<end {
          let bits = bytes.loadUnaligned(fromByteOffset: i * width, as: Bits.self)
          if bits & mask == mask { return (i, value(bits)) }
        }
      }
      start = end
    }
    return nil
  }
}
