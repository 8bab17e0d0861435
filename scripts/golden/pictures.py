#!/usr/bin/env python3
"""Golden files of the pictures crate: what Pillow and torchvision make of small pictures.

    pip install torch torchvision pillow numpy
    nice python scripts/golden/pictures.py            # writes crates/pictures/tests/golden/
    nice python scripts/golden/pictures.py --check    # regenerates in memory and compares, writes nothing

pixels.bin holds pictures one after the other, [height, width, channel] a byte each; each line of pixels.txt names one of
them with its height, width and channels. `from rgb` and `from gray` are the pictures that everything begins with: curves,
noise and flat parts of 0 and 255, so that clipping shows. The names of the others say what was done:

    resize FILTER SOURCE         Image.resize, first the width and then the height: Pillow up to 12 always took this order,
                                 13 takes the other one where that is less work
    fit FILTER SOURCE SHORTER    torchvision Resize and CenterCrop, on a PIL image
    OPERATION VALUE SOURCE       torchvision's RandAugment operation on a PIL image, that is, Pillow's; geometry is
                                 followed by its interpolation
    decode FILE                  Image.open(...).convert("RGB"); `gray FILE` that in gray. deep.png is the exception: of its
                                 16 bits the high 8 are wanted, where Pillow clips

The files themselves, of every kind that is read, lie beside them.
"""
import argparse, io, sys
from pathlib import Path
import numpy as np, PIL, torch, torchvision
from PIL import Image
from torchvision.transforms import InterpolationMode, functional
from torchvision.transforms.autoaugment import _apply_op

FOLDER = Path(__file__).resolve().parents[2] / "crates/pictures/tests/golden"
FILTERS = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC,
           "lanczos": Image.LANCZOS}
SAMPLINGS = {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR,
             "bicubic": InterpolationMode.BICUBIC}
SIZES = [(27, 21), (7, 5), (1, 3), (9, 25), (1, 1), (13, 8)]
GEOMETRY = [("ShearX", 0.3), ("ShearX", -0.09), ("ShearY", 0.2), ("ShearY", -0.99), ("Rotate", 9.0), ("Rotate", -30.0),
            ("Rotate", 117.5), ("TranslateX", 4.0), ("TranslateX", -3.0), ("TranslateY", 5.0), ("TranslateY", -40.0)]
TONES = [("Brightness", -0.9), ("Brightness", 0.63), ("Color", -0.99), ("Color", 0.9), ("Contrast", -0.27),
         ("Contrast", 0.9), ("Sharpness", -0.9), ("Sharpness", 0.9), ("Posterize", 4.0), ("Posterize", 8.0),
         ("Posterize", 2.0), ("Solarize", 0.0), ("Solarize", 178.5), ("Solarize", 255.0), ("AutoContrast", 0.0),
         ("Equalize", 0.0)]
HUES = [-0.5, -0.13, 0.0, 0.31]

def drawn(height, width, channels):
    y, x, c = np.mgrid[:height, :width, :channels]
    curves = 128 + 110 * np.sin(x / (3 + c) + c) * np.cos(y / 4 - c)
    noise = np.random.RandomState(7).randint(-30, 31, (height, width, channels))
    picture = np.clip(curves + noise, 3, 250)
    picture[2:6, 3:9], picture[4:8, 12:15], picture[8:12, :4, 0] = 255, 0, 200
    return picture.astype(np.uint8).squeeze()

