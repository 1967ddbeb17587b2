import Files

/// Why a checkpoint could not be used. Each is one line that says where, what, and what to do; the wording is at the end.
public enum CheckpointFailure: Error, Equatable, Sendable, CustomStringConvertible {
  case file(FileFailure)
  case json(JSON.Failure)

  // A safetensors file
  case foreign(file: String, ForeignFormat)
  case tooShort(file: String, bytes: Int)
  case headerTooLong(file: String, bytes: UInt64)
  case headerBeyondEnd(file: String, bytes: Int, of: Int)
  case noHeader(file: String)
  case badMetadata(file: String, key: String?)
  case badEntry(file: String, tensor: String, EntryProblem)
  case overlap(file: String, String, String)
  case hole(file: String, bytes: Int, before: String)
  case excess(file: String, bytes: Int)
  case sameName(file: String, tensor: String)

  // A folder
  case noConfiguration(folder: String, nearest: String?)
  case configurationNotObject(file: String, found: String)
  case singleFile(file: String)
  case notCheckpoint(file: String)
  case emptyCache(folder: String)
  case foreignWeights(folder: String, file: String, ForeignFormat)
  case shardsWithoutIndex(folder: String, count: Int)
  case severalFiles(folder: String, [String])
  case badIndex(file: String, String)
  case indexEscapes(file: String, tensor: String, shard: String)
  case missingShards(folder: String, missing: [String], of: Int)
  case notInShard(file: String, tensor: String, shard: String, nearest: String?, others: Int)
  case inTwoShards(tensor: String, String, String)

  /// What is wrong with one tensor's line of the header.
  public enum EntryProblem: Equatable, Sendable {
    case notObject(found: String)
    case missingField(String)
    case badType(String)
    case badNumbers(String)
    case badOffsets([Int])
    case outOfRange([Int], available: Int)
    case tooLarge([Int])
    case wrongSize([Int], SafetensorsType, needs: Int, has: Int)
  }
}

extension CheckpointFailure {
  public var description: String {
    switch self {
    case .file(let failure): failure.description
    case .json(let failure): failure.description
    case .foreign(let file, let format): "\(p(file)): \(format.instead)"
    case .tooShort(let file, let bytes):
      "\(p(file)): \(bytes) bytes are too few for a safetensors file; it is cut short, fetch it again"
    case .headerTooLong(let file, let bytes):
      "\(p(file)): a header of \(bytes) bytes is announced, more than the \(Safetensors.headerLimit) that the format allows; this is no safetensors file"
    case .headerBeyondEnd(let file, let bytes, let size):
      "\(p(file)): a header of \(bytes) bytes is announced, but the file has only \(size); it is cut short, fetch it again"
    case .noHeader(let file): "\(p(file)): the header does not begin with \"{\"; this is no safetensors file"
    case .badMetadata(let file, nil): "\(p(file)): __metadata__ must be an object of texts"
    case .badMetadata(let file, let key?): "\(p(file)): __metadata__ must hold texts only, but '\(key.shown())' is something else"
    case .badEntry(let file, let tensor, let problem): "\(p(file)): the tensor '\(tensor.shown())' \(problem.wording)"
    case .overlap(let file, let a, let b):
      "\(p(file)): the tensors '\(b.shown())' and '\(a.shown())' overlap; the file is damaged, fetch it again"
    case .hole(let file, let bytes, let name):
      "\(p(file)): \(bytes) bytes before the tensor '\(name.shown())' belong to no tensor; the file is damaged, fetch it again"
    case .excess(let file, let bytes):
      "\(p(file)): \(bytes) bytes at the end belong to no tensor; the file is damaged, fetch it again"
    case .sameName(let file, let tensor): "\(p(file)): two tensors are called '\(tensor.shown())'"

    case .noConfiguration(let folder, let nearest):
      "\(p(folder)): there is no config.json here" + (nearest.map { "; did you mean \(p($0))?" } ?? "; a model is a folder with config.json and *.safetensors")
    case .configurationNotObject(let file, let found): "\(p(file)): a configuration is an object, this is \(found)"
    case .singleFile(let file):
      "\(p(file)): is a file of weights; name the folder that holds it together with its config.json: \(p(Path.folder(of: file)))"
    case .notCheckpoint(let file): "\(p(file)): is not a model; a model is a folder with config.json and *.safetensors, or a config.json"
    case .emptyCache(let folder): "\(p(folder)): no snapshot in this cache folder has a config.json; the download is not complete, fetch it again"
    case .foreignWeights(let folder, let file, let format): "\(p(folder)): the weights are in \(p(file)); \(format.conversion(folder, file))"
    case .shardsWithoutIndex(let folder, let count):
      "\(p(folder)): \(count) files of weights, but no model.safetensors.index.json that says what is where; fetch it too"
    case .severalFiles(let folder, let names):
      "\(p(folder)): several files of weights (\(names.prefix(3).map { $0.shown() }.joined(separator: ", "))\(names.count > 3 ? ", …" : "")) and none is called model.safetensors; rename the one that is meant"
    case .badIndex(let file, let text): "\(p(file)): \(text)"
    case .indexEscapes(let file, let tensor, let shard):
      "\(p(file)): '\(tensor.shown())' is said to be in '\(shard.shown())'; a shard is the name of a .safetensors file in the same folder"
    case .missingShards(let folder, let missing, let all):
      "\(p(folder)): \(missing.count) of \(all) files of weights are missing: \(missing.prefix(3).map { $0.shown() }.joined(separator: ", "))\(missing.count > 3 ? ", …" : ""); fetch them too"
    case .notInShard(let file, let tensor, let shard, let nearest, let others):
      "\(p(file)): the tensor '\(tensor.shown())' is not in \(shard.shown()), where the index says it is"
        + (nearest.map { "; the nearest there is '\($0.shown())'" } ?? "") + (others > 0 ? " (and \(others) more like it)" : "")
    case .inTwoShards(let tensor, let a, let b): "the tensor '\(tensor.shown())' is in two files, \(p(a)) and \(p(b)); remove one of them"
    }
  }

  private func p(_ path: String) -> String { path.shown(limit: 400) }
}

extension CheckpointFailure.EntryProblem {
  var wording: String {
    switch self {
    case .notObject(let found): "should be an object with dtype, shape and data_offsets, but is \(found)"
    case .missingField(let key): "has no \(key)"
    case .badType(let name):
      "has the dtype '\(name.shown(limit: 30))', which is none of \(SafetensorsType.allCases.map(\.rawValue).joined(separator: " "))"
        + Suggestion.clause(for: name, in: SafetensorsType.allCases.map(\.rawValue))
    case .badNumbers(let key): "has a \(key) that is not a list of whole numbers from 0"
    case .badOffsets(let offsets): "has the data_offsets \(list(offsets)); they are two numbers, the first not above the second"
    case .outOfRange(let offsets, let available):
      "has the data_offsets \(list(offsets)), but only \(available) bytes follow the header; the file is cut short, fetch it again"
    case .tooLarge(let shape): "has the shape \(list(shape)), more numbers than 64 bits can count"
    case .wrongSize(let shape, let type, let needs, let has):
      "of shape \(list(shape)) in \(type.rawValue) needs \(needs) bytes, but has \(has); the file is damaged, fetch it again"
    }
  }

  private func list(_ numbers: [Int]) -> String {
    "[" + numbers.prefix(8).map(String.init).joined(separator: ", ") + (numbers.count > 8 ? ", …]" : "]")
  }
}
