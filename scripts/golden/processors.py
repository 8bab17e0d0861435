#!/usr/bin/env python3
"""Golden files of the pictures crate: what the image processors of transformers, those that use Pillow, make of small pictures.

    pip install transformers torch pillow numpy
    nice python scripts/golden/processors.py            # writes crates/pictures/tests/golden/processors.{bin,txt}
    nice python scripts/golden/processors.py --check    # regenerates in memory and compares, writes nothing

processors.bin holds pictures one after the other, [height, width, channel] a byte each; each line of processors.txt names
one of them with its height, width and channels. `from SOURCE` are the pictures that everything begins with. The names of
the others say what was done, before bytes became numbers:

    stretch FILTER SOURCE                 ViT: to the size of the result
    stretch FILTER SOURCE HEIGHT WIDTH    DeiT: to this size, then the center
    shorter FILTER SOURCE LENGTH          CLIP: the shorter side to this length, then the center, in black where the picture ends

and lines that begin with `value` say what number comes of a byte: `value PROCESSOR CHANNEL BYTE NUMBER`.

Pillow is made to resize first the width and then the height, as it always did up to 12; 13 takes the other order where
that is less work.
"""
import golden
import sys
import numpy as np, PIL, transformers
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

FOLDER = golden.folder("pictures")
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3}
SOURCES = {"wide": (23, 37, 3), "high": (31, 19, 3), "gray": (17, 21, 1)}
BARE = dict(do_rescale=False, do_normalize=False)

def drawn(height, width, channels):
    y, x, c = np.mgrid[:height, :width, :channels]
    curves = 128 + 110 * np.sin(x / (3 + c) + c) * np.cos(y / 4 - c)
    noise = np.random.RandomState(7).randint(-30, 31, (height, width, channels))
    picture = np.clip(curves + noise, 3, 250)
    picture[2:6, 3:9], picture[4:8, 12:15], picture[8:12, :4, 0] = 255, 0, 200
    return Image.fromarray(picture.astype(np.uint8).squeeze())

def in_order(image, size, resample=None, reducing_gap=None):
    """What `Image.resize` did up to Pillow 12."""
    assert reducing_gap is None
    return resize(resize(image, (size[0], image.height), resample), size, resample)

resize, Image.Image.resize = Image.Image.resize, in_order

def size(height, width):
    return {"height": height, "width": width}

def shown(processor, image):
    return processor(image, do_convert_rgb=image.mode == "RGB", return_tensors="np")["pixel_values"][0].transpose(1, 2, 0)

def results(image, source):
    for filter, number in FILTERS.items():
        common = BARE | {"resample": number}
        for side in (14, 25):
            yield f"stretch {filter} {source}", shown(ViTImageProcessorPil(size=size(side, side), **common), image)
        for crop in [(13, 10), (9, 16)]:
            deit = DeiTImageProcessorPil(size=size(16, 19), crop_size=size(*crop), **common)
            yield f"stretch {filter} {source} 16 19", shown(deit, image)
        for shorter, crop in [(15, (12, 12)), (14, (11, 13)), (20, (20, 17)), (10, (17, 24))]:
            clip = CLIPImageProcessorPil(size={"shortest_edge": shorter}, crop_size=size(*crop), **common)
            yield f"shorter {filter} {source} {shorter}", shown(clip, image)

def values():
    bytes = (0, 1, 100, 127, 128, 255)
    image = Image.fromarray(np.array([[[byte] * 3 for byte in bytes]], dtype=np.uint8))
    imagenet = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    processors = {"half": ViTImageProcessorPil(do_resize=False),
        "clip": CLIPImageProcessorPil(do_resize=False, do_center_crop=False),
        "imagenet": DeiTImageProcessorPil(do_resize=False, do_center_crop=False, **imagenet)}
    for name, processor in processors.items():
        numbers = processor(image, return_tensors="np")["pixel_values"][0]
        yield from (f"value {name} {channel} {byte} {number}" for channel in range(3)
            for byte, number in zip(bytes, numbers[channel, 0], strict=True))

def contents():
    """Both files, by name."""
    lines, pixels = [f"# transformers {transformers.__version__}, Pillow {PIL.__version__}; scripts/golden/processors.py"], b""
    for source, shape in SOURCES.items():
        image = drawn(*shape)
        for name, array in [(f"from {source}", np.asarray(image)), *results(image, source)]:
            assert array.dtype == np.uint8, name
            height, width, channels = (*array.shape, 1)[:3]
            lines.append(f"{name} {height} {width} {channels}")
            pixels += array.tobytes()
    return {"processors.txt": ("\n".join([*lines, *values()]) + "\n").encode(), "processors.bin": pixels}

def main():
    if golden.asks_to_check(__doc__):
        wrong = [name for name, bytes in contents().items() if (FOLDER / name).read_bytes() != bytes]
        sys.exit(f"these differ: {', '.join(wrong)}" if wrong else None)
    for name, bytes in contents().items():
        (FOLDER / name).write_bytes(bytes)

if __name__ == "__main__":
    main()
