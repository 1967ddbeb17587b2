// What the kernel tests share: numbers that look random, weights in every format at odd addresses, and the instruction sets.
import CKernels
import Testing

/// A small generator (a linear congruence), so that a failing case comes back.
struct Numbers {
  var state: UInt64
  init(_ seed: Int) { state = UInt64(seed) &* 2_654_435_761 &+ 12345 }
  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 40) - (1 << 23)) / Float(1 << 23)
  }
  mutating func array(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}

let allTypes = [ORK_F32, ORK_F16, ORK_BF16]

/// Weights as they lie in a mapped file: at an address that is not a multiple of their size.
struct Weights {
  let type: ork_type
  let bytes: [UInt8]
  let values: [Float]                       // what the kernel must read

  init(_ numbers: [Float], _ type: ork_type) {
    self.type = type
    let size = type == ORK_F32 ? 4 : 2
    var narrow = [UInt8](repeating: 0, count: numbers.count * size)
    narrow.withUnsafeMutableBytes { ork_narrow(numbers, $0.baseAddress, type, Int64(numbers.count)) }
    bytes = [0xEE] + narrow
    values = switch type {
    case ORK_F16: numbers.map { Float(Float16($0)) }
    case ORK_BF16: numbers.map { Float(bitPattern: ($0.bitPattern + 0x7FFF + ($0.bitPattern >> 16 & 1)) & 0xFFFF_0000) }
    default: numbers
    }
  }

  func use<R>(_ body: (UnsafeRawPointer) -> R) -> R { bytes.withUnsafeBytes { body($0.baseAddress! + 1) } }
}

/// Runs the body once with every instruction set that the processor has; its name is given for the message.
func withEveryInstructionSet(_ body: (String) -> Void) {
  var seen: Set<String> = []
  defer { ork_limit_instructions(2) }
  for level in Int32(0)...2 {
    ork_limit_instructions(level)
    let name = String(cString: ork_instructions())
    if seen.insert(name).inserted { body(name) }
  }
}

/// The largest |a − b| / (1 + |b|); infinite where one is NaN and the other not.
func distance(_ a: [Float], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  var worst = 0.0
  for (x, y) in zip(a, b) {
    if Double(x) == y || (x.isNaN && y.isNaN) { continue }
    let d = abs(Double(x) - y) / (1 + abs(y))
    worst = max(worst, d.isNaN ? .infinity : d)
  }
  return worst
}

func bits(_ a: [Float]) -> [UInt32] { a.map(\.bitPattern) }
