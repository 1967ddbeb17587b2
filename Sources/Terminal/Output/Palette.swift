// Two scales of colour for numbers: one from nothing to much, one through zero. Both are ordered in lightness, so they
// survive a grey printer and common kinds of colour blindness.

public enum Palette: Sendable {
  /// From dark to light: patterns, probabilities, sizes.
  case sequential
  /// Blue below, white at, red above the middle: scores, differences, weights.
  case diverging

  /// The colour at `part`, 0…1.
  public func colour(_ part: Double) -> Colour {
    let stops = self == .sequential ? Palette.viridis : Palette.blueRed
    let place = min(max(part, 0), 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    return stops[index].mixed(with: stops[index + 1], place - Double(index))
  }

  /// Viridis (van der Walt and Smith 2015), at nine places.
  private static let viridis: [Colour] = [
    0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725,
  ].map { Colour(hex: $0) }

  /// ColorBrewer's RdBu (Brewer 2003), from blue to red.
  private static let blueRed: [Colour] = [
    0x2166AC, 0x4393C3, 0x92C5DE, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xF4A582, 0xD6604D, 0xB2182B,
  ].map { Colour(hex: $0) }
}
