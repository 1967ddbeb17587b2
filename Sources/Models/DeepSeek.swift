// DeepSeek-V2 (2405.04434), V3 (2412.19437) and V3.2 (2025): latent attention, a few dense layers, then many fine experts beside one or two
// shared ones. Kimi-K2 is V3 in other sizes. The modules that predict further tokens are read where the file has them.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let deepSeek = Family(
    modelTypes: ["deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2"],
    recipe: { c, file in try DeepSeek(c).architecture(file) },
    names: { c in try DeepSeek(c).names })
}

/// The sizes of a DeepSeek decoder, as its config.json has them.
struct DeepSeek {
  let c: Configuration
  let isV2: Bool, isSparse: Bool
  let width: Int, heads: Int, layers: Int, vocabulary: Int
  let epsilon: Float
  let activation: Unary.Function
  let sizes: LatentAttention.Sizes
  let rope: RoPE
  let scale: Float
  let bias: Bool, feedForwardBias: Bool
  let context: Int
  /// Layers before the first with experts.
  let dense: Int
  let hidden: Int, expertHidden: Int, experts: Int, shared: Int
  let routing: Routing
  /// Modules that predict further tokens, if the file has them.
  let predictions: Int

  /// What a part of a head may be: low enough that no product of sizes exceeds 64 bits.
  private static let headSizes = 1...1 << 20

  init(_ c: Configuration) throws {
    self.c = c
    let type = try c.string("model_type")
    isV2 = type == "deepseek_v2"
    isSparse = type == "deepseek_v32"
    func contradiction(_ text: String) -> ModelFailure { .contradiction(file: c.file, text) }
    width = try c.int("hidden_size")
    heads = try c.int("num_attention_heads", in: 1...65_536)
    layers = try c.int("num_hidden_layers", in: 1...10_000)
    vocabulary = try c.int("vocab_size")
    hidden = try c.int("intermediate_size")
    if let groups = try c.optionalInt("num_key_value_heads"), groups != heads {
      throw contradiction("num_key_value_heads \(groups) is not num_attention_heads \(heads): latent attention has one key for each head")
    }
    epsilon = Float(try c.real("rms_norm_eps", default: 1e-6))
    activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
    // A missing rank of the queries is the class's default; null says that there is none.
    let queryLatent = c.json["q_lora_rank"] == nil ? 1536 : try c.optionalInt("q_lora_rank")
    sizes = LatentAttention.Sizes(
      latent: try c.int("kv_lora_rank", default: 512), queryLatent: queryLatent,
      plain: try c.int("qk_nope_head_dim", in: DeepSeek.headSizes, default: 128),
      rotary: try c.int("qk_rope_head_dim", in: DeepSeek.headSizes, default: 64), value: try c.int("v_head_dim", in: DeepSeek.headSizes, default: 128))
    // Of the three classes V3's alone can turn halves.
    let interleaves = try isV2 || isSparse || c.bool("rope_interleave", default: true)
    context = try c.int("max_position_embeddings", default: isSparse ? 163_840 : isV2 ? 2048 : 4096)
    rope = try RoPE.read(c, headWidth: sizes.rotary, layout: interleaves ? .interleaved : .half, context: context)
    c.agrees("head_dim", with: .int(sizes.rotary))
    scale = try DeepSeek.scale(c, sizes)
    bias = try c.bool("attention_bias", default: false)
    feedForwardBias = try isV2 && c.bool("mlp_bias", default: false)
    if isSparse && queryLatent == nil { throw contradiction("q_lora_rank is null, but the indexer makes its queries from that latent") }

    dense = min(layers, try c.int("first_k_dense_replace", in: 0...10_000, default: isV2 ? 0 : 3))
    expertHidden = try c.int("moe_intermediate_size", default: isV2 ? 1407 : 2048)
    let count = 1...65_536
    experts = try isV2 ? c.int("n_routed_experts", "num_experts", in: count, default: 64)
      : isSparse ? c.int("n_routed_experts", "num_experts", "num_local_experts", in: count, default: 256)
      : c.int("n_routed_experts", "num_local_experts", in: count, default: 256)
    // Four times the largest published number: each expert is a part of the recipe.
    guard (layers - dense) * experts <= 1 << 16 else {
      throw contradiction("\(layers - dense) layers of \(experts) experts (n_routed_experts) are \((layers - dense) * experts) experts; at most \(1 << 16) are possible")
    }
    shared = try c.int("n_shared_experts", in: 0...1024, default: isV2 ? 2 : 1)
    routing = try DeepSeek.routing(c, isV2: isV2, experts: experts)
    predictions = try isV2 ? 0 : c.int("num_nextn_predict_layers", "num_mtp_layers", in: 0...64, default: 0)
    // What the published code of the authors reads and the classes have built in.
    c.agrees("scoring_func", with: .string(isV2 ? "softmax" : "sigmoid"))
    if isV2 { c.agrees("norm_topk_prob", with: .bool(false)) } else { c.agrees("topk_method", with: .string("noaux_tc")) }
    c.knows("n_group", "topk_group", "layer_types")
  }

