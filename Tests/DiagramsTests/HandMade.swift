// Figures composed by hand, with every number computed from a few sizes: they test the layout without any recipe.
@testable import Diagrams

/// The sizes of a decoder.
struct Sizes {
  var vocabulary: Int
  var width: Int
  var layers: Int
  var heads: Int
  var keyValueHeads: Int
  var headWidth: Int
  var hidden: Int
  var context: Int
}

enum HandMade {
  /// Pre-norm decoder with grouped queries and SwiGLU.
  static func llama(_ title: String, _ s: Sizes, window: Int? = nil, headNorm: Bool = false, tied: Bool = false) -> Figure {
    let attention = s.width * s.headWidth * (2 * s.heads + 2 * s.keyValueHeads) + (headNorm ? 2 * s.headWidth : 0)
    let feed = 3 * s.width * s.hidden
    let table = s.vocabulary * s.width
    let norms = s.width * (2 * s.layers + 1)
    let total = s.layers * (attention + feed) + norms + table * (tied ? 1 : 2)
    let cache = 2 * 2 * s.keyValueHeads * s.headWidth * s.layers
    var inside = AttentionInset(width: s.width, heads: s.heads, keyValueHeads: s.keyValueHeads, headWidth: s.headWidth)
    inside.rotary = "RoPE"
    inside.cached = window.map { "cached, last \(grouped($0))" } ?? "cached"
    inside.headNorm = headNorm ? "RMSNorm" : nil
    if window != nil { inside.added = ["window mask"] }
    inside.keys = ["position": "rope_theta", "query": "num_attention_heads", "key": "num_key_value_heads"]
    let mixer = s.heads == s.keyValueHeads ? "multi-head attention" : "grouped-query attention"
    var shares = [Share(.embedding, "embedding", table), Share(.attention, "attention", attention * s.layers), Share(.feedForward, "feed-forward", feed * s.layers)]
    if !tied { shares.append(Share(.embedding, "LM head", table)) }
    shares.append(Share(.norm, "norms", norms))
    return Figure(
      title: title, recipe: "decoder-only · pre-norm · \(mixer)\(window.map { " · sliding window of \(grouped($0))" } ?? "") · SwiGLU",
      facts: [
        Fact(rounded(total), "parameters", exact: total), Fact(grouped(s.layers), "layers", exact: s.layers),
        Fact(grouped(s.width), "width", exact: s.width), Fact(grouped(s.context), "context", exact: s.context),
        Fact(binaryBytes(cache), "KV cache / token", exact: cache, isBytes: true),
      ],
      shares: shares,
      ribbon: Ribbon(Array(repeating: .init(.attention, mixer, .feedForward, "SwiGLU"), count: s.layers)),
      streams: [
        Column(
          sample: "\"The cat sat on\"",
          input: [.box(Box("ids", .inputOutput, "token ids  " + .muted("[B, T]")))],
          body: [
            .box(Box("embedding", .embedding, "Token embedding", "\(grouped(s.vocabulary)) × \(grouped(s.width))", keys: "vocab_size × hidden_size", parameters: table)),
            .group(
              Group("layers", repeats: s.layers, keys: "num_hidden_layers = \(s.layers)", [
                .residual(id: "attention.sum", [
                  .box(Box("attention.norm", .norm, "RMSNorm", parameters: s.width)),
                  .box(Box("attention", .attention, Text(mixer.prefix(1).uppercased() + mixer.dropFirst()), window.map { "\(s.heads) query heads · \(s.keyValueHeads) KV heads · window \(grouped($0))" } ?? "\(s.heads) query heads · \(s.keyValueHeads) KV heads", keys: "num_attention_heads = \(s.heads), num_key_value_heads = \(s.keyValueHeads)", parameters: attention)),
                ]),
                .residual(id: "feedForward.sum", [
                  .box(Box("feedForward.norm", .norm, "RMSNorm", parameters: s.width)),
                  .box(Box("feedForward", .feedForward, "SwiGLU feed-forward", "hidden width \(grouped(s.hidden))", keys: "intermediate_size = \(s.hidden), hidden_act = silu", parameters: feed)),
                ]),
              ])),
            .box(Box("norm", .norm, "Final RMSNorm", keys: "rms_norm_eps", parameters: s.width)),
            .box(Box("head", .embedding, "LM head", "\(grouped(s.width)) × \(grouped(s.vocabulary)) · \(tied ? "tied to the embedding" : "untied")", keys: "tie_word_embeddings = \(tied)", parameters: tied ? 0 : table)),
          ],
          output: [.box(Box("logits", .inputOutput, "logits  " + .muted("[B, T, \(grouped(s.vocabulary))]")))])
      ],
      insets: [
        Inset("inside-attention", "Inside attention", of: ["attention"], .attention, parameters: attention, flow: inside.flow),
        Inset("inside-feedForward", "Inside the feed-forward", of: ["feedForward"], .feedForward, parameters: feed,
          flow: .gated(activation: "SiLU", width: s.width, hidden: s.hidden, keys: "intermediate_size = \(s.hidden)")),
      ])
  }

