#!/usr/bin/env python3
"""Golden scores of questions to a language model: lm-evaluation-harness asks stories260K through transformers.

    pip install lm-eval torch transformers datasets
    nice python scripts/golden/harness.py            # writes crates/cli/tests/golden/harness.json
    nice python scripts/golden/harness.py --check    # regenerates in memory and compares, writes nothing

Wants ../shared/datasets or $ATTENTIVE_MIRROR: the checkpoint stories260K and the questions of zero-shot-lm. The harness's own
task files say how a question is put; the published columns that they name are taken from the mirror's lines, which
LLM Foundry has joined. The golden file holds the config and the tokenizer of the model folder, and of each item the log-likelihood of each
ending and whether it was right; crates/cli/tests/program/harness.rs puts the weights in their places itself.
"""
import sys
from pathlib import Path
sys.path.remove(str(Path(__file__).resolve().parent))  # or scripts here would be imported in place of the libraries that they are named after
import argparse, gzip, json, math, os, struct, tempfile
from importlib.metadata import version
import torch, yaml
from lm_eval import simple_evaluate
from lm_eval import tasks as harness
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "crates/cli/tests/golden/harness.json"
MIRROR = Path(os.environ.get("ATTENTIVE_MIRROR", ROOT.parent / "shared/datasets"))
CHECKPOINT = MIRROR / "checkpoints/stories260K"
ITEMS, NEAR = 60, 1e-4
TASKS = {  # ours: the file of the harness, the mirror's file
    "lambada": ("lambada/lambada_openai.yaml", "lambada_openai"),
    "hellaswag": ("hellaswag/hellaswag.yaml", "hellaswag_val"),
    "piqa": ("piqa/piqa.yaml", "piqa"),
    "arc-easy": ("arc/arc_easy.yaml", "arc_easy"),
    "openbookqa": ("openbookqa/openbookqa.yaml", "openbook_qa"),
    "winogrande": ("winogrande/default.yaml", "winogrande"),
}
BLANK = "_"

# The model as a folder

def pieces():
    """llama2.c's file: the length of the longest piece, then of each its score, its length and its bytes."""
    data, place = (CHECKPOINT / "tok512.bin").read_bytes(), 4
    while place < len(data):
        score, length = struct.unpack_from("<fi", data, place)
        yield data[place + 8:place + 8 + length].decode().replace(" ", "\u2581"), score
        place += 8 + length

def tokenizer():
    """As SentencePiece pairs: of all halves that are pieces, those of the better piece first."""
    known = list(pieces())
    known[1:3] = [("<s>", 0.0), ("</s>", 0.0)]
    ids = {piece: number for number, (piece, _) in enumerate(known)}
    merges = []
    for piece, score in known[259:]:
        halves = [(piece[:cut], piece[cut:]) for cut in range(1, len(piece))]
        merges += [(-score, ids[first], ids[second], (first, second)) for first, second in halves if first in ids and second in ids]
    merges = [pair for *_, pair in sorted(merges)]
    made = Tokenizer(models.BPE(ids, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    made.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in ("<unk>", "<s>", "</s>")])
    return made

def config():
    return LlamaConfig(
        vocab_size=512, hidden_size=64, intermediate_size=172, num_hidden_layers=5, num_attention_heads=8, num_key_value_heads=4,
        max_position_embeddings=512, rms_norm_eps=1e-5, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2)

