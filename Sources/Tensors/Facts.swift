// What can be said of all numbers of a tensor in one pass: for printing, never for computing.

extension Tensor {
  /// Range and average of the finite numbers, and whether they are those of a mask.
  public struct Facts: Sendable {
    /// How many numbers are finite.
    public var finite = 0
    public var low = Float.infinity, high = -Float.infinity, mean = Float.nan
    /// Nothing but 0 and −∞, and some −∞.
    public var isMask = false
  }

  public var facts: Facts { facts(until: nil) }

  /// - Parameter stop: a flag that ends the pass; the facts are those of a part then.
  public func facts(until stop: UnsafeMutablePointer<Int32>?) -> Facts {
    guard storage != nil, count > 0 else { return Facts() }
    let whole = materialised(until: stop), count = count
    var facts = Facts(), sum = 0.0
    // A matrix at the prompt may have tens of millions of numbers: sixteen at a time, and their sum in parts of 65,536.
    typealias Lanes = SIMD16<Float>
    var low = Lanes(repeating: .infinity), high = Lanes(repeating: -.infinity), part = Lanes(), position = 0
    var finite = SIMD16<Int32>(), closed = SIMD16<Int32>(), zero = SIMD16<Int32>()
    let one = SIMD16<Int32>(repeating: 1), none = SIMD16<Int32>()
    func flush() { sum += (0..<16).reduce(0) { $0 + Double(part[$1]) }; part = Lanes() }
    while position < count {
      let left = count - position
      var x = Lanes(repeating: .nan)
      if left >= 16 {
        x = UnsafeRawPointer(whole.pointer + position).loadUnaligned(as: Lanes.self)
      } else {
        for lane in 0..<left { x[lane] = whole.pointer[position + lane] }
      }
      let isFinite = (x - x) .== Lanes()  // ∞ − ∞ and NaN − NaN are NaN
      low.replace(with: x, where: isFinite .& (x .< low))
      high.replace(with: x, where: isFinite .& (x .> high))
      part += Lanes().replacing(with: x, where: isFinite)
      finite &+= none.replacing(with: one, where: isFinite)
      zero &+= none.replacing(with: one, where: x .== Lanes())
      closed &+= none.replacing(with: one, where: x .== Lanes(repeating: -.infinity))
      position += 16
      if position & 0xFFFF == 0 {
        flush()
        if let stop, stop.pointee != 0 { break }
      }
    }
    flush()
    facts.finite = Int(finite.wrappedSum())
    let infinite = Int(closed.wrappedSum())
    let zeros = Int(zero.wrappedSum())
    (facts.low, facts.high) = (low.min(), high.max())
    if facts.finite > 0 { facts.mean = Float(sum / Double(facts.finite)) }
    facts.isMask = infinite > 0 && zeros + infinite == count
    return facts
  }
}