  static let llama3 = llama("Llama 3 (8B)", Sizes(vocabulary: 128_256, width: 4096, layers: 32, heads: 32, keyValueHeads: 8, headWidth: 128, hidden: 14_336, context: 8192))
}

extension HandMade {
  static let mistral = llama("Mistral 7B", Sizes(vocabulary: 32_000, width: 4096, layers: 32, heads: 32, keyValueHeads: 8, headWidth: 128, hidden: 14_336, context: 32_768), window: 4096)
  static let qwen3 = llama("Qwen3 8B", Sizes(vocabulary: 151_936, width: 4096, layers: 36, heads: 32, keyValueHeads: 8, headWidth: 128, hidden: 12_288, context: 40_960), headNorm: true)

  static func facts(total: Int, layers: Int, width: Int, context: Int, cache: Int) -> [Fact] {
    [
      Fact(rounded(total), "parameters", exact: total), Fact(grouped(layers), "layers", exact: layers),
      Fact(grouped(width), "width", exact: width), Fact(grouped(context), "context", exact: context),
      Fact(cache == 0 ? "none" : binaryBytes(cache), "KV cache / token", exact: cache, isBytes: true),
    ]
  }

  static func io(_ id: String, _ title: String, _ shape: String) -> Piece {
    .box(Box(id, .inputOutput, Text(title + "  ") + .muted(shape)))
  }

  static let gpt2: Figure = {
    let (vocabulary, width, layers, heads, context) = (50_257, 768, 12, 12, 1024)
    let attention = 4 * width * width + 4 * width
    let feed = 8 * width * width + 5 * width
    let table = vocabulary * width
    let norms = (2 * layers + 1) * 2 * width
    let total = table + context * width + layers * (attention + feed) + norms
    var inside = AttentionInset(width: width, heads: heads, keyValueHeads: heads, headWidth: width / heads)
    inside.names = ["c_attn · query", "c_attn · key", "c_attn · value", "c_proj"]
    inside.cached = "cached"
    return Figure(
      title: "GPT-2", recipe: "decoder-only · pre-norm · multi-head attention · GELU · learned positions",
      facts: facts(total: total, layers: layers, width: width, context: context, cache: 2 * 2 * width * layers),
      shares: [
        Share(.embedding, "token embedding = LM head", table), Share(.embedding, "position embedding", context * width),
        Share(.attention, "attention", attention * layers), Share(.feedForward, "feed-forward", feed * layers), Share(.norm, "norms", norms),
      ],
      ribbon: Ribbon(Array(repeating: .init(.attention, "multi-head attention", .feedForward, "GELU feed-forward"), count: layers)),
      streams: [
        Column(
          sample: "\"The cat sat on\"", input: [io("ids", "token ids", "[B, T]")],
          body: [
            .box(Box("embedding", .embedding, "Token embedding", "50,257 × 768", keys: "vocab_size × n_embd")),
            .box(Box("positions", .embedding, "+ Position embedding", "1,024 × 768 · learned", keys: "n_positions × n_embd")),
            .group(Group("layers", repeats: layers, keys: "n_layer = 12", [
              .residual(id: "attention.sum", [
                .box(Box("attention.norm", .norm, "LayerNorm")),
                .box(Box("attention", .attention, "Multi-head attention", "12 heads of width 64", keys: "n_head = 12")),
              ]),
              .residual(id: "feedForward.sum", [
                .box(Box("feedForward.norm", .norm, "LayerNorm")),
                .box(Box("feedForward", .feedForward, "GELU feed-forward", "hidden width 3,072", keys: "n_inner, activation_function = gelu_new")),
              ]),
            ])),
            .box(Box("norm", .norm, "Final LayerNorm", keys: "layer_norm_epsilon")),
            .box(Box("head", .embedding, "LM head", "768 × 50,257 · tied to the embedding", keys: "tie_word_embeddings = true")),
          ], output: [io("logits", "logits", "[B, T, 50,257]")])
      ],
      insets: [
        Inset("inside-attention", "Inside attention", of: ["attention"], .attention, parameters: attention, flow: inside.flow),
        Inset("inside-feedForward", "Inside the feed-forward", of: ["feedForward"], .feedForward, parameters: feed,
          flow: .feedForward(names: ["c_fc", "c_proj"], activation: "GELU", width: width, hidden: 4 * width)),
      ])
  }()

