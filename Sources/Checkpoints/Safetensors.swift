import Files

/// One tensor of a safetensors file: where its numbers lie, in what type and shape. The numbers are not read.
public struct SafetensorsEntry: Sendable {
  public let name: String
  public let dtype: SafetensorsType
  /// Outermost axis first; empty for a single number.
  public let shape: [Int]
  /// Byte range of the numbers in the file.
  public let range: Range<Int>
  /// Keeps the bytes mapped.
  public let owner: MappedFile

  /// The numbers: little-endian, row-major, not necessarily aligned. Valid while `owner` is referenced.
  public var bytes: UnsafeRawBufferPointer { owner[range] }
  /// Path of the file.
  public var file: String { owner.path }
  public var count: Int { range.count / dtype.width }
}

/// A safetensors file: 8 bytes of header length, a JSON header, then the numbers of all tensors without gaps.
///
/// The whole header is checked before anything is used, by the rules of the reference library: every tensor's bytes are
/// inside the file, as many as its shape needs, and together they cover the data exactly once. Opening reads the header
/// only. Format: github.com/huggingface/safetensors, "Format".
public struct Safetensors: Sendable {
  public let file: MappedFile
  /// In the order of their bytes.
  public let entries: [SafetensorsEntry]
  /// `__metadata__`, texts only, in the order of the file.
  public let metadata: [(key: String, value: String)]

  static let headerLimit = 100_000_000
  static let limits = JSON.Limits(bytes: headerLimit, depth: 128, values: 4 << 20)

  public init(_ path: String) throws(CheckpointFailure) {
    do throws(FileFailure) { file = try MappedFile(path) } catch { throw .file(error) }
    let bytes = file.bytes
    if let format = ForeignFormat.of(bytes) { throw .foreign(file: path, format) }
    guard bytes.count >= 8 else { throw .tooShort(file: path, bytes: bytes.count) }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Safetensors.headerLimit) else { throw .headerTooLong(file: path, bytes: length) }
    let start = 8 + Int(length)
    guard start <= bytes.count else { throw .headerBeyondEnd(file: path, bytes: Int(length), of: bytes.count) }
    guard length > 0, bytes[8] == UInt8(ascii: "{") else { throw .noHeader(file: path) }
    let header: JSON
    do throws(JSON.Failure) {
      header = try JSON.parse(file[8..<start], name: path + " (header)", limits: Safetensors.limits)
    } catch { throw .json(error) }

    var entries: [SafetensorsEntry] = []
    var metadata: [(key: String, value: String)] = []
    for member in header.members ?? [] {
      if member.key == "__metadata__" {
        metadata = try Safetensors.metadata(member.value, path)
      } else {
        entries.append(try Safetensors.entry(member, file, start))
      }
    }
    // Sorted by where the bytes lie; empty tensors at the same place keep the order of the header.
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try Safetensors.checkCover(entries, start, file)
    self.entries = entries
    self.metadata = metadata
  }

  private static func metadata(_ json: JSON, _ path: String) throws(CheckpointFailure) -> [(key: String, value: String)] {
    if json.isNull { return [] }
    guard let members = json.members else { throw .badMetadata(file: path, key: nil) }
    var result: [(key: String, value: String)] = []
    for member in members {
      guard let text = member.value.string else { throw .badMetadata(file: path, key: member.key.string) }
      result.append((member.key.string, text))
    }
    return result
  }

  private static func entry(
    _ member: JSON.Member, _ file: MappedFile, _ start: Int
  ) throws(CheckpointFailure) -> SafetensorsEntry {
    let name = member.key.string
    func wrong(_ problem: CheckpointFailure.EntryProblem) -> CheckpointFailure {
      .badEntry(file: file.path, tensor: name, problem)
    }
    func field(_ key: ByteString) throws(CheckpointFailure) -> JSON {
      guard let value = member.value[key] else { throw wrong(.missingField(key.string)) }
      return value
    }
    func naturals(_ key: ByteString) throws(CheckpointFailure) -> [Int] {
      guard let items = try field(key).array else { throw wrong(.badNumbers(key.string)) }
      var numbers: [Int] = []
      numbers.reserveCapacity(items.count)
      for item in items {
        guard case .number(.integer(let n)) = item.value, n >= 0 else { throw wrong(.badNumbers(key.string)) }
        numbers.append(n)
      }
      return numbers
    }

    guard member.value.object != nil else { throw wrong(.notObject(found: member.value.kind)) }
    guard let typeName = try field("dtype").string else { throw wrong(.badType("")) }
    guard let dtype = SafetensorsType(rawValue: typeName) else { throw wrong(.badType(typeName)) }
    let shape = try naturals("shape")
    let offsets = try naturals("data_offsets")
    guard offsets.count == 2 else { throw wrong(.badOffsets(offsets)) }
    guard offsets[0] <= offsets[1] else { throw wrong(.badOffsets(offsets)) }
    let available = file.count - start
    guard offsets[1] <= available else { throw wrong(.outOfRange(offsets, available: available)) }

    var size = dtype.width
    for axis in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: axis)
      if overflow { throw wrong(.tooLarge(shape)) }
      size = product
    }
    guard size == offsets[1] - offsets[0] else {
      throw wrong(.wrongSize(shape, dtype, needs: size, has: offsets[1] - offsets[0]))
    }
    return SafetensorsEntry(
      name: name, dtype: dtype, shape: shape, range: start + offsets[0]..<start + offsets[1], owner: file)
  }

  /// Every byte of the data belongs to exactly one tensor.
  private static func checkCover(
    _ entries: [SafetensorsEntry], _ start: Int, _ file: MappedFile
  ) throws(CheckpointFailure) {
    var end = start
    var previous = ""
    for entry in entries {
      if entry.range.lowerBound < end { throw .overlap(file: file.path, entry.name, previous) }
      if entry.range.lowerBound > end {
        throw .hole(file: file.path, bytes: entry.range.lowerBound - end, before: entry.name)
      }
      (end, previous) = (entry.range.upperBound, entry.name)
    }
    if end < file.count { throw .excess(file: file.path, bytes: file.count - end) }
    // Two different keys can still be one Swift string: canonical equivalence.
    var names = Set<String>()
    for entry in entries where !names.insert(entry.name).inserted {
      throw .sameName(file: file.path, tensor: entry.name)
    }
  }
}
