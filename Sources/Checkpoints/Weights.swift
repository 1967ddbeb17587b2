import Files

/// The files of weights in a folder, brought together: model.safetensors, or the shards that
/// model.safetensors.index.json names, or the only *.safetensors that there is.
struct Weights {
  var tensors: [String: SafetensorsEntry] = [:]
  var files: [String] = []
  /// Why there are none.
  var instead: CheckpointFailure?

  init() {}

  init(_ folder: String) throws(CheckpointFailure) {
    let single = Path.join(folder, "model.safetensors")
    let index = Path.join(folder, "model.safetensors.index.json")
    if Path.isFile(single) {
      try add(single)
    } else if Path.isFile(index) {
      try readShards(folder, index)
    } else {
      let names = Path.names(in: folder).filter { Path.kind(of: $0) == "safetensors" }
      let shards = names.filter { $0.contains("-of-") }
      if shards.count > 1 { throw .shardsWithoutIndex(folder: folder, count: shards.count) }
      if names.count > 1 { throw .severalFiles(folder: folder, names) }
      if let only = names.first {
        try add(Path.join(folder, only))
      } else if let other = Path.names(in: folder).first(where: { ForeignFormat.named($0) != nil }) {
        instead = ForeignFormat.named(other).map { .foreignWeights(folder: folder, file: other, $0) }
      }
    }
  }

  private mutating func add(_ path: String) throws(CheckpointFailure) {
    let file = try Safetensors(path)
    files.append(path)
    for entry in file.entries {
      if let other = tensors.updateValue(entry, forKey: entry.name) {
        throw .inTwoShards(tensor: entry.name, other.file, path)
      }
    }
  }

  private mutating func readShards(_ folder: String, _ index: String) throws(CheckpointFailure) {
    let json = try CheckpointFolder.read(index)
    guard let map = json["weight_map"]?.members else {
      throw .badIndex(file: index, "has no weight_map that says which tensor is in which file; fetch it again")
    }
    var shards: Set<String> = []
    for member in map {
      guard let shard = member.value.string else {
        throw .badIndex(file: index, "the file of '\(member.key.string.shown())' must be a text, but is \(member.value.kind)")
      }
      guard !shard.isEmpty, !shard.contains("/"), !shard.contains("\0"), Path.kind(of: shard) == "safetensors" else {
        throw .indexEscapes(file: index, tensor: member.key.string, shard: shard)
      }
      shards.insert(shard)
    }
    if shards.isEmpty { throw .badIndex(file: index, "the weight_map is empty; fetch it again") }
    let names = shards.sorted()
    let missing = names.filter { !Path.isFile(Path.join(folder, $0)) }
    if !missing.isEmpty { throw .missingShards(folder: folder, missing: missing, of: names.count) }
    for name in names { try add(Path.join(folder, name)) }
    try check(map, folder, index)
  }

  /// Every tensor is where the index says. What a shard holds beyond the index is accepted, as by the reference.
  private func check(_ map: [JSON.Member], _ folder: String, _ index: String) throws(CheckpointFailure) {
    let wrong = map.filter { member in
      tensors[member.key.string].map { Path.name(of: $0.file) != member.value.string } ?? true
    }
    guard let first = wrong.first else { return }
    let shard = first.value.string ?? ""
    let there = tensors.values.filter { Path.name(of: $0.file) == shard }.map(\.name).sorted()
    throw .notInShard(
      file: index, tensor: first.key.string, shard: shard, nearest: Suggestion.nearest(to: first.key.string, in: there),
      others: wrong.count - 1)
  }
}