  static let bert: Figure = {
    let (vocabulary, width, layers, heads, context) = (30_522, 768, 12, 12, 512)
    let attention = 4 * width * width + 4 * width
    let feed = 8 * width * width + 5 * width
    let tables = (vocabulary + context + 2) * width
    let norms = (2 * layers + 1) * 2 * width
    let pooler = width * width + width
    let total = tables + layers * (attention + feed) + norms + pooler
    var inside = AttentionInset(width: width, heads: heads, keyValueHeads: heads, headWidth: width / heads)
    inside.names = ["query", "key", "value", "dense"]
    inside.added = ["padding mask"]
    return Figure(
      title: "BERT base", recipe: "encoder-only · post-norm · multi-head attention in both directions · GELU · learned positions",
      facts: facts(total: total, layers: layers, width: width, context: context, cache: 0),
      shares: [
        Share(.embedding, "embeddings", tables), Share(.attention, "attention", attention * layers),
        Share(.feedForward, "feed-forward", feed * layers), Share(.norm, "norms", norms), Share(.embedding, "pooler", pooler),
      ],
      ribbon: Ribbon(Array(repeating: .init(.attention, "bidirectional attention", .feedForward, "GELU feed-forward"), count: layers)),
      streams: [
        Column(
          sample: "\"The [MASK] sat on\"", input: [io("ids", "token ids, segment ids", "[B, T]")],
          body: [
            .box(Box("embedding", .embedding, "Token + position + segment", "(30,522 + 512 + 2) × 768")),
            .box(Box("embedding.norm", .norm, "LayerNorm")),
            .group(Group("layers", repeats: layers, keys: "num_hidden_layers = 12", [
              .residual(id: "attention.sum", [.box(Box("attention", .attention, "Multi-head attention", "12 heads of width 64 · all see all"))]),
              .box(Box("attention.norm", .norm, "LayerNorm")),
              .residual(id: "feedForward.sum", [.box(Box("feedForward", .feedForward, "GELU feed-forward", "hidden width 3,072"))]),
              .box(Box("feedForward.norm", .norm, "LayerNorm")),
            ])),
            .box(Box("head", .embedding, "Masked-LM head", "dense, GELU, norm, × 30,522 · tied")),
          ], output: [io("logits", "logits", "[B, T, 30,522]")])
      ],
      insets: [
        Inset("inside-attention", "Inside attention", of: ["attention"], .attention, parameters: attention, flow: inside.flow),
        Inset("inside-feedForward", "Inside the feed-forward", of: ["feedForward"], .feedForward, parameters: feed,
          flow: .feedForward(names: ["intermediate.dense", "output.dense"], activation: "GELU", width: width, hidden: 4 * width)),
      ])
  }()

