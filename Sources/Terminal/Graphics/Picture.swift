// Pixels, from and to PNG (ISO/IEC 15948). Reading covers what drawing libraries write: eight bits, no interlacing. Writing
// stores without compression, because it goes to a terminal and not to a disk.

public struct Picture: Equatable, Sendable {
  public let width: Int
  public let height: Int
  /// Red, green, blue and alpha of each pixel, row by row.
  public let rgba: [UInt8]

  public init(width: Int, height: Int, rgba: [UInt8]) {
    precondition(rgba.count == width * height * 4, "four bytes a pixel")
    self.width = width
    self.height = height
    self.rgba = rgba
  }

  /// Width and height that a PNG file's header tells, or nil if it is none.
  public static func size(ofPNG data: [UInt8]) -> (width: Int, height: Int)? {
    guard data.count >= 33, data.starts(with: signature), Array(data[12..<16]) == Array("IHDR".utf8) else { return nil }
    let (width, height) = (number(data, 16), number(data, 20))
    return width > 0 && height > 0 && width <= 1 << 15 && height <= 1 << 15 ? (width, height) : nil
  }

  /// The pixels of a PNG file; nil if it is damaged, interlaced, or not of eight bits.
  public init?(png data: [UInt8]) {
    guard let (width, height) = Picture.size(ofPNG: data), data[24] == 8, data[28] == 0 else { return nil }
    let channels: Int
    switch data[25] {
    case 0, 3: channels = 1
    case 2: channels = 3
    case 4: channels = 2
    case 6: channels = 4
    default: return nil
    }
    var compressed: [UInt8] = []
    var palette: [UInt8] = []
    var place = 8
    while place + 12 <= data.count {
      let length = Picture.number(data, place)
      guard length <= data.count - place - 12 else { return nil }
      let body = data[(place + 8)..<(place + 8 + length)]
      switch String(decoding: data[(place + 4)..<(place + 8)], as: UTF8.self) {
      case "IDAT": compressed += body
      case "PLTE": palette = Array(body)
      default: break
      }
      place += 12 + length
    }
    let stride = width * channels
    guard let lines = Inflate.zlib(compressed, limit: (stride + 1) * height), lines.count == (stride + 1) * height else { return nil }
    guard let bytes = Picture.unfiltered(lines, stride: stride, height: height, channels: channels) else { return nil }
    var rgba: [UInt8] = []
    rgba.reserveCapacity(width * height * 4)
    for pixel in Swift.stride(from: 0, to: bytes.count, by: channels) {
      switch data[25] {
      case 3:
        let entry = Int(bytes[pixel]) * 3
        guard entry + 2 < palette.count else { return nil }
        rgba += palette[entry...(entry + 2)] + [255]
      case 0: rgba += [bytes[pixel], bytes[pixel], bytes[pixel], 255]
      case 4: rgba += [bytes[pixel], bytes[pixel], bytes[pixel], bytes[pixel + 1]]
      case 2: rgba += [bytes[pixel], bytes[pixel + 1], bytes[pixel + 2], 255]
      default: rgba += bytes[pixel...(pixel + 3)]
      }
    }
    self.init(width: width, height: height, rgba: rgba)
  }

  /// The picture as a PNG file.
  public var png: [UInt8] {
    var raw: [UInt8] = []
    for row in 0..<height { raw += [0] + rgba[row * width * 4..<(row + 1) * width * 4] }
    var stream: [UInt8] = [0x78, 0x01]
    var place = 0
    repeat {
      let count = min(65_535, raw.count - place)
      stream += [place + count == raw.count ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8 & 255)]
      stream += raw[place..<place + count]
      place += count
    } while place < raw.count
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in raw { (a, b) = ((a + UInt32(byte)) % 65_521, (b + (a + UInt32(byte)) % 65_521) % 65_521) }
    stream += Picture.bytes(Int(b << 16 | a))
    let header = Picture.bytes(width) + Picture.bytes(height) + [8, 6, 0, 0, 0]
    return Picture.signature + Picture.chunk("IHDR", header) + Picture.chunk("IDAT", stream) + Picture.chunk("IEND", [])
  }

  /// No wider than `limit` pixels: each new pixel is the mean of those it covers.
  func shrunk(toWidth limit: Int) -> Picture {
    guard width > limit, limit > 0 else { return self }
    let newHeight = max(1, height * limit / width)
    var result: [UInt8] = []
    result.reserveCapacity(limit * newHeight * 4)
    for row in 0..<newHeight {
      let ys = row * height / newHeight..<max((row + 1) * height / newHeight, row * height / newHeight + 1)
      for column in 0..<limit {
        let xs = column * width / limit..<(column + 1) * width / limit
        var sums = (0, 0, 0, 0)
        for y in ys {
          for x in xs {
            let pixel = (y * width + x) * 4
            sums.0 += Int(rgba[pixel])
            sums.1 += Int(rgba[pixel + 1])
            sums.2 += Int(rgba[pixel + 2])
            sums.3 += Int(rgba[pixel + 3])
          }
        }
        let count = ys.count * xs.count
        result += [UInt8(sums.0 / count), UInt8(sums.1 / count), UInt8(sums.2 / count), UInt8(sums.3 / count)]
      }
    }
    return Picture(width: limit, height: newHeight, rgba: result)
  }

  // MARK: PNG

  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private static func number(_ data: [UInt8], _ place: Int) -> Int { data[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }

  private static func bytes(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + body
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in named {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return bytes(body.count) + named + bytes(Int(~crc))
  }

  /// Undoes the five filters of PNG (section 9 of the standard).
  private static func unfiltered(_ lines: [UInt8], stride: Int, height: Int, channels: Int) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: stride * height)
    for row in 0..<height {
      let filter = lines[row * (stride + 1)]
      for column in 0..<stride {
        let value = lines[row * (stride + 1) + 1 + column]
        let place = row * stride + column
        let left = column >= channels ? result[place - channels] : 0
        let up = row > 0 ? result[place - stride] : 0
        let corner = row > 0 && column >= channels ? result[place - stride - channels] : 0
        switch filter {
        case 0: result[place] = value
        case 1: result[place] = value &+ left
        case 2: result[place] = value &+ up
        case 3: result[place] = value &+ UInt8((Int(left) + Int(up)) / 2)
        case 4: result[place] = value &+ paeth(left, up, corner)
        default: return nil
        }
      }
    }
    return result
  }

  private static func paeth(_ left: UInt8, _ up: UInt8, _ corner: UInt8) -> UInt8 {
    let guess = Int(left) + Int(up) - Int(corner)
    let (a, b, c) = (abs(guess - Int(left)), abs(guess - Int(up)), abs(guess - Int(corner)))
    return a <= b && a <= c ? left : b <= c ? up : corner
  }
}
