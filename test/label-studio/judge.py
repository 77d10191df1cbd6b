"""Label Studio's own SDK as a judge of predictions: one JSON request a line on stdin, one JSON answer a line on stdout.

  {"ask": "templates"}                                     -> {"templates": [{"path", "config"}, ...]}
  {"ask": "judge", "config": xml, "predictions": [...]}    -> {"controls": {name: class}, "errors": [[text, ...], ...]}
                                                           or {"unreadable": text} when the SDK cannot parse the config

Runs in the environment in which Label Studio is installed. Imports the label interface alone, no Django.
"""

import importlib.util
import json
import sys
from pathlib import Path

import yaml
from label_studio_sdk.label_interface import LabelInterface


def templates():
    """Every label config that the package holds: those of its gallery, as YAML and as XML, and its examples."""
    (package,) = map(Path, importlib.util.find_spec("label_studio").submodule_search_locations)
    found = []
    for folder in ("annotation_templates", "core/examples"):
        for path in sorted((package / folder).rglob("*")):
            if path.suffix in (".yml", ".yaml"):
                config = yaml.safe_load(path.read_text("utf-8")).get("config")
            elif path.name == "config.xml":
                config = path.read_text("utf-8")
            else:
                continue
            if config is not None:
                found.append({"path": path.relative_to(package).as_posix(), "config": config})
    return found


def judge(config, predictions):
    try:
        interface = LabelInterface(config)
    except Exception as error:  # what it raises is part of the answer
        return {"unreadable": f"{type(error).__name__}: {error}"}
    return {
        "controls": {control.name: type(control).__name__ for control in interface.controls},
        "errors": [flat(interface.validate_prediction(prediction, return_errors=True)) for prediction in predictions],
    }


def flat(errors):
    """What it finds wrong with a relation comes as a list in the list."""
    return [text for error in errors for text in (error if isinstance(error, list) else [error])]


for line in sys.stdin:
    request = json.loads(line)
    answer = {"templates": templates()} if request["ask"] == "templates" else judge(request["config"], request["predictions"])
    print(json.dumps(answer), flush=True)
