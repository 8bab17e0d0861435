#!/usr/bin/env python3
"""Folders of transformers through the program and back: every tensor must come back as it was, and transformers must open what is written.

    pip install torch transformers tokenizers safetensors
    python scripts/golden/folders.py target/release/attentive [NAME...]

For each architecture a small model of random weights is saved by `save_pretrained` with a small tokenizer, `attentive export FOLDER --to COPY`
reads it and writes it again, and `from_pretrained` opens the copy. The tensors and the outputs of both are compared. What writes, writes
greedily by both programs (`attentive generate`, `attentive translate --beams 1`), and the texts must be the same.
"""
import pathlib
import subprocess
import sys
import tempfile

import golden
import torch
import transformers as hf
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors, decoders

WORDS = ["<pad>", "</s>", "<unk>", "<s>", "[MASK]"] + [f"{a}{b}" for a in "bdgkmnpt" for b in "aeiou"]
VOCABULARY = len(WORDS)
SHAPE = dict(hidden_size=18, num_attention_heads=3, num_hidden_layers=2, intermediate_size=26, vocab_size=VOCABULARY,
             max_position_embeddings=24)
SMALL = SHAPE | {"num_hidden_layers": 1, "hidden_size": 20, "num_attention_heads": 2}
SIDES = dict(d_model=18, encoder_layers=2, decoder_layers=1, encoder_attention_heads=3, decoder_attention_heads=3, encoder_ffn_dim=26,
             decoder_ffn_dim=26, vocab_size=VOCABULARY, max_position_embeddings=24, pad_token_id=0, eos_token_id=1, bos_token_id=3,
             decoder_start_token_id=1, forced_eos_token_id=None)
PICTURE = dict(hidden_size=18, num_attention_heads=3, num_hidden_layers=2, intermediate_size=26, image_size=12, patch_size=4)
IDS = dict(pad_token_id=0, eos_token_id=1, bos_token_id=3)

def llama(kind, **changes):
    return kind(**(SHAPE | IDS | dict(num_key_value_heads=1, tie_word_embeddings=False, rms_norm_eps=1e-5) | changes))

MODELS = {
    "gpt2": lambda: hf.GPT2LMHeadModel(hf.GPT2Config(
        n_embd=18, n_head=3, n_layer=2, n_inner=26, n_positions=24, vocab_size=VOCABULARY, **IDS)),
    "gpt2-untied": lambda: hf.GPT2LMHeadModel(hf.GPT2Config(
        n_embd=20, n_head=2, n_layer=1, n_positions=24, vocab_size=VOCABULARY, tie_word_embeddings=False, **IDS)),
    "llama": lambda: hf.LlamaForCausalLM(llama(hf.LlamaConfig)),
    "llama-tied": lambda: hf.LlamaForCausalLM(llama(hf.LlamaConfig, tie_word_embeddings=True, attention_bias=True)),
    "mistral": lambda: hf.MistralForCausalLM(llama(hf.MistralConfig, sliding_window=5)),
    "qwen2": lambda: hf.Qwen2ForCausalLM(llama(hf.Qwen2Config, tie_word_embeddings=True)),
    "bert": lambda: hf.BertForMaskedLM(hf.BertConfig(**SHAPE)),
    "bert-classes": lambda: hf.BertForSequenceClassification(hf.BertConfig(**SMALL, num_labels=3)),
    "bert-bare": lambda: hf.BertModel(hf.BertConfig(**SHAPE)),
    "roberta": lambda: hf.RobertaForMaskedLM(hf.RobertaConfig(**SHAPE, type_vocab_size=1, **(IDS | {"pad_token_id": 0}))),
    "roberta-classes": lambda: hf.RobertaForSequenceClassification(hf.RobertaConfig(**SMALL, type_vocab_size=1, num_labels=3, **IDS)),
    "distilbert": lambda: hf.DistilBertForMaskedLM(hf.DistilBertConfig(
        dim=18, n_heads=3, n_layers=2, hidden_dim=26, vocab_size=VOCABULARY, max_position_embeddings=24)),
    "distilbert-classes": lambda: hf.DistilBertForSequenceClassification(hf.DistilBertConfig(
        dim=20, n_heads=2, n_layers=1, hidden_dim=26, vocab_size=VOCABULARY, max_position_embeddings=24, num_labels=3)),
    "t5": lambda: hf.T5ForConditionalGeneration(hf.T5Config(
        d_model=18, d_kv=10, d_ff=26, num_layers=2, num_heads=3, vocab_size=VOCABULARY, decoder_start_token_id=0)),
    "t5-1.1": lambda: hf.T5ForConditionalGeneration(hf.T5Config(
        d_model=20, d_kv=6, d_ff=26, num_layers=1, num_heads=2, vocab_size=VOCABULARY, decoder_start_token_id=0,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
    "mt5": lambda: hf.MT5ForConditionalGeneration(hf.MT5Config(
        d_model=18, d_kv=10, d_ff=26, num_layers=2, num_heads=3, vocab_size=VOCABULARY, decoder_start_token_id=0)),
    "bart": lambda: hf.BartForConditionalGeneration(hf.BartConfig(**SIDES)),
    "marian": lambda: hf.MarianMTModel(hf.MarianConfig(**(SIDES | dict(
        decoder_start_token_id=0, scale_embedding=True, activation_function="swish")))),
    "vit": lambda: hf.ViTForImageClassification(hf.ViTConfig(**PICTURE, num_labels=3)),
    "deit": lambda: hf.DeiTForImageClassification(hf.DeiTConfig(**PICTURE, num_labels=3)),
    "clip": lambda: hf.CLIPModel(hf.CLIPConfig(
        text_config=SHAPE | IDS, vision_config=PICTURE, projection_dim=14))}

PROMPT = "ba de gi"

def tokenizer(name, folder):
    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    end = [("</s>", 1)]
    if any(part in name for part in ("t5", "marian")):
        inner.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=end)
    elif any(part in name for part in ("bert", "bart", "clip")):
        inner.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 3), *end])
    whole = hf.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", bos_token="<s>", cls_token="<s>", sep_token="</s>",
        mask_token="[MASK]", clean_up_tokenization_spaces=False)
    whole.save_pretrained(folder)
    return whole

