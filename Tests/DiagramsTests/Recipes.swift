// Recipes built from blocks at published sizes, for the mapping from recipe to figure.
import Blocks

enum Recipes {
  static func decoder(
    _ name: String, vocabulary: Int, width: Int, layers: Int, heads: Int, groups: Int, headWidth: Int, hidden: Int, context: Int,
    headNorm: Float? = nil, mask: @escaping (Int) -> Mask = { _ in .causal }, family: Architecture.Family = .decoder
  ) -> Architecture {
    let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
    let body = Chain([
      Child("", Repeat("layers", layers) { index in
        Chain([
          Child("", Residual("attention", norm: RMSNorm(width).from("rms_norm_eps"),
            Attention(width, heads: heads, groups: groups, headWidth: headWidth, mask: mask(index), position: .rotary(RoPE(base: 500_000, width: headWidth)), headNorm: headNorm)
              .from("num_attention_heads", "num_key_value_heads"))),
          Child("", Residual("feedForward", norm: RMSNorm(width).from("rms_norm_eps"),
            GatedFeedForward(width, hidden: hidden).from("intermediate_size", "hidden_act"))),
        ])
      }.from("num_hidden_layers")),
      Child("norm", RMSNorm(width).from("rms_norm_eps")),
    ])
    return Architecture(
      name: name, modelType: "llama", family: family, context: context, embedding: embedding, body: body,
      head: Head(width, vocabulary: vocabulary).from("vocab_size", "tie_word_embeddings"))
  }

  static let llama3 = decoder("Llama 3 (8B)", vocabulary: 128_256, width: 4096, layers: 32, heads: 32, groups: 8, headWidth: 128, hidden: 14_336, context: 8192)
  static let mistral = decoder("Mistral 7B", vocabulary: 32_000, width: 4096, layers: 32, heads: 32, groups: 8, headWidth: 128, hidden: 14_336, context: 32_768, mask: { _ in .window(4096) })
  static let qwen3 = decoder("Qwen3 8B", vocabulary: 151_936, width: 4096, layers: 36, heads: 32, groups: 8, headWidth: 128, hidden: 12_288, context: 40_960, headNorm: 1e-6)
  static let alternating = decoder("Alternating windows", vocabulary: 32_000, width: 1024, layers: 24, heads: 16, groups: 4, headWidth: 64, hidden: 2816, context: 8192, mask: { $0 % 2 == 0 ? .window(1024) : .causal })
  static let llada = decoder("LLaDA 8B", vocabulary: 126_464, width: 4096, layers: 32, heads: 32, groups: 32, headWidth: 128, hidden: 12_288, context: 4096, mask: { _ in .bidirectional }, family: .diffusion)

  static let gpt2: Architecture = {
    let width = 768
    let embedding = Embedding(vocabulary: 50_257, width: width, positions: 1024).from("vocab_size", "n_embd", "n_positions")
    let body = Chain([
      Child("", Repeat("layers", 12) { _ in
        Chain([
          Child("", Residual("attention", norm: LayerNorm(width), Attention(width, heads: 12, bias: true).from("n_head"))),
          Child("", Residual("feedForward", norm: LayerNorm(width), FeedForward(width, hidden: 4 * width, activation: .geluTanh).from("n_inner"))),
        ])
      }.from("n_layer")),
      Child("norm", LayerNorm(width)),
    ])
    return Architecture(
      name: "GPT-2", modelType: "gpt2", family: .decoder, context: 1024, embedding: embedding, body: body,
      head: Head(width, vocabulary: 50_257, tied: embedding.tokens).from("vocab_size", "tie_word_embeddings"))
  }()

  static let bert: Architecture = {
    let width = 768
    let embedding = Embedding(vocabulary: 30_522, width: width, positions: 512, segments: 2, norm: LayerNorm(width, epsilon: 1e-12)).from("vocab_size")
    let body = Chain([
      Child("", Repeat("layers", 12) { _ in
        Chain([
          Child("", Residual("attention", .postNorm, norm: LayerNorm(width), Attention(width, heads: 12, mask: .bidirectional, bias: true).from("num_attention_heads"))),
          Child("", Residual("feedForward", .postNorm, norm: LayerNorm(width), FeedForward(width, hidden: 3072, activation: .gelu).from("intermediate_size"))),
        ])
      }.from("num_hidden_layers"))
    ])
    return Architecture(
      name: "BERT base", modelType: "bert", family: .encoder, context: 512, embedding: embedding, body: body,
      head: Head(width, vocabulary: 30_522, tied: embedding.tokens, bias: true, transform: Projection(width, width, bias: true, role: .head), activation: .gelu, norm: LayerNorm(width)))
  }()

  static let t5: Architecture = {
    let width = 512
    let shared = Embedding(vocabulary: 32_128, width: width).from("vocab_size", "d_model")
    func attention(_ mask: Mask, _ position: Position, _ source: Attention.Source = .own) -> Attention {
      Attention(width, heads: 8, headWidth: 64, scale: 1, mask: mask, position: position, source: source).from("num_heads", "d_kv")
    }
    func feed() -> FeedForward { FeedForward(width, hidden: 2048, activation: .relu, bias: false).from("d_ff") }
    let both = RelativeBias(heads: 8, buckets: 32, farthest: 128, bothSides: true)
    let left = RelativeBias(heads: 8, buckets: 32, farthest: 128, bothSides: false)
    let encoder = Chain([
      Child("", Repeat("layers", 6) { _ in
        Chain([
          Child("", Residual("attention", norm: RMSNorm(width), attention(.bidirectional, .relative(both)))),
          Child("", Residual("feedForward", norm: RMSNorm(width), feed())),
        ])
      }),
      Child("norm", RMSNorm(width)),
    ])
    let decoder = Chain([
      Child("", Repeat("layers", 6) { _ in
        Chain([
          Child("", Residual("attention", norm: RMSNorm(width), attention(.causal, .relative(left)))),
          Child("", Residual("crossAttention", norm: RMSNorm(width), attention(.bidirectional, .none, .encoder))),
          Child("", Residual("feedForward", norm: RMSNorm(width), feed())),
        ])
      }),
      Child("norm", RMSNorm(width)),
    ])
    return Architecture(
      name: "T5 small", modelType: "t5", family: .encoderDecoder, context: nil, embedding: shared, encoder: encoder, body: decoder,
      head: Head(width, vocabulary: 32_128, tied: shared.tokens, scale: 1 / Float(width).squareRoot()))
  }()

  /// Attention and feed-forward read the same norm (GPT-J, PaLM).
  static let parallel: Architecture = {
    let width = 1024
    let embedding = Embedding(vocabulary: 32_000, width: width)
    let body = Chain([
      Child("", Repeat("layers", 16) { _ in
        Parallel(norm: LayerNorm(width), [
          Child("attention", Attention(width, heads: 16, groups: 1, position: .rotary(RoPE(width: 64)))),
          Child("feedForward", GatedFeedForward(width, hidden: 4096)),
        ])
      }),
      Child("norm", LayerNorm(width)),
    ])
    return Architecture(
      name: "Parallel block", modelType: "palm", family: .decoder, context: 2048, embedding: embedding, body: body,
      head: Head(width, vocabulary: 32_000, tied: embedding.tokens))
  }()

  static let all: [(name: String, model: Architecture)] = [
    ("llama3", llama3), ("mistral", mistral), ("qwen3", qwen3), ("alternating", alternating), ("llada", llada), ("gpt2", gpt2),
    ("bert", bert), ("t5", t5), ("parallel", parallel),
  ]
}