  static let t5: Figure = {
    let (vocabulary, width, layers, heads, head, hidden) = (32_128, 512, 6, 8, 64, 2048)
    let attention = 4 * width * heads * head
    let feed = 2 * width * hidden
    let table = vocabulary * width
    let biases = 2 * 32 * heads
    let norms = width * (2 * layers + 1 + 3 * layers + 1)
    let total = table + biases + norms + layers * (3 * attention + 2 * feed)
    func residual(_ id: String, _ box: Box) -> Piece { .residual(id: id + ".sum", [.box(Box(id + ".norm", .norm, "RMSNorm")), .box(box)]) }
    var own = AttentionInset(width: width, heads: heads, keyValueHeads: heads, headWidth: head)
    own.names = ["q", "k", "v", "o"]
    own.scale = nil
    own.added = ["position bias", "causal mask"]
    own.cached = "cached"
    var cross = own
    cross.added = []
    cross.source = "encoder output"
    cross.cached = "cached, written once"
    let sub = "8 heads of width 64 · "
    return Figure(
      title: "T5 small", recipe: "encoder–decoder · pre-norm · relative position bias · ReLU",
      facts: [
        Fact(rounded(total), "parameters", exact: total), Fact("6 + 6", "layers"), Fact("512", "width", exact: 512),
        Fact("512", "trained length", exact: 512), Fact(binaryBytes(2 * 2 * heads * head * layers), "KV cache / token"),
      ],
      shares: [
        Share(.embedding, "embedding = LM head", table), Share(.attention, "self-attention", attention * layers * 2),
        Share(.attention, "cross-attention", attention * layers), Share(.feedForward, "feed-forward", feed * layers * 2), Share(.norm, "norms and biases", norms + biases),
      ],
      ribbon: Ribbon(
        Array(repeating: .init(.attention, "bidirectional attention", .feedForward, "ReLU"), count: layers)
          + Array(repeating: .init(.attention, "causal and cross-attention", .feedForward, "ReLU"), count: layers)),
      streams: [
        Column(
          name: "encoder", sample: "\"translate: The cat\"", input: [io("e.ids", "token ids", "[B, S]")],
          body: [
            .box(Box("e.embedding", .embedding, "Token embedding", "32,128 × 512 · shared")),
            .group(Group("e.layers", repeats: layers, [
              residual("e.attention", Box("e.attention", .attention, "Self-attention", sub + "all see all")),
              residual("e.feedForward", Box("e.feedForward", .feedForward, "ReLU feed-forward", "hidden width 2,048")),
            ])),
            .box(Box("e.norm", .norm, "Final RMSNorm")),
          ]),
        Column(
          name: "decoder", sample: "\"<pad> Die Katze\"", input: [io("d.ids", "token ids", "[B, T]")],
          body: [
            .box(Box("d.embedding", .embedding, "Token embedding", "32,128 × 512 · shared")),
            .group(Group("d.layers", repeats: layers, [
              residual("attention", Box("attention", .attention, "Self-attention", sub + "causal")),
              residual("cross", Box("cross", .attention, "Cross-attention", sub + "sees the encoder", reads: "e.norm")),
              residual("feedForward", Box("feedForward", .feedForward, "ReLU feed-forward", "hidden width 2,048")),
            ])),
            .box(Box("d.norm", .norm, "Final RMSNorm")),
            .box(Box("head", .embedding, "LM head", "512 × 32,128 · tied · scaled by 1/√512")),
          ], output: [io("logits", "logits", "[B, T, 32,128]")]),
      ],
      insets: [
        Inset("inside-attention", "Inside self-attention", of: ["attention"], .attention, parameters: attention, flow: own.flow),
        Inset("inside-cross", "Inside cross-attention", of: ["cross"], .attention, parameters: attention, flow: cross.flow),
        Inset("inside-feedForward", "Inside the feed-forward", of: ["feedForward"], .feedForward, parameters: feed,
          flow: .feedForward(names: ["wi", "wo"], activation: "ReLU", width: width, hidden: hidden)),
      ])
  }()

