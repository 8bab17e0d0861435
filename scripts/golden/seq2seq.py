#!/usr/bin/env python3
"""Golden files of the seq2seq crate: what transformers computes and writes with tiny models: T5 and mT5, BART
and mBART, Marian and Pegasus.

    pip install torch transformers safetensors
    nice python scripts/golden/seq2seq.py            # writes crates/seq2seq/tests/golden/*.{safetensors,json}
    nice python scripts/golden/seq2seq.py --check    # regenerates in memory and compares, writes nothing

Beside what golden.py names, each safetensors file holds

    input, lengths   [batch, key] source ids, padded on the right, and how many of each row are not padding
    target           [batch, query] ids; -1, after a row's end, asks for nothing
    decoder_input    the start token and the target without its last id, with padding for -1; none of it is masked
    logits, loss     [batch, query, vocabulary], and the mean cross-entropy over the targets that ask for something
    encoder          [batch, key, width], the encoder's output; what it holds at padding is of no use to anyone
    greedy           [batch, step] what each source is answered with: no start token, the end where it came, then -1
    beam/pP/E        [batch, answer, step] the same by beam search, best first; P is the length penalty, E is `early` where
                     the search stops early and `late` where not (beam.py tells the rules)
    beam_scores/pP/E [batch, answer]
    beam/forced      where the model's files use to say so: with a forced first token (FIRST) and last one (the end), and no
                     pair of tokens twice; beam_scores/forced its scores

An answer may hold the padding token like any other. Answers are to each source alone; the json says whether a padded
batch gets the same, and how many answers ended.

Some of these models are unlike their namesakes on purpose. The head's row of the end token (for all but T5 v1.1 the
shared embedding's) is longer than others, that answers differ in length. T5 v1.1 and mT5 get their heads of their own by
hand, as transformers shares the embedding unless a checkpoint holds both; untied, the decoder's output is not scaled by
width ** -0.5 either. All but T5's embeddings have a `padding_idx`, which keeps back the gradient of what is looked up
there: Marian starts with its padding token. Angles are no part of a checkpoint, and the bias of the logits is not zero but
for some of BART's.
"""
import golden
import torch
from transformers import (
    BartConfig, BartForConditionalGeneration, GenerationConfig, MarianConfig, MarianMTModel, MBartConfig,
    MBartForConditionalGeneration, MT5Config, MT5ForConditionalGeneration, PegasusConfig,
    PegasusForConditionalGeneration, T5Config, T5ForConditionalGeneration)

LENGTHS, TARGETS, VOCABULARY = torch.tensor([9, 5, 7]), torch.tensor([5, 7, 4]), 37
SPREAD = 0.3
STEPS, BEAMS, ANSWERS, PENALTIES = 12, 4, 3, (0.6, 1.0, 2.0)
SEARCHES = {f"p{penalty}/{'early' if early else 'late'}": dict(length_penalty=penalty, early_stopping=early)
    for penalty in PENALTIES for early in (True, False)}
FIRST, FORCED = 7, {"bart-ten", "marian-ten"}
SIZES = dict(
    d_model=18, encoder_attention_heads=3, decoder_attention_heads=3, encoder_ffn_dim=26, decoder_ffn_dim=26,
    vocab_size=VOCABULARY, max_position_embeddings=23, dropout=0.0, attention_dropout=0.0, activation_dropout=0.0,
    forced_eos_token_id=None, attn_implementation="eager")
# Smaller ones, with an even size of heads that is no power of two, and as a rule with unlike sides.
SIX = dict(d_model=12, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=14, decoder_ffn_dim=14)
TEN = dict(d_model=10, encoder_attention_heads=1, decoder_attention_heads=1, encoder_ffn_dim=7, decoder_ffn_dim=7)

def t5(layers, tied, **changes):
    config = T5Config(
        d_model=18, d_kv=8, num_heads=3, d_ff=26, num_layers=layers, relative_attention_num_buckets=8,
        relative_attention_max_distance=11, vocab_size=VOCABULARY, dropout_rate=0.0, pad_token_id=0, eos_token_id=1,
        decoder_start_token_id=0, tie_word_embeddings=tied, attn_implementation="eager", **changes)
    model = T5ForConditionalGeneration(config)
    if not tied:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
        config.tie_word_embeddings = False
    return model

