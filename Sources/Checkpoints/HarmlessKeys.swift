// Keys of published configurations that change no number of a run: the list, with the reason for each. What is not here and is read by nobody
// is told. Values matter only where the second list says so.

import Files

enum HarmlessKeys {
  /// By the reason why their values do not matter.
  private static let byReason: [(reason: String, keys: String)] = [
    ("says who made the file, for which program, and how numbers are stored or split over machines",
      """
      architectures auto_map model_type transformers_version _name_or_path name_or_path _commit_hash _attn_implementation _attn_implementation_autoset \
      attn_implementation _flash_attn_2_enabled torch_dtype dtype params_dtype precision torchscript use_bfloat16 return_dict output_hidden_states \
      output_attentions output_past output_scores output_router_logits add_router_probs keys_to_ignore_at_inference pretraining_tp ep_size tie_weights_ \
      quantization_config quantization \
      unsloth_version unsloth_fixed adapters custom_pipelines license language tags
      """),
    ("acts in training, or chooses what fresh weights are",
      """
      attention_dropout hidden_dropout hidden_dropout_prob attention_probs_dropout_prob activation_dropout dropout dropout_rate resid_pdrop embd_pdrop attn_pdrop \
      resid_dropout embed_dropout embedding_dropout residual_dropout classifier_dropout classifier_dropout_prob classif_dropout qa_dropout seq_classif_dropout \
      encoder_layerdrop decoder_layerdrop summary_first_dropout summary_last_dropout expert_dropout lm_head_dropout gradient_checkpointing initializer_range \
      initializer_factor init_std init_fn init_cutoff_factor init_device embedding_init_std rescale_prenorm_residual time_step_min time_step_max time_step_scale \
      time_step_init_scheme time_step_floor router_aux_loss_coef router_z_loss_coef router_jitter_noise aux_loss_alpha seq_aux tf_legacy_loss
      """),
    ("chooses tokens, which is generation's and not the model's",
      """
      bos_token_id eos_token_id pad_token_id sep_token_id cls_token_id mask_token_id unk_token_id decoder_start_token_id forced_bos_token_id forced_eos_token_id \
      max_length min_length max_new_tokens do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature top_k top_p typical_p \
      repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids num_return_sequences remove_invalid_values \
      exponential_decay_length_penalty suppress_tokens begin_suppress_tokens return_dict_in_generate renormalize_logits task_specific_params prefix \
      tokenizer_class suppress_mask_token predict_special_tokens n_special force_bos_token_to_be_generated
      """),
    ("belongs to the heads of other classes and to their labels",
      """
      id2label label2id num_labels _num_labels finetuning_task problem_type num_choices summary_type summary_use_proj summary_activation summary_proj_to_labels
      """),
    ("says how something is computed, not what",
      """
      use_cache use_mambapy use_associative_scan use_mamba_kernels mamba_chunk_size chunk_size chunk_size_feed_forward fused_add_norm residual_in_fp32 \
      num_logits_to_keep logits_to_keep calc_logits_for_entire_prompt reorder_and_upcast_attn router_dtype router_ignore_padding_tokens rope_full_precision flash_attention use_flash_attn \
      use_flash_attention attention_softmax_in_fp32
      """),
    ("follows from other keys of the file", "qk_head_dim layers_block_type initial_context_length layers_num_experts pad_vocab_size_multiple mlp_expansion_factor"),
  ]

  /// Lists that say the same of every layer: of those that have no kinds, "full_attention".
  private static let lists = ["layer_types": "full_attention"]

  private static let names: Set<String> = Set(byReason.flatMap { $0.keys.split(separator: " ").map { String($0) } })

