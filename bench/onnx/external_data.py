"""Writes the networks again with their weights in files of their own, which onnxruntime maps: python external_data.py <from> <to>."""

import os
import sys

import onnx

source, target = sys.argv[1:]
for name in sorted(os.listdir(source)):
    if not name.endswith(".onnx"):
        continue
    model = onnx.load(os.path.join(source, name))
    # PaddlePaddle's exporter leaves weights in nodes of the graph; only initializers can lie outside.
    kept = []
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value" and len(node.attribute[0].t.raw_data) >= 1024:
            tensor = node.attribute[0].t
            tensor.name = node.output[0]
            model.graph.initializer.append(tensor)
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save_model(
        model,
        os.path.join(target, name),
        save_as_external_data=True,
        location=f"{name}.data",
        size_threshold=1024,
    )
