# SPDX-License-Identifier: MIT
"""What each stage of the training learns, and from what.

backbone    backbone, feature MLP and classifier, from the running feature of the last exit
branches    the branches, all else frozen, from the running feature of all exits
joint       backbone, branches, feature MLP and classifier at once, in place of the two above
gate        the gate alone: finish where the answer is already good enough
"""
import dataclasses
import math

import torch
import torch.nn.functional as F

from .features import exit_features, running


class Stage:
    name = None
    branches = True  # are there branches in its network and checkpoint?
    gate = False

    def __init__(self, settings, options):
        self.settings, self.options = settings, options

    @property
    def wanted(self):
        """The exits that take part."""
        return list(self.settings.evaluated)

    def learning(self, model):
        """The modules that learn; all others stay as they are, batch-norm's statistics too."""
        raise NotImplementedError

    def prepare(self, model):
        """Modes and gradients; the parameters that learn."""
        model.eval()
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        parameters = []
        for module in self.learning(model):
            module.train()
            parameters += module.parameters()
        for parameter in parameters:
            parameter.requires_grad_(True)
        return parameters

    def augmentation(self):
        return self.options.augmentation

    def features(self, model, frames):
        return exit_features(model, frames, self.wanted)

    def losses(self, model, features, labels):
        """The loss, and the fraction of right answers."""
        return self.losses_of(model, running(model, features), labels)

    def losses_of(self, model, steps, labels):
        smoothing = self.options.smoothing
        total, right, count = 0, 0, 0
        for step in steps:
            logits = model.classifiers[0](step.z)
            total = total + F.cross_entropy(logits, labels, label_smoothing=smoothing)
            right += (logits.argmax(1) == labels).sum().item()
            count += 1
        return total / count, right / (count * len(labels))

    def score(self, results):
        """Of a validation: the higher, the better the network."""
        return sum(map(sum, results["top1"])) / sum(map(len, results["top1"]))


class BackboneStage(Stage):
    name, branches = "backbone", False

    def score(self, results):
        return results["top1"][-1][-1]

    def learning(self, model):
        backbone = model.backbone
        head = [backbone.fc_layer] if hasattr(backbone, "fc_layer") else []
        return [backbone.baseModel, model.mlp, model.classifiers] + head


class BranchesStage(Stage):
    name = "branches"

    @property
    def wanted(self):
        return list(range(self.settings.branches + 1))

    def learning(self, model):
        return [model.backbone.branches]


class JointStage(BranchesStage):
    """The losses of both stages: that of the whole network alone, which would else count on the
    branches, and that of the exits, when frames end at random ones, as they will. In half of the
    steps they all end at the same one, since a threshold that suits an exit is often met there."""
    name = "joint"

    def losses(self, model, features, labels):
        end, last = max(features), None
        if torch.is_grad_enabled():  # when it learns
            last = torch.randint(end + 1, features[end].shape[1:2])
            last = (last[:1].expand_as(last) if torch.rand(()) < 0.5 else last).tolist()
        whole, _ = self.losses_of(model, running(model, {end: features[end]}), labels)
        exits, right = self.losses_of(model, running(model, features, last), labels)
        return (whole + exits) / 2, right

    def learning(self, model):
        return BackboneStage.learning(self, model) + [model.backbone.branches]


def gate_targets(step, losses, b):
    """Is the answer good enough to stop? The later and the shallower, the larger the loss that
    counts as good."""
    return (losses <= b * math.exp(step.t / (2 + step.b + 1))).float()


class GateStage(Stage):
    name, gate = "gate", True

    def score(self, results):
        return -results["loss"]

    def learning(self, model):
        return [model.exit_selector]

    def augmentation(self):
        """With all frames: the gate's target hangs on how many there were."""
        return dataclasses.replace(self.options.augmentation, frames=0)

    @torch.no_grad()
    def features(self, model, frames):
        return super().features(model, frames)

    def losses(self, model, features, labels):
        """The loss, and the fraction of right decisions."""
        scores, targets = [], []
        for step in running(model, features):
            if not 0 < step.t < self.settings.frames - 1:
                continue  # the gate is not asked
            with torch.no_grad():
                losses = F.cross_entropy(model.classifiers[0](step.z), labels, reduction="none")
            targets.append(gate_targets(step, losses, self.options.gate_b))
            scores.append(model.exit_selector[0](step.z, step.z_prev)[:, 0])
        scores, targets = torch.cat(scores), torch.cat(targets)
        right = ((torch.sigmoid(scores) >= 0.5) == (targets > 0)).float().mean().item()
        return F.binary_cross_entropy_with_logits(scores, targets), right


STAGES = {stage.name: stage for stage in (BackboneStage, BranchesStage, JointStage, GateStage)}
