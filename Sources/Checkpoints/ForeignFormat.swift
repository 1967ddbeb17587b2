import Files

/// Formats of weights that Orrery does not read, so that a person is told what lies there and how to convert it.
public enum ForeignFormat: String, Sendable, Equatable, CaseIterable {
  case pickle, gguf, keras, flax, onnx, zip, pointer, page

  /// By the ending of a file's name.
  static func named(_ file: String) -> ForeignFormat? {
    switch Path.kind(of: file) {
    case "bin" where file.hasPrefix("pytorch_model") || file.hasPrefix("model") || file.hasPrefix("adapter"): .pickle
    case "pt", "pth", "ckpt": .pickle
    case "gguf": .gguf
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
    case .keras, .flax, .onnx: "is not a safetensors file; fetch the model's safetensors"
    }
  }

  /// What the file is and the way from it to safetensors.
  func conversion(_ folder: String) -> String {
    let folder = folder.shown(limit: 400)
    return switch self {
    case .pickle, .zip:
      "Orrery reads safetensors, not PyTorch's pickles: convert in Python with transformers.AutoModel.from_pretrained(\"\(folder)\").save_pretrained(\"OUT\")"
    case .gguf:
      "Orrery reads safetensors, not GGUF: fetch the original checkpoint, or convert in Python with transformers.AutoModelForCausalLM.from_pretrained(\"\(folder)\", gguf_file=\"NAME\").save_pretrained(\"OUT\")"
    case .keras:
      "Orrery reads safetensors, not Keras: convert in Python with transformers 4, AutoModel.from_pretrained(\"\(folder)\", from_tf=True).save_pretrained(\"OUT\")"
    case .flax:
      "Orrery reads safetensors, not Flax: convert in Python with transformers 4, AutoModel.from_pretrained(\"\(folder)\", from_flax=True).save_pretrained(\"OUT\")"
    case .onnx: "Orrery reads safetensors, not ONNX graphs: fetch the checkpoint that the graph was exported from"
    case .pointer, .page: instead
    }
  }
}
