"""label-studio-ml-backend: gunicorn label_studio_server:app."""

from label_studio_ml.api import init_app
from label_studio_ml.model import LabelStudioMLBase

import work


class Predict(LabelStudioMLBase):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.model = work.open_model()

    def predict(self, tasks, **kwargs):
        return [self.model.predict(task["data"]["image"]) for task in tasks]


app = init_app(Predict)
