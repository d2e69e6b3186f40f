"""Reads and writes safetensors files: a length, a JSON header, the tensors' bytes."""

import json
import struct


def read(path):
    """The header and the bytes that follow it."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8:8 + length]), bytearray(content[8 + length:])


def write(path, header, data):
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def set_numbers(path, tensor, value):
    """Every number of one fp32 tensor becomes `value`."""
    header, data = read(path)
    begin, end = header[tensor]["data_offsets"]
    data[begin:end] = struct.pack("<f", value) * ((end - begin) // 4)
    write(path, header, data)
