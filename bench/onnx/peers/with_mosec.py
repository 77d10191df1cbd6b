"""mosec: python mosec_server.py --port <port>. Workers in HTX_BENCH_WORKERS."""

import os

from mosec import Server, Worker

import work


class Predict(Worker):
    def __init__(self):
        super().__init__()
        self.model = work.open_model()

    def forward(self, request):
        return work.answer(self.model, request)


if __name__ == "__main__":
    server = Server()
    # One request at a time: none of the networks is quicker for a batch on a processor.
    server.append_worker(Predict, num=int(os.environ["HTX_BENCH_WORKERS"]), route="/predict", timeout=100)
    server.run()
