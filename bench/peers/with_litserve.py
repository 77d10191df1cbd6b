"""LitServe: python with_litserve.py <workers> <port>."""

import sys

import litserve
from no_op import predict


class NoOp(litserve.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return request["tasks"]

    def predict(self, tasks):
        return predict(tasks)

    def encode_response(self, predictions):
        return {"results": predictions, "model_version": "initial"}


if __name__ == "__main__":
    workers, port = int(sys.argv[1]), int(sys.argv[2])
    server = litserve.LitServer(NoOp(api_path="/predict"), accelerator="cpu", workers_per_device=workers)
    server.run(host="127.0.0.1", port=port, generate_client_file=False)