def small_t5(make_config, make_model, tied, **changes):
    config = make_config(
        d_model=10, d_kv=6, num_heads=2, d_ff=7, num_layers=2, num_decoder_layers=1, relative_attention_num_buckets=9,
        relative_attention_max_distance=10, vocab_size=VOCABULARY, dropout_rate=0.0, pad_token_id=0, eos_token_id=1,
        decoder_start_token_id=0, attn_implementation="eager", **changes)
    model = make_model(config)
    if not tied:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
        config.tie_word_embeddings = False
    return model

def bart():
    return BartForConditionalGeneration(BartConfig(
        encoder_layers=2, decoder_layers=2, activation_function="gelu", scale_embedding=False, bos_token_id=0,
        pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, **SIZES))

def small_bart(make_config, make_model, layers, activation, scaled, sizes):
    model = make_model(make_config(
        encoder_layers=layers[0], decoder_layers=layers[1], activation_function=activation, scale_embedding=scaled,
        bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, **(SIZES | sizes)))
    return biased(model)

def biased(model):
    model.final_logits_bias.normal_(0.0, SPREAD)
    model.final_logits_bias[:, model.config.pad_token_id] = -9.0  # an answer holds no padding
    return model

def marian(activation, layers=(1, 1), scaled=True, sizes={}):
    return biased(MarianMTModel(MarianConfig(
        encoder_layers=layers[0], decoder_layers=layers[1], activation_function=activation, scale_embedding=scaled,
        bos_token_id=None, pad_token_id=36, eos_token_id=0, decoder_start_token_id=36, **(SIZES | sizes))))

def mbart(*parts):
    return small_bart(MBartConfig, MBartForConditionalGeneration, *parts)

def pegasus(layers, activation, scaled, sizes):
    return biased(PegasusForConditionalGeneration(PegasusConfig(
        encoder_layers=layers[0], decoder_layers=layers[1], activation_function=activation, scale_embedding=scaled,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, **(SIZES | sizes))))

# How each is made, its seed, and how much longer its end token's row is: so that some answers end and some do not.
MODELS = {
    "t5": (lambda: t5(2, True, feed_forward_proj="relu"), 41, 2.5),
    "t5-gated": (lambda: t5(1, False, feed_forward_proj="gated-gelu"), 42, 2.5),
    "bart": (bart, 46, 2.0),
    "marian": (lambda: marian("swish"), 42, 1.5),
    "marian-relu": (lambda: marian("relu"), 41, 2.0),
    "t5-tied-gated": (lambda: small_t5(T5Config, T5ForConditionalGeneration, True, feed_forward_proj="gated-silu"), 51, 4.0),
    "mt5": (lambda: small_t5(MT5Config, MT5ForConditionalGeneration, False), 44, 2.0),
    "bart-ten": (lambda: small_bart(BartConfig, BartForConditionalGeneration, (2, 1), "relu", True, TEN), 45, 2.0),
    "mbart": (lambda: mbart((1, 1), "gelu", True, SIX), 46, 2.0),
    "mbart-ten": (lambda: mbart((2, 1), "relu", False, TEN), 56, 4.0),
    "marian-ten": (lambda: marian("gelu", (2, 1), False, TEN), 53, 4.0),
    "pegasus": (lambda: pegasus((1, 1), "relu", True, SIX), 53, 2.5),
    "pegasus-ten": (lambda: pegasus((2, 1), "gelu_new", False, TEN), 50, 2.0)}

def build(make_model, end_factor):
    model = make_model().float().eval()
    golden.randomize(model, SPREAD)
    with torch.no_grad():
        model.get_output_embeddings().weight[model.config.eos_token_id] *= end_factor
    return model

