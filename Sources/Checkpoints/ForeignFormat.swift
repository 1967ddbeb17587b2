import Files

/// Formats of weights that Orrery does not read, so that a person is told what lies there and how to convert it.
public enum ForeignFormat: String, Sendable, Equatable, CaseIterable {
  case pickle, gguf, keras, flax, onnx, numpy, tflite, zip, pointer, page

  /// By the ending of a file's name.
  static func named(_ file: String) -> ForeignFormat? {
    switch Path.kind(of: file) {
    // What trainers leave beside the weights is none.
    case "bin" where ["training_args", "optimizer", "scheduler", "tokenizer", "rng_state"].contains { file.hasPrefix($0) }: nil
    case "bin", "pt", "pth", "ckpt", "pkl": .pickle
    case "gguf", "ggml": .gguf
    case "npz": .numpy
    case "tflite": .tflite
    case "h5": .keras
    case "msgpack": .flax
    case "onnx": .onnx
    default: nil
    }
  }

  /// By the first bytes of a file that is called .safetensors.
  static func of(_ bytes: UnsafeRawBufferPointer) -> ForeignFormat? {
    let beginnings: [(StaticString, ForeignFormat)] = [
      ("version https://git-lfs", .pointer), ("GGUF", .gguf), ("PK\u{3}\u{4}", .zip), ("<!DOCTYPE", .page), ("<html", .page),
    ]
    return beginnings.first { beginning, _ in
      bytes.count >= beginning.utf8CodeUnitCount
        && bytes.prefix(beginning.utf8CodeUnitCount).elementsEqual(
          UnsafeBufferPointer(start: beginning.utf8Start, count: beginning.utf8CodeUnitCount))
    }?.1
  }

  /// What a file that should be safetensors is instead.
  var instead: String {
    switch self {
    case .pointer: "is a Git LFS pointer, not the weights; run \"git lfs pull\" in its repository"
    case .gguf: "is a GGUF file under another name; fetch the model's safetensors"
    case .zip, .pickle: "is a PyTorch file under another name; fetch the model's safetensors"
    case .page: "is a web page, not the weights; the download failed, fetch it again"
    case .keras, .flax, .onnx, .numpy, .tflite: "is not a safetensors file; fetch the model's safetensors"
    }
  }

  /// What the file is and the way from it to safetensors.
  func conversion(_ folder: String, _ file: String) -> String {
    let path = Path.join(folder, file).shown(limit: 400), target = Path.join(folder, "model.safetensors").shown(limit: 400)
    let folder = folder.shown(limit: 400), name = file.shown()
    return switch self {
    case .pickle where file.contains("-of-"):
      "Orrery reads safetensors, not PyTorch's pickles: convert in Python with the class that config.json names, such as transformers.AutoModelForCausalLM.from_pretrained(\"\(folder)\").save_pretrained(\"OUT\")"
    case .pickle, .zip:
      "Orrery reads safetensors, not PyTorch's pickles: convert in Python with safetensors.torch.save_file({k: v.clone().contiguous() for k, v in torch.load(\"\(path)\", weights_only=True).items()}, \"\(target)\")"
    case .gguf:
      "Orrery reads safetensors, not GGUF: fetch the original checkpoint, or convert in Python with transformers.AutoModelForCausalLM.from_pretrained(\"\(folder)\", gguf_file=\"\(name)\").save_pretrained(\"OUT\")"
    case .keras:
      "Orrery reads safetensors, not Keras: convert in Python with transformers 4, AutoModel.from_pretrained(\"\(folder)\", from_tf=True).save_pretrained(\"OUT\")"
    case .flax:
      "Orrery reads safetensors, not Flax: convert in Python with transformers 4, AutoModel.from_pretrained(\"\(folder)\", from_flax=True).save_pretrained(\"OUT\")"
    case .onnx: "Orrery reads safetensors, not ONNX graphs: fetch the checkpoint that the graph was exported from"
    case .numpy:
      "Orrery reads safetensors, not NumPy archives: convert in Python with safetensors.numpy.save_file(dict(numpy.load(\"\(path)\")), \"\(target)\")"
    case .tflite: "Orrery reads safetensors, not TensorFlow Lite: fetch the checkpoint that it was made from"
    case .pointer, .page: instead
    }
  }
}
