"""Fixtures of configurations that say more, less or something else than the class saves: which key wins, what a missing one means, and what the
class does not read. name → (class, configuration, options), as in make_checkpoints.py."""
from fixtures_experts import DECODER, T5
from fixtures_latent import FIXTURES as LATENT
from fixtures_spaces import JAMBA, MAMBA

LLAMA = dict(vocab_size=64, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=63,
             tie_word_embeddings=False)
BERT = dict(vocab_size=50, hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=36,
            max_position_embeddings=32, type_vocab_size=2, pad_token_id=0)
DISTIL = dict(vocab_size=50, dim=20, n_layers=2, n_heads=4, hidden_dim=36, max_position_embeddings=32)
GPT2 = dict(vocab_size=60, n_embd=24, n_layer=2, n_head=3, n_positions=40, bos_token_id=59, eos_token_id=59)
NEO = dict(vocab_size=60, hidden_size=24, num_layers=2, num_heads=3, max_position_embeddings=40, window_size=4, bos_token_id=59,
           eos_token_id=59)
SPACE, HYBRID = dict(MAMBA), dict(JAMBA)


def edited(add=(), drop=()):
    """config.json with other keys than the class saved."""
    def edit(config):
        for key in drop:
            config.pop(key, None)
        config.update(add)
    return dict(edit_config=edit)


FIXTURES = {
    # The older section wins over the newer, and the base is the one in it or the class's. Texts go on behind the context.
    "keys-llama": ("LlamaForCausalLM", dict(LLAMA, max_position_embeddings=8, head_dim=8), edited(dict(
        rope_scaling=dict(rope_type="linear", factor=4.0), rope_parameters=dict(rope_type="default", rope_theta=300.0)))),
    "keys-llama-whole": ("LlamaForCausalLM", dict(LLAMA), edited(dict(partial_rotary_factor=0.5))),
    "keys-llama-beside": ("LlamaForCausalLM", dict(LLAMA, head_dim=16), edited(dict(
        rope_theta=500.0, original_max_position_embeddings=24, rope_scaling=dict(
            rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)), ["rope_parameters"])),
    "keys-mistral": ("MistralForCausalLM", dict(LLAMA, hidden_size=32, num_attention_heads=8, num_key_value_heads=8), edited(
        dict(attention_bias=True, mlp_bias=True, partial_rotary_factor=0.5), ["num_key_value_heads", "sliding_window", "head_dim"])),
    "keys-qwen2": ("Qwen2ForCausalLM", dict(LLAMA), edited(dict(mlp_bias=True, attention_bias=False))),
    "keys-qwen3": ("Qwen3ForCausalLM", dict(LLAMA, head_dim=8), edited(dict(mlp_bias=True))),
    "keys-mixtral": ("MixtralForCausalLM", dict(DECODER, num_local_experts=4, num_experts_per_tok=2, sliding_window=None), edited(
        dict(attention_bias=True), ["rope_parameters", "rms_norm_eps", "sliding_window"])),
    "keys-qwen3-moe": ("Qwen3MoeForCausalLM", dict(DECODER, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=8), edited(
        drop=["head_dim", "norm_topk_prob"])),
    "keys-deepseek-v2": (LATENT["deepseek-v2"][0], LATENT["deepseek-v2"][1], edited(dict(rope_interleave=False))),
    "keys-deepseek-v3": (LATENT["deepseek-v3"][0], LATENT["deepseek-v3"][1], edited(dict(
        rope_scaling=dict(type="linear", factor=4.0), topk_method="greedy", head_dim=4))),
    "keys-albert": ("AlbertForMaskedLM", dict(BERT, embedding_size=8, hidden_act="gelu_new"), edited(
        dict(is_decoder=True), ["hidden_act"])),
    "keys-distilbert": ("DistilBertForMaskedLM", dict(DISTIL), edited(dict(
        is_decoder=True, layer_norm_eps=0.1, hidden_act="relu", intermediate_size=13))),
    # An untied head holds a bias that it does not add.
    "keys-bert-untied": ("BertForMaskedLM", dict(BERT, tie_word_embeddings=False), {}),
    "keys-albert-untied": ("AlbertForMaskedLM", dict(BERT, embedding_size=8, tie_word_embeddings=False), {}),
    # What files say in the newer way, or twice.
    "keys-t5": ("T5ForConditionalGeneration", dict(T5, num_decoder_layers=1, feed_forward_proj="relu"), edited(dict(dense_act_fn="gelu"))),
    "keys-t5-gated": ("T5ForConditionalGeneration", dict(T5, feed_forward_proj="gated-gelu"), edited(dict(dense_act_fn="silu"))),
    "keys-switch": ("SwitchTransformersForConditionalGeneration", dict(T5, expert_capacity=64, tie_word_embeddings=False), edited(dict(
        feed_forward_proj="gelu", scale_decoder_outputs=True))),
    "keys-gpt2": ("GPT2LMHeadModel", dict(GPT2), edited(dict(num_attention_heads=6, n_ctx=20))),
    "keys-gpt-neo": ("GPTNeoForCausalLM", dict(NEO, attention_types=[[["global", "local"], 1]]), edited(dict(attention_layers=["local", "local"]))),
    # The gate is SiLU, whatever the convolution's activation.
    "keys-mamba": ("MambaForCausalLM", dict(SPACE, hidden_act="relu"), {}),
    "keys-falcon-mamba": ("FalconMambaForCausalLM", dict(SPACE, hidden_act="gelu"), {}),
    "keys-jamba": ("JambaForCausalLM", dict(HYBRID, hidden_act="relu"), {}),
}
