//! Configs of transformers that no model of ours follows, and plans that no model of transformers is.

use attentive_hub::Config;
use attentive_seq2seq::foreign::{self, Format, said};
use serde_json::{Value, json};

use crate::{
    foreign::{parts, table, with},
    sample::plan,
};

#[test]
fn what_no_model_of_ours_follows_is_refused() {
    let refused = [
        (json!({}), "`model_type` is absent; supported are t5, mt5, bart, mbart, marian, pegasus"),
        (json!({"model_type": "umt5"}), "`model_type` is `umt5`; supported are t5, mt5, bart, mbart, marian, pegasus"),
        (json!({"model_type": 5}), "`model_type` is 5, where a string is expected"),
        (json!({"model_type": "bart", "is_decoder": true}), "`is_decoder` is true, and only false is supported"),
        (
            json!({"model_type": "t5", "is_encoder_decoder": false}),
            "`is_encoder_decoder` is false, and only true is supported",
        ),
        (
            json!({"model_type": "t5", "feed_forward_proj": "gated-relu"}),
            "`feed_forward_proj` comes to gated `relu`; supported are gelu, gelu_new, quick_gelu, relu and silu, and, gated, \
             gelu_new and silu",
        ),
        (
            json!({"model_type": "t5", "feed_forward_proj": "gated-gelu", "dense_act_fn": "gelu"}),
            "`feed_forward_proj` comes to gated `gelu`; supported are gelu, gelu_new, quick_gelu, relu and silu, and, gated, \
             gelu_new and silu",
        ),
        (
            json!({"model_type": "t5", "feed_forward_proj": "tanh"}),
            "`feed_forward_proj` comes to `tanh`; supported are gelu, gelu_new, quick_gelu, relu and silu, and, gated, \
             gelu_new and silu",
        ),
        (json!({"model_type": "t5", "d_model": -3}), "`d_model` is -3, where a whole number, not negative is expected"),
        (
            json!({"model_type": "bart", "activation_function": "mish"}),
            "`activation_function` is `mish`; supported are gelu, gelu_new, quick_gelu, relu and silu",
        ),
        (
            json!({"model_type": "bart", "decoder_attention_heads": 8}),
            "`decoder_attention_heads` is 8 and `encoder_attention_heads` is 16; only equal ones are supported",
        ),
        (
            json!({"model_type": "mbart", "encoder_ffn_dim": 8}),
            "`decoder_ffn_dim` is 4096 and `encoder_ffn_dim` is 8; only equal ones are supported",
        ),
        (
            json!({"model_type": "bart", "tie_word_embeddings": false}),
            "`tie_word_embeddings` is false, by which encoder, decoder and head have a table each; only one for all is \
             supported",
        ),
        (
            json!({"model_type": "marian", "share_encoder_decoder_embeddings": false}),
            "`share_encoder_decoder_embeddings` is false, by which source and target have a vocabulary each; only one for both \
             is supported",
        ),
        (
            json!({"model_type": "marian", "decoder_vocab_size": 9}),
            "`decoder_vocab_size` is 9, and only 58101 is supported",
        ),
        (
            json!({"model_type": "bart", "normalize_before": true}),
            "`normalize_before` is true, and only false is supported",
        ),
        (
            json!({"model_type": "pegasus", "add_final_layer_norm": false}),
            "`add_final_layer_norm` is false, and only true is supported",
        ),
        (
            json!({"model_type": "bart", "normalize_embedding": false}),
            "`normalize_embedding` is false, and only true is supported",
        ),
        (
            json!({"model_type": "marian", "static_position_embeddings": false}),
            "`static_position_embeddings` is false, and only true is supported",
        ),
        (
            json!({"model_type": "bart", "eos_token_id": [2, 5]}),
            "`eos_token_id` is a list; give the one id that ends an answer",
        ),
        (
            json!({"model_type": "bart", "pad_token_id": 5_000_000_000_u64}),
            "`pad_token_id` is 5000000000, which is no token id",
        ),
    ];
    for (written, expected) in refused {
        let unfit = foreign::config(&Config::new(table(written))).expect_err(expected);
        assert_eq!(unfit.to_string(), expected);
    }
}

#[test]
fn what_transformers_has_no_model_for_is_refused() {
    let sized = |format: Format, keys: Value| {
        let sizes = json!({
            "layers": 1, "heads": 2, "width": 6, "context": 5, "vocabulary": 7, "start": 0, "end": 1,
        });
        with(with(parts(format), sizes), keys)
    };
    let nameless = |begin: &str| {
        format!(
            "`model.positions` is {begin}: transformers has no such model. It has `relative` ones with `rms`, `before` and no embedding \
             norm (T5), and with `layer`, `before` or `after`, `learned` ones with an embedding norm (mBART, BART) and \
             `sinusoidal` ones without (Pegasus, Marian)"
        )
    };
    let refused = [
        (
            Format::Bart,
            json!({"positions": "none"}),
            nameless("`none`, with `norm = \"layer\"`, `norm_place = \"after\"` and `embedding_norm = true`"),
        ),
        (
            Format::T5,
            json!({"norm_place": "after"}),
            nameless("`relative`, with `norm = \"rms\"`, `norm_place = \"after\"` and `embedding_norm = false`"),
        ),
        (
            Format::Marian,
            json!({"cross": "additive"}),
            "`model.cross` must be `scaled`: transformers has no other".into(),
        ),
        (Format::T5, json!({"bias": true}), "`model.bias` must be false: T5 has no biases".into()),
        (
            Format::T5,
            json!({"score_scale": true}),
            "`model.score_scale` must be false: T5 does not divide scores".into(),
        ),
        (
            Format::Marian,
            json!({"tied": false}),
            "`model.tied` must be true: without, BART and its like have a table each for encoder, decoder and head"
                .into(),
        ),
        (
            Format::Bart,
            json!({"channels": 2}),
            "`model.channels` must be what `width` gives each head: BART and its like have no others".into(),
        ),
        (
            Format::Bart,
            json!({"feed_forward": "geglu"}),
            "`model.feed_forward` must have no gate: BART and its like have none".into(),
        ),
        (
            Format::Mbart,
            json!({"norm_epsilon": 1e-6}),
            "`model.norm_epsilon` must be 1e-5: BART and its like have no other".into(),
        ),
        (
            Format::Bart,
            json!({"unused_positions": 3}),
            "`model.unused_positions` must be at most 2, as in tables of BART".into(),
        ),
        (
            Format::Pegasus,
            json!({"start": null}),
            "`model.start` is not said; give the id that the tokenizer has for it".into(),
        ),
    ];
    for (format, keys, expected) in refused {
        let unfit = said(&plan(sized(format, keys))).expect_err(&expected);
        assert_eq!(unfit.to_string(), expected);
    }
}
