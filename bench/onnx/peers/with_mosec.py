"""mosec: python with_mosec.py <workers> --port <port> and further flags of mosec."""

import sys

import work
from mosec import Server, Worker


class Predict(Worker):
    def __init__(self):
        super().__init__()
        self.model = work.open_model()

    def forward(self, data):
        return work.answer(self.model, data)


if __name__ == "__main__":
    workers = int(sys.argv.pop(1))
    server = Server()
    # Without batches: none of the networks is quicker for them on a processor.
    server.append_worker(Predict, num=workers, route="/predict")
    server.run()
