"""pyheartex 0.0.8: gunicorn with_pyheartex:app. Its predictions never ask Redis once a model is loaded; here one is from the start."""

import collections
import collections.abc
import logging
import os

# It and its Flask were written for Python 3.7, which had these names in both modules.
for name in collections.abc.__all__:
    setattr(collections, name, getattr(collections.abc, name))

from htx import app, htx, init_model_server  # noqa: E402
from htx.base_model import SingleClassTextClassifier  # noqa: E402
from htx.model_manager import ModelWrapper  # noqa: E402
from no_op import predict  # noqa: E402

logging.basicConfig(level=logging.INFO)
project = "32.1795476537"  # of the recorded request


class NoOp(SingleClassTextClassifier):
    def load(self, resources):
        pass

    def predict(self, tasks, **kwargs):
        return predict(tasks)


def no_training(items, workdir, **kwargs):
    return {}


init_model_server(create_model_func=NoOp, train_script=no_training, model_dir=os.getcwd())
model = NoOp(input_names=["text"], output_names=["sentiment"], input_values=["text"], input_types=["Text"])
htx._model_manager._current_model = {project: ModelWrapper(model, "initial")}
