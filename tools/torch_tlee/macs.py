# SPDX-License-Identifier: MIT
"""What a path through the network costs, counted from the shapes that PyTorch's modules see."""
import torch
from torch import nn


class Costs:
    """
    Multiply-accumulates of convolutions and linear layers. frame[b]: of the stages up to exit b and
    the features of all exits up to there; classifier, gate: of each time they are asked.
    """

    def __init__(self, model):
        self.counted = 0
        kinds = (nn.Conv2d, nn.Linear)
        handles = [module.register_forward_hook(self.count) for module in model.modules()
                   if isinstance(module, kinds)]
        side = model.settings.input
        self.frame = {}
        for b, z in model.features(model.classifiers[0].weight.new_zeros(1, 3, side, side)):
            self.frame[b] = self.counted
        self.classifier = self.of(model.classifiers[0], z)
        self.gate = self.of(model.exit_selector[0], z, z) if model.exit_selector else 0
        for handle in handles:
            handle.remove()

    def count(self, module, _, output):
        self.counted += output.numel() * module.weight[0].numel()

    def of(self, module, *inputs):
        before = self.counted
        with torch.no_grad():
            module(*inputs)
        return self.counted - before

    def gmac(self, steps):
        """Of one video."""
        ends = {step["frame"]: step["exit"] for step in steps}
        asked = sum(step["gate"] is not None for step in steps)
        return 1e-9 * (sum(self.frame[b] for b in ends.values()) + len(steps) * self.classifier
                       + asked * self.gate)