NAMES = {
    "attention.wq": "self_attn.q_proj", "attention.wk": "self_attn.k_proj", "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj", "feed_forward.w1": "mlp.gate_proj", "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj", "attention_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}

def model():
    made, weights = LlamaForCausalLM(config()), {}
    for name, tensor in load_file(CHECKPOINT / "stories260K.safetensors").items():
        for theirs, ours in NAMES.items():
            name = name.replace(f".{theirs}.", f".{ours}.")
        if "q_proj" in name or "k_proj" in name:  # pairs side by side become halves
            tensor = tensor.view(-1, 4, 2, 64).transpose(1, 2).reshape(-1, 64)
        weights["model." + name.replace("tok_embeddings", "embed_tokens")] = tensor
    left = made.load_state_dict(weights, strict=False)
    assert left.missing_keys == ["lm_head.weight"] and not left.unexpected_keys, left
    made.tie_weights()
    return made.eval()

# The questions as they were published

def published(name, line):
    """The columns that the harness's task reads."""
    if name == "lambada":
        return {"text": f'{line["context"]} {line["continuation"]}'}
    if name == "hellaswag":
        return {"query": line["query"], "choices": line["choices"], "label": str(line["gold"])}
    if name == "winogrande":
        first, second = line["context_options"]
        shared = len(os.path.commonprefix([first, second]))
        shared = first[:shared].rfind(" ") + 1
        sentence = f'{first[:shared]}{BLANK} {line["continuation"]}'
        return {"sentence": sentence, "option1": first[shared:], "option2": second[shared:], "answer": str(line["gold"] + 1)}
    question, choices = line["query"].removeprefix("Question: ").rstrip("\n"), line["choices"]
    letters = [chr(ord("A") + index) for index in range(len(choices))]
    listed = {"text": choices, "label": letters}
    if name == "piqa":
        return {"goal": question, "sol1": choices[0], "sol2": choices[1], "label": line["gold"]}
    key = "question_stem" if name == "openbookqa" else "question"
    return {key: question, "choices": listed, "answerKey": letters[line["gold"]]}

class Named(yaml.SafeLoader):
    """The harness's files with the functions that they name."""

def function(loader, node):
    module, name = node.value.rsplit(".", 1)
    scope = {}
    exec((loader.folder / f"{module}.py").read_text(), scope)
    return scope[name]

Named.add_constructor("!function", function)

def task(name, folder):
    file, lines = TASKS[name]
    path = Path(harness.__file__).parent / file
    with path.open() as stream:
        loader = Named(stream)
        loader.folder = path.parent
        said = loader.get_single_data()
    with gzip.open(MIRROR / f"zero-shot-lm/{lines}.jsonl.gz", "rt") as stream:
        rows = [published(name, json.loads(line)) for line, _ in zip(stream, range(ITEMS))]
    data = Path(folder) / f"{name}.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    split = said.get("test_split") or said["validation_split"]
    for key in ("training_split", "validation_split", "test_split", "process_docs", "dataset_name"):
        said.pop(key, None)
    said |= {"task": name, "dataset_path": "json", "dataset_kwargs": {"data_files": {split: str(data)}}, "test_split": split}
    return ConfigurableTask(config=said)

def items(samples):
    for sample in sorted(samples, key=lambda sample: sample["doc_id"]):
        nats = [float(answer[0]) for answer in sample["filtered_resps"]]
        yield {"log_likelihoods": nats} | {key: float(sample[key]) for key in ("acc", "acc_norm") if key in sample}

def scored(model, name, folder):
    found = simple_evaluate(model=model, tasks=[task(name, folder)], bootstrap_iters=0, log_samples=True)
    scores = {key.split(",")[0]: value for key, value in found["results"][name].items() if key.endswith(",none") and "stderr" not in key}
    return {"scores": {key: float(value) for key, value in scores.items()}, "items": list(items(found["samples"][name]))}

def made():
    torch.set_num_threads(1)
    spoken = tokenizer()
    face = PreTrainedTokenizerFast(tokenizer_object=spoken, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    asked = HFLM(pretrained=model(), tokenizer=face, batch_size=1, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        tasks = {name: scored(asked, name, folder) for name in TASKS}
    versions = {package: version(package) for package in ("lm_eval", "torch", "transformers", "tokenizers")}
    said = {key: value for key, value in config().to_dict().items() if value is not None and not key.startswith("_")}
    said["architectures"] = ["LlamaForCausalLM"]
    return {"made_by": versions, "limit": ITEMS, "config": said, "tokenizer": json.loads(spoken.to_str()), "tasks": tasks}

def near(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one if key != "made_by")
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    return math.isclose(one, other, rel_tol=NEAR) if isinstance(one, float) else one == other

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    golden = made()
    if parser.parse_args().check:
        sys.exit(0 if near(golden, json.loads(FILE.read_text())) else f"{FILE} is not what comes out now")
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(golden, ensure_ascii=False) + "\n")

if __name__ == "__main__":
    main()