  /// 1/√(plain + rotary), times m² where YaRN stretches the text: the temperature moves from cos and sin to the scores.
  private static func scale(_ c: Configuration, _ sizes: LatentAttention.Sizes) throws -> Float {
    let scale = 1 / Float(sizes.plain + sizes.rotary).squareRoot()
    guard let s = try RoPE.section(c), try s.string("rope_type", default: s.string("type", default: "default")) != "default"
    else { return scale }
    let all = try s.real("mscale_all_dim", default: 0), factor = try s.real("factor", default: 1)
    guard all != 0, factor > 1 else { return scale }
    let m = 0.1 * all * log(factor) + 1
    return scale * Float(m * m)
  }

  private static func routing(_ c: Configuration, isV2: Bool, experts: Int) throws -> Routing {
    func contradiction(_ text: String) -> ModelFailure { .contradiction(file: c.file, text) }
    let active = try isV2 ? c.int("num_experts_per_tok", in: 1...65_536) : c.int("num_experts_per_tok", in: 1...65_536, default: 8)
    guard active <= experts else { throw contradiction("num_experts_per_tok \(active) is more than n_routed_experts \(experts)") }
    let method = try isV2 ? c.string("topk_method", default: "greedy") : "noaux_tc"
    let known = isV2 ? ["greedy", "group_limited_greedy"] : [method]
    guard known.contains(method) else {
      throw contradiction("the topk_method '\(method)' is not one of this family's (\(known.joined(separator: ", ")))")
    }
    var groups: Routing.Groups?
    if method != "greedy" {
      let (count, kept) = try isV2
        ? (c.int("n_group", in: 1...65_536), c.int("topk_group", in: 1...65_536))
        : (c.int("n_group", in: 1...65_536, default: 8), c.int("topk_group", in: 1...65_536, default: 4))
      guard experts % count == 0 else { throw contradiction("n_routed_experts \(experts) does not divide into n_group \(count)") }
      guard isV2 || experts / count > 1 else { throw contradiction("a group of n_group \(count) must hold two experts or more, whose scores speak for it") }
      guard kept <= count else { throw contradiction("topk_group \(kept) is more than n_group \(count)") }
      guard active <= kept * (experts / count) else {
        throw contradiction("num_experts_per_tok \(active) is more than the \(kept * (experts / count)) experts of topk_group \(kept) groups")
      }
      groups = count == 1 ? nil : Routing.Groups(count, chosen: kept, best: isV2 ? 1 : 2)
    }
    return Routing(
      active: active, scoring: isV2 ? .softmax : .sigmoid, renormalises: try !isV2 && c.bool("norm_topk_prob", default: true),
      epsilon: isV2 ? 0 : 1e-20, scale: Float(try c.real("routed_scaling_factor", default: isV2 ? 1 : 2.5)), groups: groups,
      isCorrected: !isV2)
  }

  func architecture(_ file: Holdings) throws -> Architecture {
    let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
    let isDense = try denseLayers()
    let stack = try (0..<layers).map { try layer(isDense: isDense[$0]) }
    let body = Chain([
      Child("", Repeat("layers", layers) { stack[$0] }.from("num_hidden_layers")), Child("norm", norm()),
    ])
    let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("lm_head.weight", "embed_tokens.weight")
    let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
    let modules = try further(file)
    var model = Architecture(
      name: "", modelType: try c.string("model_type"), family: .mixture,
      context: context, embedding: embedding, body: body,
      head: head, extras: modules)
    model.predictionsLeftOut = predictions - modules.count
    return model
  }

  /// The modules that predict further tokens. The published class leaves them out and so does a configuration alone; a file that holds them
  /// has them as layers behind the last, with copies of the embedding and the head.
  private func further(_ file: Holdings) throws -> [Child] {
    try (0..<predictions).filter { file.has("layers.\(layers + $0).eh_proj.weight") == true }.map { depth in
      Child("prediction.depth\(depth + 1)", TokenPrediction(width, norm: { norm() }, layer: try layer(isDense: false)).from("num_nextn_predict_layers"))
    }
  }