def outputs(model, name):
    ids = torch.tensor([[3, 5, 12, 33, 1], [3, 40, 7, 21, 1]])
    pixels = torch.linspace(-1, 1, 2 * 3 * 12 * 12).reshape(2, 3, 12, 12)
    with torch.no_grad():
        if name == "clip":
            return model(input_ids=ids, pixel_values=pixels).logits_per_image
        if name in ("vit", "deit"):
            return model(pixel_values=pixels).logits
        if model.config.is_encoder_decoder:
            return model(input_ids=ids, decoder_input_ids=ids).logits
        found = model(input_ids=ids)
        return found.pooler_output if name == "bert-bare" else found.logits

def written(model, words, name):
    """What both programs write greedily, or nothing of models that do not write."""
    if not model.can_generate() or "bert" in name:
        return None
    asked = words(PROMPT, return_tensors="pt", add_special_tokens=model.config.is_encoder_decoder, return_token_type_ids=False)
    made = model.generate(**asked, max_new_tokens=8, do_sample=False, num_beams=1)[0]
    made = made if model.config.is_encoder_decoder else made[asked["input_ids"].shape[1]:]
    return plain(words.decode(made))

def plain(text):
    return [word for word in text.split() if word in WORDS[5:]]

def ours(program, folder, seq2seq):
    said = (
        [program, "translate", folder, "--beams", "1", "--tokens", "8", PROMPT] if seq2seq else
        [program, "generate", folder, "--prompt", PROMPT, "--tokens", "8", "--temperature", "0"])
    found = subprocess.run(said, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    text = found.stdout.strip()
    return plain(text if seq2seq else text.removeprefix(PROMPT))

def tried(program, name, place):
    torch.manual_seed(59)
    model = MODELS[name]().float().eval()
    golden.randomize(model, 0.3)
    folder, copy = place / name, place / f"{name}-copy"
    model.save_pretrained(folder)
    words = tokenizer(name, folder)
    if name in ("vit", "deit"):
        hf.ViTImageProcessorFast(size={"height": 12, "width": 12}).save_pretrained(folder)
    found = subprocess.run([program, "export", folder, "--to", copy], capture_output=True, text=True)
    if found.returncode:
        return found.stderr.strip()
    before, after = (load_file(path / "model.safetensors") for path in (folder, copy))
    wrong = [f"{key} {'missing' if key not in after else 'differs'}" for key in before
             if key not in after or not torch.equal(before[key], after[key])] + [f"{key} new" for key in after if key not in before]
    if wrong and name != "deit":  # its distillation token and that token's position are one sum here
        return f"tensors: {', '.join(wrong[:6])}"
    kind = hf.T5ForConditionalGeneration if name == "mt5" else type(model)  # the same model, under the name that it has here
    back, told = kind.from_pretrained(copy, output_loading_info=True)
    off = [f"{kind}: {keys}" for kind, keys in told.items() if keys]
    distance = (outputs(back.float().eval(), name) - outputs(model, name)).abs().max().item()
    if off or distance > 0:
        return f"opened by transformers: {off}, outputs {distance:.1e} off"
    wanted = written(model, words, name)
    got = ours(program, copy, model.config.is_encoder_decoder) if wanted is not None else None
    return None if got == wanted else f"writes {got}, not {wanted}"

def main():
    program, *names = sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        for name in names or MODELS:
            fault = tried(pathlib.Path(program).absolute(), name, pathlib.Path(place))
            failed += fault is not None
            print(f"{name:20} {fault or 'the same'}", flush=True)
    sys.exit(failed > 0)

if __name__ == "__main__":
    main()
