#!/usr/bin/env python3
"""Golden files of the data crate's parquet reader: what pyarrow writes, in every layout that users have.

    pip install pyarrow
    nice python scripts/golden/rows.py        # writes crates/data/tests/golden/rows/*.parquet and rows.json

One table of eleven rows in three row groups, with every kind of cell, is written with each compression, page version and
encoding. rows.json holds the same rows as JSON, with bytes as {"bytes": [...]}, and names the writer's version.
"""
import json
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq

FOLDER = Path(__file__).resolve().parents[2] / "crates/data/tests/golden/rows"
ROWS, GROUP = 11, 5
FIRST_PICTURE_BYTES = b"\x89PNG\r\n\x1a\n"

def maybe(index, value, every):
    return None if index % every == every - 1 else value

def columns():
    indices = range(ROWS)
    picture = [maybe(i, {"bytes": FIRST_PICTURE_BYTES + bytes([i]), "path": f"{i}.png"}, 5) for i in indices]
    return {
        "text": (pa.string(), [f"Zeile {i % 3} – „{i}“" for i in indices]),
        "label": (pa.int64(), [i % 2 for i in indices]),
        "small": (pa.int8(), [-i for i in indices]),
        "large": (pa.uint64(), [2**63 - 1 + i // 10 for i in indices]),
        "score": (pa.float32(), [maybe(i, i / 4, 3) for i in indices]),
        "weight": (pa.float64(), [i / 3 for i in indices]),
        "spam": (pa.bool_(), [maybe(i, i % 3 == 0, 4) for i in indices]),
        "ids": (pa.list_(pa.int32()), [maybe(i, list(range(i % 4)), 7) for i in indices]),
        "answers": (pa.struct([("text", pa.list_(pa.string())), ("start", pa.list_(pa.int32()))]),
                    [{"text": ["ja", "nein"][: i % 3], "start": [i, None][: i % 3]} for i in indices]),
        "image": (pa.struct([("bytes", pa.binary()), ("path", pa.string())]), picture),
        "raw": (pa.binary(), [b"\xff\x00" + bytes([i]) for i in indices]),
        "plain": (pa.binary(), [b"plain" for i in indices]),
    }

def table():
    made = columns()
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in made.items()})

def layouts():
    for compression in ("none", "snappy", "gzip", "zstd", "lz4"):
        yield f"v1-{compression}", dict(compression=compression, data_page_version="1.0")
    yield "v2-zstd", dict(compression="zstd", data_page_version="2.0")
    yield "v2-plain", dict(compression="none", data_page_version="2.0", use_dictionary=False)
    yield "delta", dict(compression="none", data_page_version="2.0", use_dictionary=False, column_encoding={
        "text": "DELTA_BYTE_ARRAY", "label": "DELTA_BINARY_PACKED", "plain": "DELTA_LENGTH_BYTE_ARRAY",
        "score": "BYTE_STREAM_SPLIT"})
    yield "delta-v1", dict(compression="snappy", data_page_version="1.0", use_dictionary=False, column_encoding={
        "text": "DELTA_BYTE_ARRAY", "raw": "DELTA_LENGTH_BYTE_ARRAY"})

def spelled(value):
    if isinstance(value, bytes):
        return {"bytes": list(value)}
    if isinstance(value, dict):
        return {name: spelled(inner) for name, inner in value.items()}
    return [spelled(inner) for inner in value] if isinstance(value, list) else value

def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, settings in layouts():
        pq.write_table(table(), FOLDER / f"{name}.parquet", row_group_size=GROUP, store_schema=False, **settings)
    golden = {"writer": f"pyarrow {pa.__version__}", "rows": [spelled(row) for row in table().to_pylist()]}
    (FOLDER / "rows.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")

if __name__ == "__main__":
    main()