def draw(model):
    """Rows of ids that are neither start, end nor padding, but for the end of each row."""
    config = model.config
    def rows(lengths, padding):
        tokens = torch.randint(3, VOCABULARY - 1, (len(lengths), lengths.max()))
        tokens[torch.arange(len(lengths)), lengths - 1] = config.eos_token_id
        return tokens.masked_fill(golden.attention_mask(lengths, tokens.shape[1]) == 0, padding)
    target = rows(TARGETS, -1)
    return {"input": rows(LENGTHS, config.pad_token_id), "lengths": LENGTHS, "target": target,
        "decoder_input": model.prepare_decoder_input_ids_from_labels(golden.labels(target))}

def padded_answers(sequences, end):
    """Rows without their start, -1 after their end."""
    answers = torch.full((len(sequences), STEPS), -1)
    for answer, tokens in zip(answers, sequences[:, 1:].tolist()):
        tokens = tokens[: tokens.index(end) + 1] if end in tokens else tokens
        answer[: len(tokens)] = torch.tensor(tokens)
    return answers

@torch.no_grad()
def generate(model, sources, lengths, **settings):
    """Answers to each source, and their scores where the search tells any."""
    config = model.config
    found = model.generate(
        sources, attention_mask=golden.attention_mask(lengths, sources.shape[1]), generation_config=GenerationConfig(
            max_new_tokens=STEPS, do_sample=False, pad_token_id=config.pad_token_id, eos_token_id=config.eos_token_id,
            decoder_start_token_id=config.decoder_start_token_id,
            return_dict_in_generate=True, output_scores=True, **settings))
    return padded_answers(found.sequences, config.eos_token_id), found.get("sequences_scores")

def searches(model):
    forced = dict(forced_bos_token_id=FIRST, forced_eos_token_id=model.config.eos_token_id, no_repeat_ngram_size=2)
    return SEARCHES | ({"forced": forced} if model.is_forced else {})

def answers(model, sources, lengths):
    """By greedy search and by each beam search, under the names they are stored by."""
    batch, found = len(sources), {"greedy": generate(model, sources, lengths, num_beams=1)[0]}
    for name, settings in searches(model).items():
        tokens, scores = generate(model, sources, lengths, num_beams=BEAMS, num_return_sequences=ANSWERS, **settings)
        found[f"beam/{name}"] = tokens.view(batch, ANSWERS, STEPS)
        found[f"beam_scores/{name}"] = scores.view(batch, ANSWERS)
    return found

def answers_alone(model, inputs):
    rows = zip(inputs["input"], inputs["lengths"])
    found = [answers(model, row[None, :length], length[None]) for row, length in rows]
    return {name: torch.cat([one[name] for one in found]) for name in found[0]}

def forward(model, inputs):
    mask = golden.attention_mask(inputs["lengths"], inputs["input"].shape[1])
    found = model(input_ids=inputs["input"], attention_mask=mask, labels=golden.labels(inputs["target"]))
    return {"logits": found.logits, "loss": found.loss, "encoder": found.encoder_last_hidden_state,
        **answers_alone(model, inputs)}

def notes(model, tensors):
    """What a padded batch answers otherwise, and how many answers ended."""
    together = golden.deviations(answers(model, tensors["input"], tensors["lengths"]), tensors)
    ended = lambda name: (tensors[name] == model.config.eos_token_id).any(-1)
    count = lambda name: f"{ended(name).sum()} of {ended(name).numel()}"
    names = ["greedy", *(f"beam/{name}" for name in searches(model))]
    return {"deviation_of_padded_batch": together, "ended": {name: count(name) for name in names}}

def make(name):
    make_model, seed, end_factor = MODELS[name]
    torch.manual_seed(seed)
    model = build(make_model, end_factor)
    model.is_forced = name in FORCED
    tensors, about = golden.record("seq2seq", model, draw(model), forward, seed=seed, spread=SPREAD,
        search={"beams": BEAMS, "answers": ANSWERS, "max_new_tokens": STEPS})
    return tensors, about | notes(model, tensors)

if __name__ == "__main__":
    golden.main(__doc__, "seq2seq", MODELS, make)