  static let deepSeek: Figure = {
    let (vocabulary, width, layers, dense, heads) = (129_280, 7168, 61, 3, 128)
    let (queryRank, rank, plain, rotated, value) = (1536, 512, 128, 64, 128)
    let (hidden, expertHidden, experts, active) = (18_432, 2048, 256, 8)
    let attention = width * queryRank + queryRank + queryRank * heads * (plain + rotated) + width * (rank + rotated) + rank
      + rank * heads * (plain + value) + heads * value * width
    let expert = 3 * width * expertHidden
    let router = experts * width
    let denseFeed = 3 * width * hidden
    let sparse = layers - dense
    let table = vocabulary * width
    let norms = width * (2 * layers + 1)
    let total = layers * attention + dense * denseFeed + sparse * (expert * (experts + 1) + router) + 2 * table + norms
    let activeTotal = total - sparse * expert * (experts - active)
    var inside = LatentInset(width: width, heads: heads, queryRank: queryRank, rank: rank, plain: plain, rotated: rotated, value: value)
    inside.keys = ["rank": "kv_lora_rank = 512, qk_rope_head_dim = 64"]
    var moe = ExpertsInset(width: width, hidden: expertHidden, count: experts, active: active, router: "sigmoid scores · best 4 of 8 groups · top 8")
    (moe.groups, moe.openGroups, moe.sharedHidden) = (8, 4, expertHidden)
    moe.keys = ["router": "scoring_func = sigmoid, n_group = 8, topk_group = 4, num_experts_per_tok = 8"]
    func block(_ prefix: String, _ feed: Box) -> [Piece] {
      [
        .residual(id: prefix + "attention.sum", [
          .box(Box(prefix + "attention.norm", .norm, "RMSNorm")),
          .box(Box(prefix + "attention", .attention, "Multi-head latent attention", "128 heads · cache width 512 + 64", keys: "num_attention_heads = 128, kv_lora_rank = 512")),
        ]),
        .residual(id: prefix + "feedForward.sum", [.box(Box(prefix + "feedForward.norm", .norm, "RMSNorm")), .box(feed)]),
      ]
    }
    return Figure(
      title: "DeepSeek-V3 (671B)", recipe: "decoder-only · multi-head latent attention · mixture of experts · multi-token prediction",
      facts: [
        Fact(rounded(total), "total parameters", exact: total), Fact(rounded(activeTotal), "active per token", exact: activeTotal),
        Fact("61", "layers", exact: 61), Fact("7,168", "width", exact: 7168), Fact(binaryBytes(2 * layers * (rank + rotated)), "cache / token"),
      ],
      shares: [
        Share(.embedding, "embedding + head", 2 * table), Share(.attention, "attention", attention * layers),
        Share(.feedForward, "dense + shared", dense * denseFeed + sparse * expert), Share(.norm, "norms", norms),
        Share(.experts, "routed experts", sparse * (expert * experts + router), note: "each token uses 8 of 256"),
      ],
      ribbon: Ribbon(
        Array(repeating: .init(.attention, "latent attention", .feedForward, "SwiGLU"), count: dense)
          + Array(repeating: .init(.attention, "latent attention", .experts, "mixture of experts"), count: sparse),
        note: "(and a multi-token-prediction layer, not shown)"),
      streams: [
        Column(
          sample: "\"The cat sat on\"", input: [io("ids", "token ids", "[B, T]")],
          body: [
            .box(Box("embedding", .embedding, "Token embedding", "129,280 × 7,168")),
            .group(Group("dense", "dense blocks", repeats: dense, kind: .feedForward, keys: "first_k_dense_replace = 3", block("dense.", Box("dense.feedForward", .feedForward, "SwiGLU feed-forward", "hidden width 18,432")))),
            .group(Group("sparse", "sparse blocks", repeats: sparse, kind: .experts, block("", Box("experts", .experts, "Mixture of experts", "1 shared + 8 of 256 routed")))),
            .box(Box("norm", .norm, "Final RMSNorm")),
            .box(Box("head", .embedding, "LM head", "7,168 × 129,280 · untied")),
          ], output: [io("logits", "logits", "[B, T, 129,280]")])
      ],
      insets: [
        Inset("inside-dense", "Inside the dense feed-forward", of: ["dense.feedForward"], .feedForward, parameters: denseFeed, flow: .gated(activation: "SiLU", width: width, hidden: hidden)),
        Inset("inside-attention", "Inside latent attention", of: ["attention", "dense.attention"], .attention, parameters: attention, flow: inside.flow),
        Inset("inside-experts", "Inside the mixture of experts", of: ["experts"], .experts, parameters: expert * (experts + 1) + router, flow: moe.flow),
      ], accent: .experts)
  }()

