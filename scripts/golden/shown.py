#!/usr/bin/env python3
"""Golden files of the vit crate: the whole way of a picture, from a PNG to the logits of transformers.

    pip install torch transformers safetensors pillow numpy
    nice python scripts/golden/shown.py            # writes crates/vit/tests/golden/shown.json and shown-*.png
    nice python scripts/golden/shown.py --check    # regenerates in memory and compares, writes nothing

The models are those of vit.py, the pictures and the way in which Pillow resizes them those of processors.py. For each model the
json has its `picture`, the `processor` as transformers saves it, and the `logits`.
"""
import golden
import importlib.util, io, json, sys, tempfile
import PIL, torch

def sibling(name):
    """Another script of this folder, which is not on the path."""
    spec = importlib.util.spec_from_file_location(f"golden_{name}", golden.HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

models, pictures = sibling("vit"), sibling("processors")
size, Vit, Deit, Clip = pictures.size, pictures.ViTImageProcessorPil, pictures.DeiTImageProcessorPil, pictures.CLIPImageProcessorPil
FOLDER = golden.folder("vit")
GRAY = dict(image_mean=[0.1307], image_std=[0.3081], do_convert_rgb=False)
SHOWN = {
    "vit": ("wide", Vit(size=size(12, 12))),
    "vit-odd": ("gray", Vit(size=size(9, 9), resample=1, **GRAY)),
    "deit": ("high", Deit(size=size(15, 17), crop_size=size(12, 12))),
    "deit-odd": ("gray", Clip(size={"shortest_edge": 7}, crop_size=size(9, 9), **GRAY)),
    "deit-taught": ("wide", Clip(size={"shortest_edge": 14}, crop_size=size(12, 12))),
    "deit-taught-odd": ("gray", Deit(size=size(14, 11), crop_size=size(9, 9), resample=0, **GRAY))}

def saved(processor):
    with tempfile.TemporaryDirectory() as place:
        processor.save_pretrained(place)
        with open(f"{place}/preprocessor_config.json") as file:
            return json.load(file)

def logits(name, picture, processor):
    torch.manual_seed(models.SEED)
    model = models.MODELS[name]().float().eval()
    golden.randomize(model, models.SPREAD)
    with torch.no_grad():
        return model(processor(picture, return_tensors="pt")["pixel_values"].float()).logits[0].tolist()

def contents():
    """All files, by name."""
    drawn = {name: pictures.drawn(*shape) for name, shape in pictures.SOURCES.items()}
    shown = {model: {"picture": f"shown-{picture}.png", "processor": saved(processor), "logits": logits(model, drawn[picture], processor)}
        for model, (picture, processor) in SHOWN.items()}
    about = {"command": "python scripts/golden/shown.py", "versions": golden.VERSIONS | {"pillow": PIL.__version__}, "shown": shown}
    files = {"shown.json": (json.dumps(about, indent=2, sort_keys=True) + "\n").encode()}
    for name, picture in drawn.items():
        picture.save(file := io.BytesIO(), "png")
        files[f"shown-{name}.png"] = file.getvalue()
    return files

def main():
    if golden.asks_to_check(__doc__):
        wrong = [name for name, bytes in contents().items() if (FOLDER / name).read_bytes() != bytes]
        sys.exit(f"these differ: {', '.join(wrong)}" if wrong else None)
    for name, bytes in contents().items():
        (FOLDER / name).write_bytes(bytes)

if __name__ == "__main__":
    main()
