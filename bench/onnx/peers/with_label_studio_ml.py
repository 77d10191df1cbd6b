"""label-studio-ml-backend 2.x: gunicorn with_label_studio_ml:app. It makes a model a request; the network is opened once a process."""

import logging
import threading

import work
from label_studio_ml.api import init_app
from label_studio_ml.model import LabelStudioMLBase

logging.basicConfig(level=logging.INFO)


class Predict(LabelStudioMLBase):
    opened = None
    opening = threading.Lock()

    def predict(self, tasks, context=None, **kwargs):
        with Predict.opening:
            if Predict.opened is None:
                Predict.opened = work.open_model()
        return work.answer(Predict.opened, {"tasks": tasks})["results"]


app = init_app(Predict)