  /// Attention and feed-forward side by side (PaLM 540B).
  static let palm: Figure = {
    let (vocabulary, width, layers, heads, head, hidden) = (256_000, 18_432, 118, 48, 256, 73_728)
    let attention = width * head * (2 * heads + 2)
    let feed = 3 * width * hidden
    let table = vocabulary * width
    let norms = width * (layers + 1)
    let total = table + layers * (attention + feed) + norms
    var inside = AttentionInset(width: width, heads: heads, keyValueHeads: 1, headWidth: head)
    (inside.rotary, inside.cached) = ("RoPE", "cached")
    return Figure(
      title: "PaLM 540B", recipe: "decoder-only · parallel block · multi-query attention · SwiGLU",
      facts: facts(total: total, layers: layers, width: width, context: 2048, cache: 2 * 2 * head * layers),
      shares: [
        Share(.embedding, "embedding = LM head", table), Share(.attention, "attention", attention * layers),
        Share(.feedForward, "feed-forward", feed * layers), Share(.norm, "norms", norms),
      ],
      ribbon: Ribbon(Array(repeating: .init(.attention, "multi-query attention", .feedForward, "SwiGLU"), count: layers)),
      streams: [
        Column(
          sample: "\"The cat sat on\"", input: [io("ids", "token ids", "[B, T]")],
          body: [
            .box(Box("embedding", .embedding, "Token embedding", "256,000 × 18,432")),
            .group(Group("layers", repeats: layers, [
              .residual(id: "block.sum", [
                .box(Box("block.norm", .norm, "LayerNorm")),
                .parallel(id: "branches", [
                  [.box(Box("attention", .attention, "Multi-query attention", "48 query heads · 1 KV head"))],
                  [.box(Box("feedForward", .feedForward, "SwiGLU feed-forward", "hidden width 73,728"))],
                ]),
              ])
            ])),
            .box(Box("norm", .norm, "Final LayerNorm")),
            .box(Box("head", .embedding, "LM head", "18,432 × 256,000 · tied")),
          ], output: [io("logits", "logits", "[B, T, 256,000]")])
      ],
      insets: [
        Inset("inside-attention", "Inside attention", of: ["attention"], .attention, parameters: attention, flow: inside.flow),
        Inset("inside-feedForward", "Inside the feed-forward", of: ["feedForward"], .feedForward, parameters: feed, flow: .gated(activation: "Swish", width: width, hidden: hidden)),
      ])
  }()

  /// A bidirectional body with a denoising loop (LLaDA).
  static let llada: Figure = {
    var figure = llama("LLaDA 8B", Sizes(vocabulary: 126_464, width: 4096, layers: 32, heads: 32, keyValueHeads: 32, headWidth: 128, hidden: 12_288, context: 4096))
    figure.recipe = "masked diffusion · pre-norm · attention in both directions · SwiGLU"
    figure.accent = .diffusion
    figure.streams[0].sample = "\"The [M] sat [M]\""
    figure.streams[0].loop = Loop("denoise, T steps", "keep the surest, mask the rest again")
    return figure
  }()

  static let all: [(name: String, figure: Figure)] = [
    ("llama3", llama3), ("gpt2", gpt2), ("bert", bert), ("t5", t5), ("mistral", mistral), ("qwen3", qwen3), ("deepseek", deepSeek),
    ("palm", palm), ("llada", llada),
  ]
}
