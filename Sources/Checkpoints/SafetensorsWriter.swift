import Files

extension Safetensors {
  /// A tensor to be written: its numbers as little-endian, row-major bytes.
  public struct Part {
    public let name: String
    public let dtype: SafetensorsType
    public let shape: [Int]
    public let bytes: UnsafeRawBufferPointer

    public init(_ name: String, _ dtype: SafetensorsType, _ shape: [Int], _ bytes: UnsafeRawBufferPointer) {
      (self.name, self.dtype, self.shape, self.bytes) = (name, dtype, shape, bytes)
    }
  }

  /// Writes a file that the reference library reads: the same parts give the same bytes, and the path holds the old file
  /// or the whole new one. As the reference does, wider types come first and names are in order within a type, so that
  /// every tensor is aligned to its width. Throws `FileFailure`; a part whose bytes do not fit its shape is the
  /// programmer's error.
  public static func write(
    _ path: String, _ parts: [Part], metadata: [(String, String)] = []
  ) throws(FileFailure) {
    let (header, parts) = laidOut(parts, metadata)
    try AtomicFile.write(path) { (file) throws(FileFailure) in
      try pieces(header, parts) { (bytes) throws(FileFailure) in try file.append(bytes) }
    }
  }

  /// Writes the same bytes to a descriptor, such as a pipe: not whole or not at all, since a pipe cannot take back.
  /// - Parameter name: what messages call it.
  public static func write(descriptor: CInt, name: String, _ parts: [Part], metadata: [(String, String)] = []) throws(FileFailure) {
    let (header, parts) = laidOut(parts, metadata)
    try pieces(header, parts) { (bytes) throws(FileFailure) in try FileFailure.write(bytes, to: descriptor, name) }
  }

  private static func pieces(
    _ header: [UInt8], _ parts: [Part], _ append: (UnsafeRawBufferPointer) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    var length = UInt64(header.count).littleEndian
    try withUnsafeBytes(of: &length) { (bytes) throws(FileFailure) in try append(bytes) }
    try header.withUnsafeBufferPointer { (bytes) throws(FileFailure) in try append(UnsafeRawBufferPointer(bytes)) }
    for part in parts { try append(part.bytes) }
  }

  /// The header, and the parts in the order in which their bytes follow it.
  private static func laidOut(_ given: [Part], _ metadata: [(String, String)]) -> (header: [UInt8], parts: [Part]) {
    let parts = given.sorted {
      $0.dtype.width == $1.dtype.width ? ByteString($0.name) < ByteString($1.name) : $0.dtype.width > $1.dtype.width
    }
    var members: [(String, JSONTree)] = []
    if !metadata.isEmpty {
      members.append(("__metadata__", .object(metadata.map { ($0, .string($1)) })))
    }
    var offset = 0
    for part in parts {
      precondition(
        part.shape.reduce(part.dtype.width, *) == part.bytes.count,
        "\(part.name): \(part.bytes.count) bytes for \(part.shape) of \(part.dtype.rawValue)")
      members.append((part.name, .object([
        ("dtype", .string(part.dtype.rawValue)), ("shape", .ints(part.shape)),
        ("data_offsets", .ints([offset, offset + part.bytes.count])),
      ])))
      offset += part.bytes.count
    }
    var header = JSON.encodeBytes(.object(members))
    while header.count % 8 != 0 { header.append(0x20) }
    return (header, parts)
  }
}
