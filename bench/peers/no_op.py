"""The answer that all peers give for a task: as large as htx's."""


def predict(tasks):
    return [
        {
            "result": [
                {
                    "id": "1HkbAwuHW4",
                    "from_name": "sentiment",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"choices": ["Positive"]},
                }
            ],
            "model_version": "initial",
            "score": 0.9,
        }
        for _ in tasks
    ]
