"""mosec: python with_mosec.py <workers> --port <port> and further flags of mosec."""

import sys

from mosec import Server, Worker
from no_op import predict


class NoOp(Worker):
    def forward(self, data):
        return {"results": predict(data["tasks"]), "model_version": "initial"}


if __name__ == "__main__":
    workers = int(sys.argv.pop(1))
    server = Server()
    server.append_worker(NoOp, num=workers, route="/predict")
    server.run()
