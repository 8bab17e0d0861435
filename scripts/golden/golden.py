"""What the scripts that make golden files of models share. A script imports this module before any other.

Every weight is drawn well away from its default, so that no zero bias or unit norm can hide a mistake. Arithmetic is
float32 on one thread, attention eager, dropout absent. `record` makes what most safetensors files hold:

    weight/<name>    the weights as a checkpoint of transformers names them; a shared one appears once
    gradient/<name>  of `loss`, for every parameter that has one
    and what the model got and gave, by name; an id or a target of -1 asks for nothing

The json beside it holds versions, seed, settings, and how far the same computation in float64 lands from what is stored:
a tolerance below that would test rounding. For the same reason `--check` is exact only on the kind of machine that made
the files.
"""
import sys
from pathlib import Path
HERE = Path(__file__).resolve().parent
sys.path.remove(str(HERE))  # or scripts here would be imported in place of the libraries that they are named after
import argparse, copy, json, tempfile
import torch, transformers
from safetensors.torch import load_file, save_file

CHECK_TOLERANCE = 1e-6
VERSIONS = {"torch": torch.__version__, "transformers": transformers.__version__}
torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

def folder(crate):
    return HERE.parents[1] / "crates" / crate / "tests/golden"

def randomize(model, spread):
    """Matrices and biases around 0, norm weights around 1; what is not trained stays."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm = parameter.dim() == 1 and name.endswith("weight")
            if parameter.requires_grad:
                parameter.normal_(1.0, 0.2) if is_norm else parameter.normal_(0.0, spread)

def published(model):
    """The state as checkpoints name it, which for some families is not what the running model does."""
    with tempfile.TemporaryDirectory() as place:
        model.save_pretrained(place)
        return load_file(f"{place}/model.safetensors")

def gradients(model):
    """Under the same names: a copy of the model holds them for a moment, and NaN where there is none."""
    holder = copy.deepcopy(model)
    found = [parameter.grad for parameter in model.parameters()] + [None for _ in model.buffers()]
    with torch.no_grad():
        for tensor, gradient in zip([*holder.parameters(), *holder.buffers()], found, strict=True):
            tensor.copy_(torch.nan if gradient is None else gradient) if tensor.is_floating_point() else None
    return {name: tensor for name, tensor in published(holder).items() if not tensor.isnan().any()}

def prefixed(prefix, tensors):
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}

def attention_mask(lengths, width):
    """1 where a row has a token, 0 where it is padded on its right."""
    return (torch.arange(width) < lengths[:, None]).long()

def labels(target):
    """Targets as transformers wants them, which ignores -100."""
    return target.masked_fill(target == -1, -100)

def compute(model, inputs, forward):
    """Every tensor of one golden file in the model's own precision; `forward` gives some, `loss` among them."""
    results = forward(model, inputs)
    results["loss"].backward()
    results = {name: tensor.detach().contiguous() for name, tensor in results.items()}
    return inputs | results | prefixed("weight", published(model)) | prefixed("gradient", gradients(model))

def deviations(stored, exact):
    """The largest distance from `exact` in each kind of tensor."""
    worst = {}
    for name, tensor in stored.items():
        kind, distance = name.split("/")[0], (tensor.double() - exact[name].double()).abs().max().item()
        worst[kind] = max(worst.get(kind, 0.0), distance)
    return worst

def about(script, model, stored, exact, **notes):
    return {
        "command": f"python scripts/golden/{script}.py", "class": type(model).__name__, "versions": VERSIONS,
        "config": model.config.to_diff_dict(), "deviation_of_float64": deviations(stored, exact), **notes}

def record(script, model, inputs, forward, **notes):
    """One golden file's tensors, and what its json says of them."""
    exact = compute(copy.deepcopy(model).double(), inputs, forward)
    tensors = compute(model, inputs, forward)
    return tensors, about(script, model, tensors, exact, **notes)

def write_json(path, about):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(about, indent=2, sort_keys=True) + "\n")

def write(path, tensors, about):
    write_json(path.with_suffix(".json"), about)
    save_file(tensors, path)

def check(path, tensors):
    """Whether the file holds the same tensors; says which one differs most."""
    stored = load_file(path)
    if {n: (t.dtype, t.shape) for n, t in stored.items()} != {n: (t.dtype, t.shape) for n, t in tensors.items()}:
        print(f"{path.stem}: names, types or shapes differ")
        return False
    worst = {n: (t.double() - tensors[n].double()).abs().max().item() for n, t in stored.items()}
    farthest = max(worst, key=worst.get)
    print(f"{path.stem}: {len(stored)} tensors, farthest {worst[farthest]:.1e} in {farthest}")
    return all(distance <= CHECK_TOLERANCE for distance in worst.values())  # a NaN is no match

def asks_to_check(description):
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    return arguments.parse_args().check

def main(description, crate, names, make):
    """Writes or checks the file of each name by what `make` returns for it: tensors, and what the json says."""
    checks, good = asks_to_check(description), True
    for name in names:
        path, (tensors, notes) = folder(crate) / f"{name}.safetensors", make(name)
        if checks:
            good &= check(path, tensors)
        else:
            write(path, tensors, notes)
    sys.exit(not good)
