import Checkpoints
import Files
import Testing

private let whole = #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[],"data_offsets":[16,18]}}"#

@Suite struct SafetensorsReading {
  @Test func entries() throws {
    let folder = Folder()
    let path = try folder.write("m.safetensors", safetensors(#"{"__metadata__":{"format":"pt"},"# + whole.dropFirst() + "  ", data: 18))
    let file = try Safetensors(path)
    #expect(file.entries.map(\.name) == ["a", "b"])
    #expect(file.entries.map(\.dtype) == [.f32, .bf16])
    #expect(file.entries.map(\.shape) == [[2, 2], []])
    #expect(file.entries.map(\.count) == [4, 1])
    #expect(file.entries.map(\.bytes.count) == [16, 2])
    #expect(file.entries[1].range.upperBound == file.file.count)
    #expect(file.entries[0].file == path)
    #expect(file.metadata.map { "\($0.key)=\($0.value)" } == ["format=pt"])
  }

  @Test func emptyTensorsAndNoTensors() throws {
    let folder = Folder()
    #expect(try Safetensors(folder.write("none", safetensors("{}"))).entries.isEmpty)
    let empty = #"{"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"b":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}"#
    let file = try Safetensors(folder.write("empty", safetensors(empty, data: 2)))
    #expect(file.entries.map(\.name) == ["a", "b"])
    #expect(file.entries[0].bytes.isEmpty)
  }

  @Test func everyType() throws {
    let folder = Folder()
    for type in SafetensorsType.allCases {
      let header = #"{"x":{"dtype":"\#(type.rawValue)","shape":[3],"data_offsets":[0,\#(3 * type.width)]}}"#
      let entry = try Safetensors(folder.write("x", safetensors(header, data: 3 * type.width))).entries[0]
      #expect(entry.dtype == type && entry.count == 3)
    }
  }
}

@Suite struct SafetensorsFailures {
  /// One tensor called `w` in a file with `data` bytes of numbers.
  private func entry(_ fields: String, data: Int = 4) -> [UInt8] { safetensors("{\"w\":{\(fields)}}", data: data) }
  private func error(_ bytes: [UInt8]) throws -> String? {
    let folder = Folder()
    let path = try folder.write("m.safetensors", bytes)
    guard let message = failure({ try Safetensors(path) }) else { return nil }
    #expect(message.hasPrefix(path))
    return String(message.dropFirst(path.count))
  }

  @Test func header() throws {
    #expect(try error([1, 2, 3]) == ": 3 bytes are too few for a safetensors file; it is cut short, fetch it again")
    #expect(try error([]) == ": 0 bytes are too few for a safetensors file; it is cut short, fetch it again")
    #expect(try error(safetensors("{}", announced: 100_000_001))
      == ": a header of 100000001 bytes is announced, more than the 100000000 that the format allows; this is no safetensors file")
    #expect(try error(safetensors("{}", announced: .max))
      == ": a header of 18446744073709551615 bytes is announced, more than the 100000000 that the format allows; this is no safetensors file")
    #expect(try error(safetensors("{}", announced: 3))
      == ": a header of 3 bytes is announced, but the file has only 10; it is cut short, fetch it again")
    #expect(try error(safetensors("[]")) == ": the header does not begin with \"{\"; this is no safetensors file")
    #expect(try error(safetensors("")) == ": the header does not begin with \"{\"; this is no safetensors file")
    #expect(try error(safetensors("{\"a\":1,\"a\":2}")) == " (header):1:8: the key \"a\" is here for the second time; remove one of the two")
    #expect(try error(safetensors("{\"a\":" + String(repeating: "[", count: 1000)))
      == " (header):1:133: nested more than 128 levels deep; flatten the value")
    #expect(try error(safetensors("{\"__metadata__\":[]}")) == ": __metadata__ must be an object of texts")
    #expect(try error(safetensors("{\"__metadata__\":{\"a\":1}}")) == ": __metadata__ must hold texts only, but 'a' is something else")
  }

  @Test func otherFormatsUnderThisName() throws {
    #expect(try error(Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8))
      == ": is a Git LFS pointer, not the weights; run \"git lfs pull\" in its repository")
    #expect(try error(Array("GGUF\u{3}\0\0\0".utf8)) == ": is a GGUF file under another name; fetch the model's safetensors")
    #expect(try error(Array("PK\u{3}\u{4}....".utf8)) == ": is a PyTorch file under another name; fetch the model's safetensors")
    #expect(try error(Array("<!DOCTYPE html>".utf8)) == ": is a web page, not the weights; the download failed, fetch it again")
  }

  @Test(arguments: [
    (#""dtype":"F32","shape":[1]"#, "has no data_offsets"),
    (#""dtype":"F32","data_offsets":[0,4]"#, "has no shape"),
    (#""shape":[1],"data_offsets":[0,4]"#, "has no dtype"),
    (#""dtype":"F31","shape":[1],"data_offsets":[0,4]"#,
      "has the dtype 'F31', which is none of F64 F32 F16 BF16 F8_E4M3 F8_E5M2 I64 I32 I16 I8 U64 U32 U16 U8 BOOL; did you mean F32?"),
    (#""dtype":7,"shape":[1],"data_offsets":[0,4]"#,
      "has the dtype '', which is none of F64 F32 F16 BF16 F8_E4M3 F8_E5M2 I64 I32 I16 I8 U64 U32 U16 U8 BOOL"),
    (#""dtype":"F32","shape":[-1],"data_offsets":[0,4]"#, "has a shape that is not a list of whole numbers from 0"),
    (#""dtype":"F32","shape":[1.0],"data_offsets":[0,4]"#, "has a shape that is not a list of whole numbers from 0"),
    (#""dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]"#, "has a shape that is not a list of whole numbers from 0"),
    (#""dtype":"F32","shape":1,"data_offsets":[0,4]"#, "has a shape that is not a list of whole numbers from 0"),
    (#""dtype":"F32","shape":[1],"data_offsets":[0,"4"]"#, "has a data_offsets that is not a list of whole numbers from 0"),
    (#""dtype":"F32","shape":[1],"data_offsets":[0,4,4]"#,
      "has the data_offsets [0, 4, 4]; they are two numbers, the first not above the second"),
    (#""dtype":"F32","shape":[1],"data_offsets":[4,0]"#,
      "has the data_offsets [4, 0]; they are two numbers, the first not above the second"),
    (#""dtype":"F32","shape":[2],"data_offsets":[0,8]"#,
      "has the data_offsets [0, 8], but only 4 bytes follow the header; the file is cut short, fetch it again"),
    (#""dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]"#,
      "has the data_offsets [0, 9223372036854775807], but only 4 bytes follow the header; the file is cut short, fetch it again"),
    (#""dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]"#,
      "has the shape [4611686018427387904, 4611686018427387904], more numbers than 64 bits can count"),
    (#""dtype":"F32","shape":[1,1,1,1,1,1,1,1,9],"data_offsets":[0,4]"#,
      "of shape [1, 1, 1, 1, 1, 1, 1, 1, …] in F32 needs 36 bytes, but has 4; the file is damaged, fetch it again"),
    (#""dtype":"F16","shape":[1],"data_offsets":[0,4]"#,
      "of shape [1] in F16 needs 2 bytes, but has 4; the file is damaged, fetch it again"),
  ])
  func oneTensor(_ fields: String, _ problem: String) throws {
    #expect(try error(entry(fields)) == ": the tensor 'w' \(problem)")
  }

  @Test func notAnObject() throws {
    #expect(try error(safetensors("{\"w\":[1]}")) == ": the tensor 'w' should be an object with dtype, shape and data_offsets, but is an array")
  }

  @Test func theDataIsCoveredExactlyOnce() throws {
    func two(_ a: String, _ b: String, data: Int) -> [UInt8] {
      safetensors(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":\#(a)},"b":{"dtype":"U8","shape":[4],"data_offsets":\#(b)}}"#, data: data)
    }
    #expect(try error(two("[0,4]", "[4,8]", data: 8)) == nil)
    #expect(try error(two("[4,8]", "[0,4]", data: 8)) == nil)
    #expect(try error(two("[0,4]", "[2,6]", data: 8)) == ": the tensors 'a' and 'b' overlap; the file is damaged, fetch it again")
    #expect(try error(two("[0,4]", "[0,4]", data: 4)) == ": the tensors 'a' and 'b' overlap; the file is damaged, fetch it again")
    #expect(try error(two("[0,4]", "[5,9]", data: 9))
      == ": 1 bytes before the tensor 'b' belong to no tensor; the file is damaged, fetch it again")
    #expect(try error(two("[0,4]", "[4,8]", data: 11))
      == ": 3 bytes at the end belong to no tensor; the file is damaged, fetch it again")
  }

  @Test func twoKeysThatAreOneSwiftString() throws {
    let header = "{\"\u{E9}\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"e\u{301}\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"
    #expect(try error(safetensors(header)) == ": two tensors are called 'e\u{301}'")
  }

  @Test func aHostileNameStaysOnItsLine() throws {
    #expect(try error(safetensors(#"{"a\n\u001b[2J":1}"#))
      == ": the tensor 'a\\u{A}\\u{1B}[2J' should be an object with dtype, shape and data_offsets, but is a number")
  }
}

@Suite struct SafetensorsWriting {
  @Test func whatIsWrittenIsRead() throws {
    let folder = Folder()
    let floats: [Float] = [1, 2, 3, 4, 5, 6]
    let bytes: [UInt8] = [7, 8, 9]
    try floats.withUnsafeBytes { f in
      try bytes.withUnsafeBytes { b in
        for name in ["one", "two"] {
          try Safetensors.write(
            folder[name], [.init("z", .u8, [3], b), .init("b", .f32, [2, 3], f), .init("a", .f32, [6], f)],
            metadata: [("format", "pt")])
        }
      }
    }
    let file = try Safetensors(folder["one"])
    #expect(file.entries.map(\.name) == ["a", "b", "z"])
    #expect(file.entries.map(\.shape) == [[6], [2, 3], [3]])
    #expect(file.entries[1].bytes.elementsEqual(floats.withUnsafeBytes(Array.init)))
    #expect(file.entries[2].bytes.elementsEqual(bytes))
    #expect(file.metadata.map(\.value) == ["pt"])
    #expect(try MappedFile(folder["one"]).contents == MappedFile(folder["two"]).contents)
    withExtendedLifetime(file) {}
    #expect(file.entries[0].range.lowerBound % 8 == 0)
    #expect(failure { try Safetensors.write(folder["no/x"], []) } == "\(folder.path)/no/x: no such file; the folder \(folder.path)/no does not exist")
  }
}

@Suite struct NonFinite {
  private func first<T>(_ type: SafetensorsType, _ values: [T]) throws -> (Int, Float)? {
    let folder = Folder()
    try values.withUnsafeBytes { try Safetensors.write(folder["x"], [.init("x", type, [values.count], $0)]) }
    return try Safetensors(folder["x"]).entries[0].firstNonFinite.map { ($0.index, $0.value) }
  }

  @Test func found() throws {
    var floats = [Float](repeating: 3e38, count: 10_000)
    #expect(try first(.f32, floats) == nil)
    floats[9_999] = -.infinity
    #expect(try first(.f32, floats)! == (9_999, -.infinity))
    floats[5_000] = .nan
    let nan = try #require(try first(.f32, floats))
    #expect(nan.0 == 5_000 && nan.1.isNaN)
    #expect(try first(.f64, [1, Double.infinity])! == (1, .infinity))
    #expect(try first(.bf16, [0x3F80, 0x7F80] as [UInt16])! == (1, .infinity))
    #expect(try first(.f16, [0x7BFF, 0xFC00] as [UInt16])! == (1, -.infinity))
    #expect(try first(.f16, [0x7C01] as [UInt16])!.1.isNaN)
    #expect(try first(.f8e4m3, [0x7E, 0xFF] as [UInt8])!.0 == 1)
    #expect(try first(.f8e5m2, [0x7B, 0x7C] as [UInt8])! == (1, .infinity))
    #expect(try first(.i32, [Int32.max, -1]) == nil)
  }
}
