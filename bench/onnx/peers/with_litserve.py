"""LitServe: python litserve_server.py <port>. Workers in HTX_BENCH_WORKERS."""

import os
import sys

import litserve

import work


class Predict(litserve.LitAPI):
    def setup(self, device):
        self.model = work.open_model()

    def predict(self, request):
        return work.answer(self.model, request)


if __name__ == "__main__":
    server = litserve.LitServer(
        Predict(), accelerator="cpu", workers_per_device=int(os.environ["HTX_BENCH_WORKERS"]), timeout=100
    )
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
