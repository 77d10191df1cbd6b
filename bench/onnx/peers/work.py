"""What the Python contenders compute: step for step what bench/onnx/work does, in numpy."""

import json
import os
import uuid

import numpy as np
import onnxruntime

ASSETS = os.environ["HTX_BENCH_ASSETS"]
MODELS = os.environ.get("HTX_BENCH_MODELS", ASSETS)
SESSION = json.loads(os.environ.get("HTX_BENCH_SESSION", "{}"))
IMAGES = os.environ["HTX_BENCH_IMAGES"]
TEXT_THRESHOLD = 0.3
SMALLEST_HEIGHT = 4
LINE_HEIGHT = 48


def open_session(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = SESSION.get("enableMemPattern", True)
    if SESSION.get("graphOptimizationLevel") == "disabled":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    for key, value in SESSION.get("extra", {}).get("session", {}).items():
        options.add_session_config_entry(f"session.{key}", value)
    return onnxruntime.InferenceSession(os.path.join(MODELS, name), options, providers=["CPUExecutionProvider"])


def read_pixels(name):
    with open(os.path.join(IMAGES, name), "rb") as file:
        content = file.read()
    magic, width, height, depth = content[:32].split(maxsplit=4)[:4]
    start = len(b" ".join((magic, width, height, depth))) + 1
    return np.frombuffer(content, np.uint8, offset=start).reshape(int(height), int(width), 3)


def to_planes(pixels, mean, std):
    planes = np.empty((1, 3, *pixels.shape[:2]), np.float32)
    for channel in range(3):
        np.multiply(pixels[:, :, channel], np.float32(1 / 255 / std[channel]), out=planes[0, channel])
        planes[0, channel] -= np.float32(mean[channel] / std[channel])
    return planes


class Detector:
    def __init__(self):
        self.session = open_session("ch_PP-OCRv4_det_infer.onnx")

    def lines(self, pixels):
        planes = to_planes(pixels, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
        likely = self.session.run(None, {"x": planes})[0][0, 0]
        is_text = likely > TEXT_THRESHOLD
        rows = np.concatenate(([False], is_text.any(axis=1), [False])).astype(np.int8)
        edges = np.diff(rows)
        return [
            line_between(likely, is_text, top, bottom)
            for top, bottom in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist())
            if bottom - top >= SMALLEST_HEIGHT
        ]

    def predict(self, name):
        pixels = read_pixels(name)
        lines = self.lines(pixels)
        return {
            "score": max((line["score"] for line in lines), default=0),
            "result": [box_region(line, pixels) for line in lines],
            "model_version": "initial",
        }


def line_between(likely, is_text, top, bottom):
    height, width = likely.shape
    columns = np.flatnonzero(is_text[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    score = float(likely[top:bottom].max())
    grow = ((right - left) * (bottom - top)) // (right - left + bottom - top)
    x, y = max(0, left - grow), max(0, top - grow)
    return {
        "x": x,
        "y": y,
        "width": min(width, right + grow) - x,
        "height": min(height, bottom + grow) - y,
        "score": score,
    }


class Classifier:
    def __init__(self):
        self.session = open_session("ch_ppocr_mobile_v2.0_cls_infer.onnx")

    def predict(self, name):
        planes = to_planes(read_pixels(name), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        upright, turned = self.session.run(None, {"x": planes})[0][0].tolist()
        label, score = ("0", upright) if upright >= turned else ("180", turned)
        region = {
            "id": new_id(),
            "from_name": "turn",
            "to_name": "image",
            "type": "choices",
            "value": {"choices": [label]},
        }
        return {"score": score, "result": [region], "model_version": "initial"}


class Reader:
    def __init__(self):
        self.detector = Detector()
        self.session = open_session("ch_PP-OCRv4_rec_infer.onnx")
        with open(os.path.join(ASSETS, "ppocr_keys_v1.txt"), encoding="utf-8", newline="\n") as file:
            self.alphabet = [key.rstrip("\r") for key in file.read().removesuffix("\n").split("\n")] + [" "]

    def text(self, pixels, line):
        width = max(16, line["width"] * LINE_HEIGHT // line["height"])
        rows = line["y"] + ((np.arange(LINE_HEIGHT) + 0.5) * line["height"] / LINE_HEIGHT).astype(np.intp)
        columns = line["x"] + ((np.arange(width) + 0.5) * line["width"] / width).astype(np.intp)
        planes = to_planes(pixels[rows[:, None], columns], (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        best = self.session.run(None, {"x": planes})[0][0].argmax(axis=1)
        is_read = (best != 0) & (best != np.concatenate(([0], best[:-1])))
        return "".join(self.alphabet[place - 1] for place in best[is_read].tolist()).strip()

    def predict(self, name):
        pixels = read_pixels(name)
        result = []
        for line in self.detector.lines(pixels):
            box = box_region(line, pixels)
            text = {
                **box,
                "from_name": "text",
                "type": "textarea",
                "value": {**without_labels(box["value"]), "text": [self.text(pixels, line)]},
            }
            result += [box, text]
        return {"result": result, "model_version": "initial"}


def box_region(line, pixels):
    height, width = pixels.shape[:2]
    return {
        "id": new_id(),
        "from_name": "box",
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "score": line["score"],
        "value": {
            "x": line["x"] / width * 100,
            "y": line["y"] / height * 100,
            "width": line["width"] / width * 100,
            "height": line["height"] / height * 100,
            "rotation": 0,
            "rectanglelabels": ["Text"],
        },
    }


def without_labels(value):
    return {key: part for key, part in value.items() if key != "rectanglelabels"}


def new_id():
    return uuid.uuid4().hex[:10]


def open_model():
    return {"detector": Detector, "classifier": Classifier, "reader": Reader}[os.environ["HTX_BENCH_WORK"]]()


def answer(model, request):
    """Body of /predict, parsed, to its answer."""
    results = [model.predict(task["data"]["image"]) for task in request["tasks"]]
    return {"results": results, "model_version": "initial"}
