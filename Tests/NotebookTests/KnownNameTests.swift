// Known architectures are found by any sensible spelling of their names; what is not known says what is nearest.

import Checkpoints
import Files
import Foundation
import Models
import Testing

@testable import Notebook

@Suite struct KnownNameTests {
  @Test(arguments: [
    ("llama-3-70b", "Llama-3-70B"), ("Llama3-70B", "Llama-3-70B"), ("llama 3 70b instruct", "Llama-3-70B"),
    ("meta-llama/Meta-Llama-3-8B", "Llama-3-8B"), ("meta-llama/Llama-3.1-8B-Instruct", "Llama-3.1-8B"), ("llama3", "Llama-3-8B"),
    ("llama-1-7b", "LLaMA-7B"), ("Llama-2-70b-chat-hf", "Llama-2-70B"), ("llama-3-405b", "Llama-3.1-405B"),
    ("gpt-1", "openai-gpt"), ("gpt-2", "gpt2"), ("GPT2-small", "gpt2"), ("openai-community/gpt2-xl", "gpt2-xl"), ("GPT-3 175B", "gpt3-175b"),
    ("palm", "palm-540b"), ("upalm", "u-palm-540b"), ("mixtral-8x7b", "Mixtral-8x7B-v0.1"), ("mixtral-8x22b", "Mixtral-8x22B-v0.1"),
    ("mistralai/Mixtral-8x7B-Instruct-v0.1", "Mixtral-8x7B-v0.1"), ("mistral_7b", "Mistral-7B-v0.1"), ("deepseekv2", "DeepSeek-V2"),
    ("deepseek-v3-0324", "DeepSeek-V3"), ("deepseek-v3.2", "DeepSeek-V3.2-Exp"), ("DeepSeek-V3-Base", "DeepSeek-V3"), ("qwen-2-7b", "Qwen2-7B"),
    ("Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen3-30B-A3B"), ("bert-base", "bert-base-uncased"), ("albert-base", "albert-base-v2"),
    ("switch transformer", "switch-base-8"), ("jamba", "jamba-v0.1"), ("qwen3-next", "qwen3-next-80b-a3b"), ("mamba-2-2.7b", "mamba2-2.7b"),
    ("rwkv4-1.5b", "rwkv-4-1b5"), ("rwkv-7", "rwkv-7-0.1b"), ("delta net", "delta-net-340m"), ("DeltaNet", "delta-net-340m"),
    ("gated delta-net", "gated-deltanet-1.3b"), ("DiffusionLM", "diffusion-lm"), ("bd3lms", "bd3-lm"), ("LLaDA-8B-Instruct", "LLaDA-8B"),
    ("transformer-2017", "transformer-base"), ("moe", "sparsely-gated-moe-256"), ("glm4", "GLM-4-9B-0414"), ("chatglm2", "chatglm2-6b"),
  ])
  func spellings(_ spelling: String, _ name: String) throws {
    #expect(try KnownArchitecture.name(for: spelling) == name)
  }

  /// Every row of the curriculum, as its table writes it.
  @Test(arguments: [
    "RNN", "LSTM", "ELMo", "BERT", "RoBERTa", "ALBERT", "Transformer (2017)", "T5", "Flan-T5", "BART", "GPT-1", "GPT-2", "GPT-3", "InstructGPT", "PaLM",
    "LLaMA", "LLaMA 1", "LLaMA 2", "LLaMA 3", "Mistral", "Qwen2", "Qwen3", "GLM-4", "UniLM", "GLM", "GLM-130B", "ChatGLM-6B", "ChatGLM2-6B", "U-PaLM",
    "Prefix-Tuning", "Sparsely-gated MoE", "Switch Transformer", "Mixtral", "DeepSeek-V2", "DeepSeek-V3", "SSM", "S4D", "Mamba", "Mamba-2", "RWKV-4",
    "RWKV-7", "RetNet", "Hyena", "Linear attention", "DeltaNet", "Gated DeltaNet", "DDPM", "Rectified Flow", "Diffusion-LM", "DiffuSeq", "SSD-LM",
    "AR-Diffusion", "D3PM", "LLaDA", "Block diffusion", "BD3-LM", "Jamba", "Qwen3-Next", "DeepSeek-V3.2-Exp",
  ])
  func everyRowHasAName(_ row: String) throws {
    #expect(try KnownArchitecture.name(for: row) != nil)
  }