  /// Harmless with one of these values alone: what the classes that do not read them do.
  private static let values: [String: [JSONTree]] = [
    "is_decoder": [.bool(false)], "is_encoder_decoder": [.bool(false)], "add_cross_attention": [.bool(false)], "tie_encoder_decoder": [.bool(false)],
    "pruned_heads": [.object([])], "use_sliding_window": [.bool(false)], "attention_bias": [.bool(false)], "mlp_bias": [.bool(false)],
    "mtp_num_hidden_layers": [.int(0)], "use_mrope": [.bool(false)], "moe_layer_freq": [.int(1)],
    "num_hidden_groups": [.int(1)], "sinusoidal_pos_embds": [.bool(false)], "add_bias_linear": [.bool(false)], "rope_scaling": [.object([])],
  ]

  /// Whether a key changes nothing, or a key of a section that changes nothing.
  static func contains(_ path: String, _ value: JSON) -> Bool {
    if names.contains(String(path.prefix { $0 != "." })) || values[path]?.contains(where: { $0.equals(value) }) == true { return true }
    guard let every = lists[path], let list = value.array else { return false }
    return list.allSatisfy { $0.string == every }
  }

  /// Published keys that lie one letter away from another published one: neither is a slip of the other. Written by
  /// `Tests/Fixtures/scripts/published_keys.py` from the classes of transformers.
  static let published: Set<String> = Set("""
    H_cycles L_cycles adapter_config adapter_kernel_size adapter_stride adaptor_config adaptor_kernel_size adaptor_stride architecture
    architectures attention_type attention_types audio_bos_token_id audio_eos_token_id audio_stream_bos_id audio_stream_eos_id block_size
    block_sizes boa_token_id boi_token_id boi_token_index bos_index bos_token_id cca_time0 cca_time1 conv_kernel_size conv_kernel_sizes d_ff
    d_head d_inner depth depths dff dilation dilations emb_pdrop embd_pdrop embed_dim embed_dims encoder_hidden_size encoder_hidden_sizes
    eoa_token_id eoa_token_index eod_token_id eoi_token_id eoi_token_index eos_index eos_token_id expand_ratio expand_ratios ff_dropout
    ffn_dropout ffn_hidden_size ffn_kernel_size fpn_hidden_size fpn_kernel_size fusion_hidden_size fusion_hidden_sizes hidden_size hidden_sizes
    k_groups kernel_size kernel_sizes kv_channels l_layers layer_type layer_types mamba_n_groups mamba_ngroups matching_threshold mim_weight
    mlm_weight mlp_layer_types mlp_ratio mlp_ratios moe_routed_scaling_factor moe_router_scaling_factor moe_top_k moe_topk mtp_layer_types
    multi_modal_projector_bias multimodal_projector_bias n_group n_groups n_head n_heads n_inner n_layer n_layers o_groups o_lora_rank
    out_features out_indices patch_embed_hidden_size patch_embeds_hidden_size patch_size patch_sizes patching_threshold position_embedding_type
    position_embeddings_type projector_bias projectors_bias q_groups q_lora_rank qk_nope_head_dim qk_rope_head_dim qkv_bias qv_bias r_layers
    routed_scaling_factor router_scaling_factor scale_conv_kernel_size scale_conv_kernel_sizes scale_factor scale_factors sconv_kernel_size
    share_expert_dim share_expert_dims shared_expert_intermediate_size shared_experts_intermediate_size sliding_window sliding_windows
    stem_stride stem_strides stride strides swiglu_limit swiglu_limits t2u_bos_token_id t2u_eos_token_id tts_bos_token_id tts_eos_token_id
    type_vocab_size type_vocab_sizes upsample_kernel_size upsample_kernel_sizes use_layer_scale use_layerscale v_channels v_groups
    vision_feature_layer vision_feature_layers x_layers
    """.split(whereSeparator: \.isWhitespace).map { String($0) })
}

extension JSONTree {
  /// Whether a file says this; 1 and 1.0 are the same.
  func equals(_ json: JSON) -> Bool {
    switch self {
    case .null: json.isNull
    case .bool(let b): json.bool == b
    case .int(let n): json.double == Double(n)
    case .double(let x): json.double == x
    case .string(let s): json.string == s
    case .object(let members): json.members.map { $0.count == members.count && members.isEmpty } ?? false
    default: false
    }
  }
}
