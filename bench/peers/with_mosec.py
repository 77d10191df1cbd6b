"""mosec: python with_mosec.py <workers> <most requests in a batch> --port <port> and further flags of mosec."""

import sys

from mosec import Server, Worker
from no_op import predict


class NoOp(Worker):
    def forward(self, data):
        return {"results": predict(data["tasks"]), "model_version": "initial"}


class BatchingNoOp(NoOp):
    def forward(self, data):
        return [NoOp.forward(self, request) for request in data]


if __name__ == "__main__":
    workers, most = int(sys.argv.pop(1)), int(sys.argv.pop(1))
    server = Server()
    if most == 1:
        server.append_worker(NoOp, num=workers, route="/predict")
    else:
        server.append_worker(BatchingNoOp, num=workers, max_batch_size=most, max_wait_time=1, route="/predict")
    server.run()
