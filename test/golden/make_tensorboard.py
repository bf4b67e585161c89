"""Shows fixtures/tensorboard (written by tensorboardEvents.ts) to TensorBoard's own reader and writes what it saw.

The reader checks both checksums of every record (RawEventFileLoader stops at the first that is wrong), and the accumulator does what
TensorBoard does with files of a training that was taken up: it forgets what the file before has beyond the checkpoint.
"""

import hashlib
import json
from pathlib import Path

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

fixtures = Path(__file__).parent / "fixtures"
folder = fixtures / "tensorboard"

files = {
    path.name: {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "events": sum(1 for _ in LegacyEventFileLoader(str(path)).Load()),
    }
    for path in sorted(folder.iterdir())
}
seen = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
seen.Reload()
tags = seen.Tags()
result = {
    "tensorboard": tensorboard.__version__,
    "files": files,
    "scalars": {
        tag: [[event.wall_time, event.step, event.value] for event in seen.Scalars(tag)] for tag in sorted(tags["scalars"])
    },
    "images": {
        tag: [
            [event.wall_time, event.step, event.width, event.height, event.encoded_image_string.hex()]
            for event in seen.Images(tag)
        ]
        for tag in sorted(tags["images"])
    },
}
(fixtures / "tensorboard.json").write_text(json.dumps(result, indent=1) + "\n")
