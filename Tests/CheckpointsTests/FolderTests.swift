import Checkpoints
import Files
import Glibc
import Testing

private func tensor(_ names: String...) -> [UInt8] {
  let entries = names.enumerated().map { #""\#($1)":{"dtype":"U8","shape":[2],"data_offsets":[\#(2 * $0),\#(2 * $0 + 2)]}"# }
  return safetensors("{" + entries.joined(separator: ",") + "}", data: 2 * names.count)
}

private func index(_ map: String) -> String { "{\"metadata\":{},\"weight_map\":{\(map)}}" }

@Suite struct Folders {
  @Test func oneFile() throws {
    let folder = Folder()
    try folder.write("m/config.json", #"{"model_type": "llama", "hidden_size": 64}"#)
    try folder.write("m/model.safetensors", tensor("a", "b"))
    try folder.write("m/other.safetensors", tensor("z"))
    try folder.write("m/tokenizer.json", "{}")
    try folder.write("m/generation_config.json", #"{"eos_token_id": [1, 2]}"#)
    let model = try CheckpointFolder(path: folder["m/"])
    #expect(model.name == "m")
    #expect(model.tensors.keys.sorted() == ["a", "b"])
    #expect(model.hasWeights && model.missingWeights == nil)
    #expect(try model.configuration.int("hidden_size") == 64)
    #expect(try model.generation?.ids("eos_token_id") == [1, 2])
    #expect(model.tokenizer.map(Path.name(of:)) == "tokenizer.json")
    #expect(model.find("modules.json") == nil)
  }

  @Test func theOnlyFileMayHaveAnotherName() throws {
    let folder = Folder()
    try folder.write("config.json", "{}")
    try folder.write("story.safetensors", tensor("a"))
    #expect(try CheckpointFolder(path: folder.path).tensors.keys.sorted() == ["a"])
  }

  @Test func configurationAlone() throws {
    let folder = Folder()
    try folder.write("llama/config.json", #"{"model_type": "llama"}"#)
    try folder.write("llama/model.safetensors", tensor("a"))
    let alone = try CheckpointFolder(path: folder["llama/config.json"])
    #expect(!alone.hasWeights && alone.missingWeights == nil && alone.name == "llama")
    try folder.write("bare/config.json", "{}")
    #expect(try !CheckpointFolder(path: folder["bare"]).hasWeights)
  }

  @Test func shards() throws {
    let folder = Folder()
    try folder.write("config.json", "{}")
    try folder.write("model.safetensors.index.json", index(#""a":"s1.safetensors","b":"s2.safetensors""#))
    try folder.write("s1.safetensors", tensor("a"))
    try folder.write("s2.safetensors", tensor("b", "beyond"))
    let model = try CheckpointFolder(path: folder.path)
    #expect(model.tensors.keys.sorted() == ["a", "b", "beyond"])
    #expect(model.files.map(Path.name(of:)) == ["s1.safetensors", "s2.safetensors"])
  }

  @Test func cacheFolder() throws {
    let folder = Folder()
    let cache = "models--some-org--tiny-gpt2"
    try folder.write("\(cache)/snapshots/aaa/config.json", #"{"n": 1}"#)
    try folder.write("\(cache)/snapshots/bbb/config.json", #"{"n": 2}"#)
    try folder.write("\(cache)/snapshots/ccc/README.md", "")
    func n() throws -> Int? { try CheckpointFolder(path: folder[cache]).configuration.json["n"]?.int }
    var times = [timespec(tv_sec: 2_000_000_000, tv_nsec: 0), timespec(tv_sec: 2_000_000_000, tv_nsec: 0)]
    utimensat(AT_FDCWD, folder["\(cache)/snapshots/aaa"], &times, 0)
    #expect(try n() == 1)
    try folder.write("\(cache)/refs/main", "bbb\n")
    #expect(try n() == 2)
    // A reference that leads elsewhere, or to what is not there, is not followed.
    try folder.write("outside/config.json", #"{"n": 3}"#)
    for reference in ["../../outside", "..", "ccc", "nothing", ""] {
      try folder.write("\(cache)/refs/main", reference)
      #expect(try n() == 1)
    }
    let model = try CheckpointFolder(path: folder[cache])
    #expect(model.name == "some-org/tiny-gpt2")
    #expect(try CheckpointFolder(path: folder["\(cache)/snapshots/bbb"]).name == "some-org/tiny-gpt2")
  }
}

@Suite struct FolderFailures {
  let folder = Folder()
  private func error(_ name: String = "") -> String? {
    let path = name.isEmpty ? folder.path : folder[name]
    return failure { try CheckpointFolder(path: path) }.map { $0.replacing(folder.path, with: "~") }
  }

  @Test func paths() throws {
    try folder.write("llama/config.json", "{}")
    try folder.write("llama/model.safetensors", tensor("a"))
    try folder.write("notes.txt", "")
    #expect(error("lama") == "~/lama: no such file; did you mean llama?")
    #expect(error("llama/model.safetensors")
      == "~/llama/model.safetensors: is a file of weights; name the folder that holds it together with its config.json: ~/llama")
    #expect(error("notes.txt") == "~/notes.txt: is not a model; a model is a folder with config.json and *.safetensors, or a config.json")
    #expect(error() == "~: there is no config.json here; did you mean ~/llama?")
    try folder.write("empty/x", "")
    #expect(error("empty") == "~/empty: there is no config.json here; a model is a folder with config.json and *.safetensors")
    try folder.write("cache/snapshots/aaa/x", "")
    #expect(error("cache") == "~/cache: no snapshot in this cache folder has a config.json; the download is not complete, fetch it again")
  }

  @Test func configurations() throws {
    try folder.write("config.json", "[1]")
    #expect(error() == "~/config.json: a configuration is an object, this is an array")
    try folder.write("config.json", "{\n  \"a\": 1,\n}")
    #expect(error() == "~/config.json:3:1: expected a key in double quotes, found \"}\"")
    try folder.write("config.json", "{}")
    try folder.write("generation_config.json", "")
    #expect(error() == "~/generation_config.json:1:1: the file is empty; expected JSON (was the download interrupted?)")
  }

  @Test(arguments: [
    ("pytorch_model.bin", "Orrery reads safetensors, not PyTorch's pickles: convert in Python with safetensors.torch.save_file({k: v.clone().contiguous() for k, v in torch.load(\"~/pytorch_model.bin\", weights_only=True).items()}, \"~/model.safetensors\")"),
    ("consolidated.00.pth", "Orrery reads safetensors, not PyTorch's pickles: convert in Python with safetensors.torch.save_file({k: v.clone().contiguous() for k, v in torch.load(\"~/consolidated.00.pth\", weights_only=True).items()}, \"~/model.safetensors\")"),
    ("weights.bin", "Orrery reads safetensors, not PyTorch's pickles: convert in Python with safetensors.torch.save_file({k: v.clone().contiguous() for k, v in torch.load(\"~/weights.bin\", weights_only=True).items()}, \"~/model.safetensors\")"),
    ("x.pkl", "Orrery reads safetensors, not PyTorch's pickles: convert in Python with safetensors.torch.save_file({k: v.clone().contiguous() for k, v in torch.load(\"~/x.pkl\", weights_only=True).items()}, \"~/model.safetensors\")"),
    ("pytorch_model-00001-of-00002.bin", "Orrery reads safetensors, not PyTorch's pickles: convert in Python with the class that config.json names, such as transformers.AutoModelForCausalLM.from_pretrained(\"~\").save_pretrained(\"OUT\")"),
    ("x.npz", "Orrery reads safetensors, not NumPy archives: convert in Python with safetensors.numpy.save_file(dict(numpy.load(\"~/x.npz\")), \"~/model.safetensors\")"),
    ("x.tflite", "Orrery reads safetensors, not TensorFlow Lite: fetch the checkpoint that it was made from"),
    ("tiny.Q4_0.gguf", "Orrery reads safetensors, not GGUF: fetch the original checkpoint, or convert in Python with transformers.AutoModelForCausalLM.from_pretrained(\"~\", gguf_file=\"tiny.Q4_0.gguf\").save_pretrained(\"OUT\")"),
    ("tf_model.h5", "Orrery reads safetensors, not Keras: convert in Python with transformers 4, AutoModel.from_pretrained(\"~\", from_tf=True).save_pretrained(\"OUT\")"),
    ("flax_model.msgpack", "Orrery reads safetensors, not Flax: convert in Python with transformers 4, AutoModel.from_pretrained(\"~\", from_flax=True).save_pretrained(\"OUT\")"),
    ("model.onnx", "Orrery reads safetensors, not ONNX graphs: fetch the checkpoint that the graph was exported from"),
  ])
  func otherFormats(_ name: String, _ way: String) throws {
    try folder.write(name, "x")
    #expect(error() == "~: the weights are in \(name); \(way)")
    #expect(error(name) == "~: the weights are in \(name); \(way)")
    try folder.write("config.json", "{}")
    let model = try CheckpointFolder(path: folder.path)
    #expect(!model.hasWeights)
    #expect(model.missingWeights?.description.replacing(folder.path, with: "~") == "~: the weights are in \(name); \(way)")
  }

  @Test func severalFiles() throws {
    try folder.write("config.json", "{}")
    try folder.write("model-00001-of-00002.safetensors", tensor("a"))
    try folder.write("model-00002-of-00002.safetensors", tensor("b"))
    #expect(error() == "~: 2 files of weights, but no model.safetensors.index.json that says what is where; fetch it too")
    unlink(folder["model-00002-of-00002.safetensors"])
    try folder.write("x.safetensors", tensor("b"))
    #expect(error() == "~: several files of weights (model-00001-of-00002.safetensors, x.safetensors) and none is called model.safetensors; rename the one that is meant")
  }

  @Test func indexes() throws {
    try folder.write("config.json", "{}")
    try folder.write("s1.safetensors", tensor("layers.0.weight", "b"))
    func with(_ text: String) throws -> String? {
      try folder.write("model.safetensors.index.json", text)
      let prefix = "~/model.safetensors.index.json: "
      guard let message = error() else { return nil }
      return message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
    }
    #expect(try with("{}") == "has no weight_map that says which tensor is in which file; fetch it again")
    #expect(try with("[]") == "has no weight_map that says which tensor is in which file; fetch it again")
    #expect(try with(index("")) == "the weight_map is empty; fetch it again")
    #expect(try with(index("\"b\":7")) == "the file of 'b' must be a text, but is a number")
    #expect(try with("{") == "~/model.safetensors.index.json:1:2: the text ends inside the object that begins at line 1, column 1; the file is cut short, fetch it again")
    for shard in ["../s1.safetensors", "/etc/passwd", "", "a/s1.safetensors", "..", "s1.bin"] {
      #expect(try with(index("\"b\":\"\(shard)\""))
        == "'b' is said to be in '\(shard)'; a shard is the name of a .safetensors file in the same folder")
    }
    #expect(try with(index(#""b":"s1.safetensors","c":"s2.safetensors""#)) == "~: 1 of 2 files of weights are missing: s2.safetensors; fetch them too")
    #expect(try with(index(#""b":"s1.safetensors","layers.0.wieght":"s1.safetensors","q":"s1.safetensors""#))
      == "the tensor 'layers.0.wieght' is not in s1.safetensors, where the index says it is; the nearest there is 'layers.0.weight' (and 1 more like it)")
    try folder.write("s2.safetensors", tensor("b"))
    #expect(try with(index(#""b":"s1.safetensors","layers.0.weight":"s2.safetensors""#))
      == "the tensor 'b' is in two files, ~/s1.safetensors and ~/s2.safetensors; remove one of them")
    try folder.write("s2.safetensors", Array(tensor("c").dropLast()))
    #expect(try with(index(#""b":"s1.safetensors","c":"s2.safetensors""#))
      == "~/s2.safetensors: the tensor 'c' has the data_offsets [0, 2], but only 1 bytes follow the header; the file is cut short, fetch it again")
  }
}

extension String {
  /// Every occurrence of a text replaced: failures name the temporary folder.
  func replacing(_ text: String, with other: String) -> String {
    var result = ""
    var rest = self[...]
    while !rest.isEmpty {
      if rest.hasPrefix(text) {
        result += other
        rest = rest.dropFirst(text.count)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result
  }
}