  @Test func noNameMeansTwo() throws {
    let names = KnownArchitecture.names
    // Each folder is found by its own name, and no two folders or lines read alike.
    for name in names { #expect(try KnownArchitecture.name(for: name) == name) }
    let all = names + OtherName.all.map(\.name)
    let words = all.map { KnownArchitecture.words($0).joined(separator: " ") }
    let twice = Dictionary(grouping: zip(words, all), by: \.0).values.filter { $0.count > 1 }.map { $0.map(\.1) }
    #expect(twice == [])
    // Every line leads somewhere.
    for other in OtherName.all {
      if case .folder(let name) = other.meaning { #expect(names.contains(name), "\(other.name) = \(name)") }
    }
  }

  @Test(arguments: [
    ("gpt2-xll", "there is no folder, file, shipped model or known architecture 'gpt2-xll'; did you mean 'gpt2-xl'?"),
    ("qwen2.5-7b", "there is no folder, file, shipped model or known architecture 'qwen2.5-7b'; did you mean 'qwen2-7b'?"),
    ("jamba-1.5-large", "there is no folder, file, shipped model or known architecture 'jamba-1.5-large'; did you mean 'jamba-1.5-mini'?"),
    ("gtp-2", "there is no folder, file, shipped model or known architecture 'gtp-2'; did you mean 'gpt2'?"),
    ("zzz", "there is no folder, file, shipped model or known architecture 'zzz'; `orrery models` lists the shipped ones, `orrery inspect --table` the known ones"),
    ("gpt-4", "gpt-4: its architecture is not published; of OpenAI's models gpt3-175b and gpt-oss-120b are"),
    ("Mercury Coder", "Mercury Coder: its architecture is not published; llada-8b and bd3-lm are the nearest that are"),
    ("llama-3.1-", "Llama-3.1-8B"), ("codestral", "there is no folder, file, shipped model or known architecture 'codestral'"),
    ("bart-large-", "bart-large"), ("d3pm-", "d3pm-absorbing"), ("electra-", "electra-base-discriminator"),
    ("sparsely", "'sparsely' can be sparsely-gated-moe-256, sparsely-gated-moe-4096-h: say which"),
  ])
  func whatIsSaid(_ spelling: String, _ beginning: String) {
    do {
      let path = try OpenModel.path(of: spelling)
      #expect(path.hasSuffix(beginning))
    } catch {
      #expect("\(error)".hasPrefix(beginning))
    }
  }

  @Test(arguments: [
    (#"{"model_type": "qwen2_5"}"#, "'qwen2'"), (#"{"model_type": "lama"}"#, "'llama'"),
    (#"{"model_type": "gemma2", "num_key_value_heads": 4}"#, "'llama' (a decoder of its kind, as its key 'num_key_value_heads' says)"),
    (#"{"model_type": "phimoe", "num_local_experts": 16}"#, "'mixtral' (experts, as its key 'num_local_experts' says)"),
    (#"{"model_type": "minicpm3", "kv_lora_rank": 256}"#, "'deepseek_v3' (latent attention, as its key 'kv_lora_rank' says)"),
    (#"{"model_type": "plamo", "mamba_d_state": 64}"#, "'mamba' (a selective state space, as its key 'mamba_d_state' says)"),
    (#"{"model_type": "deberta-v2", "type_vocab_size": 0}"#, "'bert' (segments, as its key 'type_vocab_size' says)"),
    (#"{"model_type": "pegasus", "encoder_ffn_dim": 64}"#, "'bart' (an encoder and a decoder, as its key 'encoder_ffn_dim' says)"),
  ])
  func unknownTypes(_ config: String, _ nearest: String) throws {
    let json = try JSON.parse(Array(config.utf8), name: "config.json")
    #expect { _ = try Family.of(Configuration(json, file: "config.json")) } throws: { error in
      "\(error)".hasPrefix("config.json: the model_type '\(json["model_type"]!.string!)' is not one that Orrery knows; the nearest is \(nearest) (known: bert, ")
    }
  }

  /// Without a telling key or a near name there is no nearest.
  @Test func nothingIsNear() throws {
    let json = try JSON.parse(Array(#"{"model_type": "speechbrain_xy"}"#.utf8), name: "config.json")
    #expect { _ = try Family.of(Configuration(json, file: "config.json")) } throws: { error in
      "\(error)".hasPrefix("config.json: the model_type 'speechbrain_xy' is not one that Orrery knows (known: bert, ")
    }
  }
}
