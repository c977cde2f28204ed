# SPDX-License-Identifier: MIT
"""What a model is and how it decides."""
import dataclasses
from typing import List, Optional

# Section 2: position k of the order is the sampled frame that is processed k-th.
ORDER = {
    8: [3, 6, 7, 0, 4, 5, 2, 1],
    10: [5, 0, 9, 2, 7, 4, 6, 3, 8, 1],
    16: [9, 8, 6, 3, 15, 1, 0, 12, 14, 2, 10, 7, 13, 11, 4, 5],
}
MEAN = (0.43216, 0.394666, 0.37645)
STD = (0.22803, 0.22145, 0.216989)
# Keys of random: descriptions.
KEYS = ("dataset", "classes", "branches", "scale", "crm", "reuse", "gate", "mode", "frames",
        "first", "exit", "seed", "input")


@dataclasses.dataclass
class Settings:
    """Thresholds (first, exit, gate_threshold) and temperature may be lists, a number each exit."""

    backbone: str
    dataset: str = "ucf101"
    classes: int = 101
    branches: int = 2
    scale: int = 3
    crm: int = 3
    reuse: str = "mp"
    gate: str = "gm"
    mode: str = "ts"
    frames: int = 10
    first: float = 0.99
    exit: float = 0.8
    seed: int = 0
    input: int = 224  # side of the crop
    width: float = 1.0  # the backbone's widths are the published ones times this
    resize: Optional[int] = None  # shorter side before it; None: the same
    gate_threshold: float = 0.5
    temperature: float = 1.0  # confidence is that of the scores divided by it
    beta: float = 0.999
    order: Optional[List[int]] = None  # None: the published one
    mean: tuple = MEAN
    std: tuple = STD

    def __post_init__(self):
        self.resize = self.resize or self.input
        self.order = self.order or ORDER.get(self.frames)

    @classmethod
    def parse(cls, description):
        """random:BACKBONE[,KEY=VALUE...]; ValueError says what is wrong with it."""
        backbone, *pairs = description[len("random:"):].split(",")
        types = {field.name: field.type for field in dataclasses.fields(cls)}
        values = {}
        for key, equals, value in (pair.partition("=") for pair in pairs):
            if key not in KEYS or not equals:
                raise ValueError("'%s' is not a key of random: models" % key)
            try:
                values[key] = types[key](value)
            except ValueError:
                raise ValueError("key '%s': '%s' is no number" % (key, value))
        return cls(backbone, **values)

    @classmethod
    def configured(cls, given):
        """From what model_settings.read_settings gives of a published configuration."""
        values = dict(backbone=given.backbone, dataset=given.dataset, classes=given.classes,
                      branches=given.branches, scale=given.branch_scale, crm=given.crm,
                      reuse=given.reuse, gate=given.gate, mode=given.mode, frames=given.frames,
                      first=given.first_threshold, exit=given.exit_threshold, input=given.crop,
                      resize=given.resize, order=given.order, mean=tuple(given.mean),
                      std=tuple(given.std))
        # What a configuration without branches does not say makes no difference.
        return cls(**{key: value for key, value in values.items() if value is not None})

    @property
    def evaluated(self):
        """The exits that are looked at on each frame."""
        return range(self.branches + 1) if self.mode == "ts" else [self.branches]

    @property
    def decides(self):
        """False where every frame runs whole and the answer comes at the end (section 6, B = 0)."""
        return self.branches > 0 and self.mode != "full"
