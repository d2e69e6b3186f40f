"""Writes fixtures/parquet/: rows of every type that data sets have, and the same as JSON lines.

    python make_parquet.py
"""
import datetime
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).parent / "fixtures" / "parquet"

# As verl's schema has it, with what else columns may be.
ROWS = [
    {"data_source": "gsm8k", "prompt": [{"role": "user", "content": f"What is {i} + {i}? \u00e9\U0001f600"}],
     "reward_model": {"style": "rule", "ground_truth": str(2 * i)}, "extra_info": {"index": i, "split": "train"},
     "level": i % 3, "share": i / 8, "valid": i % 2 == 0, "tags": [f"t{j}" for j in range(i % 4)],
     "note": None if i % 5 else "noted", "big": 2**63 + i, "label": ["low", "high"][i % 2]}
    for i in range(40)
]
TYPES = pa.schema([
    ("data_source", pa.string()), ("prompt", pa.list_(pa.struct([("role", pa.string()), ("content", pa.large_string())]))),
    ("reward_model", pa.struct([("style", pa.string()), ("ground_truth", pa.string())])),
    ("extra_info", pa.struct([("index", pa.int32()), ("split", pa.string())])), ("level", pa.int8()), ("share", pa.float32()),
    ("valid", pa.bool_()), ("tags", pa.large_list(pa.string())), ("note", pa.string()), ("big", pa.uint64()),
    ("label", pa.dictionary(pa.int32(), pa.string()))])


def main():
    OUT.mkdir(exist_ok=True)
    table = pa.Table.from_pylist(ROWS, schema=TYPES)
    pq.write_table(table, OUT / "rows.parquet", row_group_size=16, compression="zstd")
    (OUT / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    days = pa.table({"question": ["when?"], "day": [datetime.date(2026, 11, 26)], "raw": [b"\x00\xff"]})
    pq.write_table(days.select(["question", "day"]), OUT / "dates.parquet", compression="snappy")
    pq.write_table(days, OUT / "binary.parquet")


if __name__ == "__main__":
    main()
