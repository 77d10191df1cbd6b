"""label-studio-ml-backend 2.x as the template of `label-studio-ml create` has it: gunicorn with_label_studio_ml:app."""

import logging

from label_studio_ml.api import init_app
from label_studio_ml.model import LabelStudioMLBase
from label_studio_ml.response import ModelResponse
from no_op import predict

logging.basicConfig(level=logging.INFO)


class NoOp(LabelStudioMLBase):
    def setup(self):
        self.set("model_version", "0.0.1")

    def predict(self, tasks, context=None, **kwargs):
        return ModelResponse(predictions=predict(tasks))


app = init_app(NoOp)