  private func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon).from("rms_norm_eps") }

  /// Numbers of a head of the indexer, of which the first turn by their position.
  private func indexWidth() throws -> Int {
    let width = try c.int("index_head_dim", default: 128)
    guard width >= sizes.rotary else {
      throw ModelFailure.contradiction(file: c.file, "index_head_dim \(width) is less than qk_rope_head_dim \(sizes.rotary), the part of it that turns")
    }
    return width
  }

  /// Which layers have one feed-forward for all tokens.
  private func denseLayers() throws -> [Bool] {
    guard isSparse, let types = try c.strings("mlp_layer_types") else { return (0..<layers).map { $0 < dense } }
    guard types.count == layers else {
      throw ModelFailure.contradiction(file: c.file, "mlp_layer_types names \(types.count) layers, num_hidden_layers is \(layers)")
    }
    return types.map { $0 != "sparse" }
  }

  /// A decoder layer.
  private func layer(isDense: Bool) throws -> Chain {
    let indexer = try isSparse
      ? LightningIndexer(
        width, source: sizes.queryLatent ?? width, heads: c.int("index_n_heads", in: 1...65_536, default: 64),
        headWidth: indexWidth(), chosen: c.int("index_topk", default: 2048),
        rope: RoPE(base: rope.base, width: sizes.rotary, layout: .half, scaling: rope.scaling)
      ).from("index_n_heads", "index_head_dim", "index_topk") : nil
    let attention = LatentAttention(width, heads: heads, sizes, rope: rope, scale: scale, bias: bias, indexer: indexer)
      .from("num_attention_heads", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    let feedForward: any Block
    if isDense {
      feedForward = GatedFeedForward(width, hidden: hidden, activation: activation, bias: feedForwardBias)
        .from("intermediate_size", "first_k_dense_replace")
    } else {
      // The shared experts are published as one, as wide as all of them.
      let always = shared == 0 ? nil : GatedFeedForward(width, hidden: shared * expertHidden, activation: activation, bias: feedForwardBias)
        .from("n_shared_experts", "moe_intermediate_size")
      feedForward = Experts(
        router: Router(width, experts: experts, routing: routing).from("num_experts_per_tok", "n_group", "topk_group", "routed_scaling_factor"),
        shared: always
      ) {
        GatedFeedForward(width, hidden: expertHidden, activation: activation).from("moe_intermediate_size", "hidden_act")
      }.from("n_routed_experts", "num_experts_per_tok", "n_shared_experts")
    }
    return Chain([
      Child("", Residual("attention", norm: norm(), attention)), Child("", Residual("feedForward", norm: norm(), feedForward)),
    ])
  }

  /// Names of the parameters in published files.
  var names: NameTable {
    var entries: [String: Source] = [
      "embedding.tokens": Source("embed_tokens.weight"), "norm.weight": Source("norm.weight"), "head.weight": Source("lm_head.weight"),
    ]
    addLayer(to: &entries, ours: "layers.*", theirs: "layers.*")
    for depth in 0..<predictions {
      let (ours, theirs) = ("prediction.depth\(depth + 1)", "layers.\(layers + depth)")
      addLayer(to: &entries, ours: ours + ".layer", theirs: theirs)
      for (own, published) in [("embeddingNorm", "enorm"), ("hiddenNorm", "hnorm"), ("projection", "eh_proj"), ("norm", "shared_head.norm")] {
        entries["\(ours).\(own).weight"] = Source("\(theirs).\(published).weight")
      }
    }
    // Modules that a configuration does not count are passed over, as the published class does.
    let further = (layers..<(layers + max(1, predictions))).flatMap { layer in
      layer < layers + predictions ? ["layers.\(layer).embed_tokens.weight", "layers.\(layer).shared_head.head.weight"] : ["layers.\(layer).*"]
    }
    return NameTable(entries, prefixes: ["model."], ignored: DecoderLine.ignored + further)
  }

  /// Names of one layer's parameters.
  private func addLayer(to entries: inout [String: Source], ours: String, theirs: String) {
    func add(_ own: String, _ published: String, kinds: [String] = ["weight"]) {
      for kind in kinds { entries["\(ours).\(own).\(kind)"] = Source("\(theirs).\(published).\(kind)") }
    }
    let both = ["weight", "bias"]
    add("attention.norm", "input_layernorm")
    add("feedForward.norm", "post_attention_layernorm")
    if sizes.queryLatent == nil { add("attention.query", "self_attn.q_proj") } else { add("attention.query", "self_attn.q_b_proj") }
    add("attention.compressQuery", "self_attn.q_a_proj", kinds: both)
    add("attention.queryNorm", "self_attn.q_a_layernorm")
    add("attention.compress", "self_attn.kv_a_proj_with_mqa", kinds: both)
    add("attention.latentNorm", "self_attn.kv_a_layernorm")
    add("attention.expand", "self_attn.kv_b_proj")
    add("attention.output", "self_attn.o_proj", kinds: both)
    for (own, published) in [("query", "wq_b"), ("key", "wk"), ("keyNorm", "k_norm"), ("weights", "weights_proj")] {
      add("attention.indexer.\(own)", "self_attn.indexer.\(published)", kinds: both)
    }
    add("feedForward.router", "mlp.gate")
    entries["\(ours).feedForward.router.correction"] = Source("\(theirs).mlp.gate.e_score_correction_bias")
    for part in ["gate", "up", "down"] {
      add("feedForward.\(part)", "mlp.\(part)_proj", kinds: both)
      add("feedForward.shared.\(part)", "mlp.shared_experts.\(part)_proj", kinds: both)
      let fused = "\(theirs).mlp.experts.\(part == "down" ? "down_proj" : "gate_up_proj")"
      let cut = Source(fused, fused + ".weight")
      entries["\(ours).feedForward.experts.*.\(part).weight"] = Source("\(theirs).mlp.experts.*.\(part)_proj.weight").or(
        part == "down" ? cut : cut.rows(part == "gate" ? 0..<expertHidden : expertHidden..<(2 * expertHidden)))
    }
  }
}

#if canImport(Glibc)
import Glibc
#endif
