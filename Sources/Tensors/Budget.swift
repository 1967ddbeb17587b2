// The budget: how much memory tensors may hold together. It is asked before anything is allocated, so that a result that is too large is a
// fault like that of a wrong shape, and the session goes on; without it the kernel would end the program.

#if canImport(Glibc)
import Glibc
#endif

/// Memory that owned storages may take together. Weights that are mapped from files do not count: the system drops their pages when it must.
public enum Budget {
  /// In bytes: what `ORRERY_MEMORY` says, or three quarters of the machine's memory.
  public static var limit: Int { Pool.shared.limit }

  /// Sets another limit.
  /// - Parameter text: a number of bytes, or one with a unit (powers of 1024): `8G`, `512M`, `1.5GiB`.
  /// - Returns: whether the text was understood.
  @discardableResult
  public static func set(_ text: String) -> Bool {
    guard let bytes = bytes(text) else { return false }
    Pool.shared.limit = bytes
    return true
  }

  static func bytes(_ text: String) -> Int? {
    var number = text.uppercased()
    for ending in ["IB", "B"] where number.hasSuffix(ending) && number.count > ending.count { number.removeLast(ending.count); break }
    let units: [Character: Double] = ["K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40]
    let unit = number.last.flatMap { units[$0] }
    if unit != nil { number.removeLast() }
    guard let value = Double(number), value > 0, value * (unit ?? 1) < 0x1p62 else { return nil }
    return Int(value * (unit ?? 1))
  }

  /// Three quarters of the machine's memory, or of what a container is given of it.
  static let share: Int = {
    var memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    if let file = fopen("/sys/fs/cgroup/memory.max", "r") {
      var line = [CChar](repeating: 0, count: 32)
      if fgets(&line, 32, file) != nil, case let given = atol(line), given > 0 { memory = min(memory, given) }
      fclose(file)
    }
    return max(memory / 4 * 3, 64 << 20)
  }()

  /// What is wrong with taking so many bytes more; nil: they are there.
  public static func refusal(of bytes: Int) -> Fault.Kind? {
    let used = Pool.shared.live.bytes, limit = limit
    return bytes <= limit - used ? nil : .memory(wanted: bytes, used: used, limit: limit)
  }

  /// Bytes of float32 tensors of these shapes; absurd ones stop at 2⁶².
  static func bytes(of shapes: some Sequence<Shape>) -> Int { shapes.reduce(0) { Cost.sum($0, Cost.product(4, $1.elementCount)) } }
}

extension Int {
  /// As a person reads bytes: `37.3 GiB`.
  public var asBytes: String {
    var value = Double(self), unit = 0
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    if unit == 0 { return "\(self) bytes" }
    let places = value >= 100 ? 1.0 : 10.0, rounded = (value * places).rounded() / places
    return "\(rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)) \(units[unit])"
  }
}
