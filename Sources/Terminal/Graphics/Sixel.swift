// Pixels as DEC sixels: bands of six rows, one colour after the other, at most 255 colours. Transparent pixels stay unpainted.

enum Sixel {
  static func encode(_ picture: Picture) -> String {
    let (palette, indices) = quantised(picture)
    var output = "\u{1B}P0;1;0q\"1;1;\(picture.width);\(picture.height)"
    for (index, colour) in palette.enumerated() {
      output += "#\(index);2;\(Int(colour.red) * 100 / 255);\(Int(colour.green) * 100 / 255);\(Int(colour.blue) * 100 / 255)"
    }
    for top in stride(from: 0, to: picture.height, by: 6) {
      let rows = top..<min(top + 6, picture.height)
      var bands: [Int: [UInt8]] = [:]
      for (bit, row) in rows.enumerated() {
        for column in 0..<picture.width {
          let index = indices[row * picture.width + column]
          guard index >= 0 else { continue }
          bands[index, default: [UInt8](repeating: 0, count: picture.width)][column] |= 1 << UInt8(bit)
        }
      }
      for (place, (index, band)) in bands.sorted(by: { $0.key < $1.key }).enumerated() {
        output += (place > 0 ? "$" : "") + "#\(index)" + runs(band)
      }
      output += "-"
    }
    return output + "\u{1B}\\"
  }

  /// Each sixel is a character from `?`; four or more of a kind are counted. Empty ones at the end are left out.
  private static func runs(_ band: [UInt8]) -> String {
    var result = ""
    var place = 0
    let end = (band.lastIndex { $0 != 0 } ?? -1) + 1
    while place < end {
      let value = band[place]
      let next = band[place..<end].firstIndex { $0 != value } ?? end
      let mark = String(Unicode.Scalar(63 + value))
      result += next - place > 3 ? "!\(next - place)\(mark)" : String(repeating: mark, count: next - place)
      place = next
    }
    return result
  }

  /// The commonest colours at five bits a channel, and the nearest of them for each pixel (−1: transparent).
  private static func quantised(_ picture: Picture) -> ([Colour], [Int]) {
    var counts: [UInt16: Int] = [:]
    var keys = [Int32](repeating: -1, count: picture.width * picture.height)
    for pixel in keys.indices where picture.rgba[pixel * 4 + 3] >= 128 {
      let key = UInt16(picture.rgba[pixel * 4] >> 3) << 10 | UInt16(picture.rgba[pixel * 4 + 1] >> 3) << 5 | UInt16(picture.rgba[pixel * 4 + 2] >> 3)
      counts[key, default: 0] += 1
      keys[pixel] = Int32(key)
    }
    let chosen = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(255).map(\.key)
    func component(_ key: UInt16, _ shift: UInt16) -> Int { Int(key >> shift & 31) }
    var places: [UInt16: Int] = [:]
    for key in counts.keys {
      places[key] = chosen.indices.min { a, b in distance(key, chosen[a]) < distance(key, chosen[b]) }
    }
    func distance(_ a: UInt16, _ b: UInt16) -> Int {
      [10, 5, 0].reduce(0) { $0 + (component(a, $1) - component(b, $1)) * (component(a, $1) - component(b, $1)) }
    }
    // Five bits widened to eight, so that white stays white.
    func wide(_ value: Int) -> UInt8 { UInt8(value << 3 | value >> 2) }
    let palette = chosen.map { Colour(wide(component($0, 10)), wide(component($0, 5)), wide(component($0, 0))) }
    return (palette, keys.map { $0 < 0 ? -1 : places[UInt16($0)] ?? 0 })
  }
}
