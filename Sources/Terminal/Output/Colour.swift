// A colour by its three components, and the nearest one that a terminal has.

/// sRGB, 0…255 each.
public struct Colour: Sendable, Hashable {
  public var red, green, blue: UInt8

  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  public init(hex: UInt32) {
    self.init(UInt8(hex >> 16 & 255), UInt8(hex >> 8 & 255), UInt8(hex & 255))
  }

  /// Between two colours; `part` from 0 to 1.
  public func mixed(with other: Colour, _ part: Double) -> Colour {
    func between(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Double(a) + (Double(b) - Double(a)) * part).rounded()) }
    return Colour(between(red, other.red), between(green, other.green), between(blue, other.blue))
  }

  /// The parameters of the SGR escape sequence, or nil without colour.
  func code(_ depth: Style.Depth, background: Bool) -> String? {
    let lead = background ? 48 : 38
    switch depth {
    case .none: return nil
    case .full: return "\(lead);2;\(red);\(green);\(blue)"
    case .indexed: return "\(lead);5;\(indexed)"
    case .sixteen:
      let nearest = Colour.basic.indices.min { distance(Colour.basic[$0]) < distance(Colour.basic[$1]) } ?? 7
      let first = nearest < 8 ? 30 + nearest : 90 + nearest - 8
      return String(first + (background ? 10 : 0))
    }
  }

  /// The nearest of the 6 × 6 × 6 cube and the 24 greys of xterm's palette.
  var indexed: Int {
    let levels: [UInt8] = [0, 95, 135, 175, 215, 255]
    func level(_ value: UInt8) -> Int { levels.indices.min { abs(Int(levels[$0]) - Int(value)) < abs(Int(levels[$1]) - Int(value)) } ?? 0 }
    let (r, g, b) = (level(red), level(green), level(blue))
    let cube = Colour(levels[r], levels[g], levels[b])
    let mean = (Int(red) + Int(green) + Int(blue)) / 3
    let step = min(max((mean - 8 + 5) / 10, 0), 23)
    let grey = Colour(UInt8(8 + 10 * step), UInt8(8 + 10 * step), UInt8(8 + 10 * step))
    return distance(grey) < distance(cube) ? 232 + step : 16 + 36 * r + 6 * g + b
  }

  private func distance(_ other: Colour) -> Int {
    let (r, g, b) = (Int(red) - Int(other.red), Int(green) - Int(other.green), Int(blue) - Int(other.blue))
    return 2 * r * r + 4 * g * g + 3 * b * b
  }

  /// xterm's sixteen.
  private static let basic: [Colour] = [
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
  ].map { Colour(hex: $0) }
}
