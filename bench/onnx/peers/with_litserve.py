"""LitServe: python with_litserve.py <workers> <port>."""

import sys

import litserve
import work


class Predict(litserve.LitAPI):
    def setup(self, device):
        self.model = work.open_model()

    def predict(self, request):
        return work.answer(self.model, request)


if __name__ == "__main__":
    workers, port = int(sys.argv[1]), int(sys.argv[2])
    server = litserve.LitServer(Predict(api_path="/predict"), accelerator="cpu", workers_per_device=workers, timeout=100)
    server.run(host="127.0.0.1", port=port, generate_client_file=False)