def few(height, width):
    """Colors for a palette and for smooth compression."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 // width, y * 255 // height, 255 - x * 128 // width], axis=-1).astype(np.uint8)

def encoded():
    """Files of every kind, by name."""
    rgb, gray, smooth = drawn(9, 14, 3), drawn(9, 14, 1), few(18, 21)
    image, shade, soft = Image.fromarray(rgb), Image.fromarray(gray), Image.fromarray(smooth)
    alpha = Image.fromarray((np.arange(126).reshape(9, 14) * 2).astype(np.uint8))
    clear, dim = image.copy(), shade.copy()
    clear.putalpha(alpha)
    dim.putalpha(alpha)
    palette = image.quantize(16)
    turned = soft.getexif()
    turned[0x0112] = 6  # to be shown a quarter turn clockwise
    deep = Image.fromarray((gray.astype(np.uint16) * 256 + 77))
    return {
        "rgb.png": saved(image, "PNG"), "gray.png": saved(shade, "PNG"), "rgba.png": saved(clear, "PNG"),
        "gray-alpha.png": saved(dim, "PNG"), "palette.png": saved(palette, "PNG"),
        "palette-clear.png": saved(palette, "PNG", transparency=3), "deep.png": saved(deep, "PNG"),
        "bits.png": saved(shade.convert("1"), "PNG"),
        "rgb.bmp": saved(image, "BMP"), "palette.bmp": saved(palette, "BMP"),
        "palette.gif": saved(palette, "GIF"),
        "moving.gif": saved(palette, "GIF", save_all=True, append_images=[image.transpose(0).quantize(8)]),
        "lossless.webp": saved(image, "WEBP", lossless=True), "alpha.webp": saved(clear, "WEBP", lossless=True, exact=True),
        "lossy.webp": saved(soft, "WEBP", quality=80),
        "rgb.jpg": saved(soft, "JPEG", quality=90, subsampling=0), "halved.jpg": saved(soft, "JPEG", quality=90),
        "gray.jpg": saved(soft.convert("L"), "JPEG", quality=90), "turned.jpg": saved(soft, "JPEG", exif=turned),
        "progressive.jpg": saved(soft, "JPEG", quality=90, progressive=True, subsampling=0),
        "cmyk.jpg": saved(soft.convert("CMYK"), "JPEG", quality=95),
    }

def saved(image, kind, **settings):
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()

def resized(image, height, width, filter):
    return image.resize((width, image.height), filter).resize((width, height), filter)

def results(files):
    sources = {"rgb": Image.fromarray(drawn(13, 17, 3)), "gray": Image.fromarray(drawn(12, 15, 1))}
    for source, image in sources.items():
        yield f"from {source}", image
        for filter, code in FILTERS.items():
            for height, width in SIZES:
                yield f"resize {filter} {source}", resized(image, height, width, code)
        for filter in ("bilinear", "bicubic"):
            for shorter, size in [(11, (8, 8)), (14, (11, 20)), (24, (24, 24))]:
                between = functional.resize(image, shorter, SAMPLINGS[filter])
                yield f"fit {filter} {source} {shorter}", functional.center_crop(between, size)
        for sampling in ("nearest", "bilinear"):
            for name, value in GEOMETRY:
                yield f"{name} {value} {source} {sampling}", _apply_op(image, name, value, SAMPLINGS[sampling], None)
        for name, value in TONES:
            yield f"{name} {value} {source}", _apply_op(image, name, value, InterpolationMode.NEAREST, None)
    for turn in HUES:
        yield f"Hue {turn} rgb", functional.adjust_hue(sources["rgb"], turn)
    for name, bytes in files.items():
        image = Image.fromarray(drawn(9, 14, 1)) if name == "deep.png" else Image.open(io.BytesIO(bytes))
        yield f"decode {name}", image.convert("RGB")
        yield f"gray {name}", image.convert("RGB").convert("L")

def contents():
    """Every file of the folder, by name."""
    files = encoded()
    lines, pixels = [f"# Pillow {PIL.__version__}, torchvision {torchvision.__version__}; scripts/golden/pictures.py"], b""
    for name, image in results(files):
        array = np.asarray(image)
        assert array.dtype == np.uint8, name
        height, width, channels = (*array.shape, 1)[:3]
        lines.append(f"{name} {height} {width} {channels}")
        pixels += array.tobytes()
    return files | {"pixels.txt": ("\n".join(lines) + "\n").encode(), "pixels.bin": pixels}

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    torch.set_num_threads(1)
    if parser.parse_args().check:
        wrong = [name for name, bytes in contents().items() if (FOLDER / name).read_bytes() != bytes]
        sys.exit(f"these differ: {', '.join(wrong)}" if wrong else None)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, bytes in contents().items():
        (FOLDER / name).write_bytes(bytes)

if __name__ == "__main__":
    main()
