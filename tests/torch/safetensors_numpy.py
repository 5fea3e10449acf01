"""safetensors with nothing but NumPy: all that a checkpoint needs."""
import json, struct
import numpy

NAMES = {"float32": "F32", "float64": "F64", "int64": "I64"}


def save(path, tensors, metadata={}):
    arrays = {key: numpy.ascontiguousarray(a).reshape(numpy.shape(a)) for key, a in tensors.items()}
    header, end = {"__metadata__": metadata}, 0
    for key, a in arrays.items():
        header[key] = {"dtype": NAMES[a.dtype.name], "shape": list(a.shape), "data_offsets": [end, end + a.nbytes]}
        end += a.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in arrays.values()))


def load(path):
    data = open(path, "rb").read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    types = {name: type for type, name in NAMES.items()}
    return {key: numpy.frombuffer(data[start:][slice(*e["data_offsets"])], types[e["dtype"]]).reshape(e["shape"]) for key, e in header.items()}
