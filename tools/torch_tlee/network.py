# SPDX-License-Identifier: MIT
"""The network and the decisions, module by module.

Modules carry the names that the published checkpoints use, so that state_dict() of a model is such
a checkpoint's.
"""
import torch
import torch.nn.functional as F
import torchvision.models
from torch import nn

from . import weights_formula, widths


def resnet_children(name):
    return list(getattr(torchvision.models, name)(weights=None).children())[:-1]


def feature_children(name):
    return list(getattr(torchvision.models, name)(weights=None).features.children())


# Section 3: torchvision's name of each backbone, its top-level children, and how many of them lie
# before each cut.
BACKBONES = {
    name: (name, resnet_children, [5, 6, 7])
    for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
}
BACKBONES.update({
    "vgg16": ("vgg16_bn", feature_children, [14, 24, 34]),
    "mobilenetv2": ("mobilenet_v2", feature_children, [4, 8, 12]),
    "efficientnetb3": ("efficientnet_b3", feature_children, [2, 4, 6]),
})


class Branch(nn.Module):
    """Section 4: from a feature map of c channels and side s to a vector. A ValueError says why
    there cannot be one."""

    def __init__(self, c, s, scale, crm, d0):
        super().__init__()
        grid = s // 4
        if grid == 0:
            raise ValueError("its map of %d x %d is smaller than 4 x 4" % (s, s))
        if crm and c >> (scale + crm - 1) == 0:
            raise ValueError("crm.conv%d would have no channels, %d div 2^%d: a smaller "
                             "branch_scale than %d is needed"
                             % (crm - 1, c, scale + crm - 1, scale))
        self.window = s // grid
        self.alpha = nn.Parameter(torch.zeros(1))
        self.crm = nn.Sequential()
        width = c
        for i in range(crm):
            narrower = c // 2 ** (scale + i)
            self.crm.add_module("conv%d" % i, nn.Conv2d(width, narrower, 1))
            self.crm.add_module("relu%d" % i, nn.ReLU())
            width = narrower
        self.fc1 = nn.Linear(width * grid * grid, d0)

    def forward(self, x):
        largest, mean = F.max_pool2d(x, self.window), F.avg_pool2d(x, self.window)
        return self.fc1(self.crm(self.alpha * largest + (1 - self.alpha) * mean).flatten(1))


class Backbone(nn.Module):
    """Section 3: the backbone, cut into stages, with a branch at each cut."""

    def __init__(self, settings, shapes):
        super().__init__()
        published, children, cuts = BACKBONES[settings.backbone]
        self.baseModel = nn.Sequential(*children(published)).eval()
        if settings.backbone == "vgg16":
            self.fc_layer = nn.Sequential(
                nn.Linear(25088, 4096), nn.ReLU(), nn.Dropout(),
                nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 512)).eval()
            self.avgpool = nn.AdaptiveAvgPool2d(7)
        elif not isinstance(self.baseModel[-1], nn.AdaptiveAvgPool2d):
            self.avgpool = nn.AdaptiveAvgPool2d(1)
        widths.scale(self, settings.width)
        widths.fit(self, shapes, "backbone.")
        self.cuts = [0] + cuts[len(cuts) - settings.branches:] + [len(self.baseModel)]
        self.branches = nn.ModuleList()
        with torch.no_grad():
            maps = list(self.maps(torch.zeros(1, 3, settings.input, settings.input)))
        self.d0 = self.end(maps[-1]).shape[1]
        for i, x in enumerate(maps[:-1]):
            _, c, s, _ = x.shape
            try:
                self.branches.append(Branch(c, s, settings.scale, settings.crm, self.d0))
            except ValueError as error:
                raise ValueError("backbone.branches.%d: %s" % (i, error))

    def maps(self, x):
        """The map after each stage; a stage runs when its map is asked for."""
        for begin, stop in zip(self.cuts, self.cuts[1:]):
            x = self.baseModel[begin:stop](x)
            yield x

    def end(self, x):
        x = (self.avgpool(x) if hasattr(self, "avgpool") else x).flatten(1)
        return self.fc_layer(x) if hasattr(self, "fc_layer") else x


class FeatureMLP(nn.Module):
    """Section 5: the feature of UCF101."""

    def __init__(self, d0):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(d0, 4096), nn.BatchNorm1d(4096), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


class Reuse(nn.Module):
    """Section 5; frm and na, as published, leave z as it is."""

    def __init__(self, kind, beta):
        super().__init__()
        self.kind, self.beta = kind, beta

    def forward(self, z, z_prev):
        if self.kind == "mp":
            return torch.maximum(z, z_prev)
        if self.kind == "ap":
            return (z + z_prev) / 2
        if self.kind == "ema":
            return self.beta * z_prev + (1 - self.beta) * z
        return z


class GateGM(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d, 32), nn.Linear(64, 1)

    def forward(self, z, z_prev):
        return self.fc2(torch.cat([self.fc1(z), self.fc1(z_prev)], 1))


class GateEG(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(d, 128, 1), nn.Conv2d(128, 64, 1)
        self.bn1, self.bn2 = nn.BatchNorm2d(128), nn.BatchNorm2d(64)  # in checkpoints, not in use
        self.relu = nn.ReLU()
        self.linear = nn.Linear(128, 1)

    def arm(self, v):
        v = self.relu(self.conv1(v[:, :, None, None]))
        return self.relu(self.conv2(v)).flatten(1)

    def forward(self, z, z_prev):
        return self.linear(torch.cat([self.arm(z), self.arm(z_prev)], 1))


def at_exit(value, b):
    """As published one number serves all exits."""
    return value[b] if isinstance(value, list) else value


class TLEE(nn.Module):
    def __init__(self, settings, shapes=None):
        """shapes: of a checkpoint's tensors, by name, where widths other than the published ones
        (times settings.width) may occur."""
        super().__init__()
        self.settings, shapes = settings, shapes or {}
        self.backbone = Backbone(settings, shapes)
        d = self.backbone.d0
        self.mlp = nn.Identity()
        if settings.dataset == "ucf101":
            self.mlp = widths.fit(FeatureMLP(d), shapes, "mlp.")
            d = self.mlp.layers[0].out_features
        self.feature_func = Reuse(settings.reuse, settings.beta)
        self.classifiers = nn.ModuleList([nn.Linear(d, settings.classes)])
        gates = {"gm": [GateGM], "eg": [GateEG]}.get(settings.gate, [])
        self.exit_selector = nn.ModuleList([gate(d) for gate in gates])
        widths.fit(self.exit_selector, shapes, "exit_selector.")
        self.eval()

    def fill(self):
        """Every tensor from the formula of weights/FORMAT.md."""
        with torch.no_grad():
            for name, value in self.state_dict().items():
                if not name.endswith(".num_batches_tracked"):
                    made = weights_formula.tensor(name, value.shape, self.settings.seed)
                    value.copy_(torch.from_numpy(made))
        return self

    def dtype(self):
        return self.classifiers[0].weight.dtype

    def exits(self, frames, wanted):
        """(b, feature before reuse) of each wanted exit; computed as they are asked for."""
        for b, x in enumerate(self.backbone.maps(frames)):
            if b in wanted:
                at_end = b == self.settings.branches
                yield b, self.mlp(self.backbone.end(x) if at_end else self.backbone.branches[b](x))

    @torch.no_grad()
    def features(self, frame):
        """The same for the exits that are looked at, to be decided upon."""
        yield from self.exits(frame, self.settings.evaluated)

    def finished(self, t, b, z, z_prev, confidence):
        """Section 6: is the video decided? And what the gate said, None where it was not asked."""
        settings, gate = self.settings, None
        if t == settings.frames - 1:
            return True, None
        if not settings.decides:
            return False, None
        if t == 0:
            return confidence > at_exit(settings.first, b), None
        if self.exit_selector:
            gate = torch.sigmoid(self.exit_selector[0](z, z_prev)).item()
        return gate is not None and gate >= at_exit(settings.gate_threshold, b), gate

    @torch.no_grad()
    def steps(self, t, features, z_prev):
        """
        The steps of frame t (section 6), computed as they are asked for, up to the one at which the
        frame or the video ends. features: what features() gives; z_prev: the feature that the step
        before left, not looked at when t is 0.
        """
        for b, z in features:
            if t > 0:
                z = self.feature_func(z, z_prev)
            logits = self.classifiers[0](z)
            temperature = at_exit(self.settings.temperature, b)
            confidence = torch.softmax(logits / temperature, 1).max().item()
            finished, gate = self.finished(t, b, z, z_prev, confidence)
            skip = self.settings.decides and confidence > at_exit(self.settings.exit, b)
            yield {"frame": t, "exit": b, "confidence": confidence, "gate": gate,
                   "finished": finished, "skip": skip, "feature": z[0].cpu().numpy(),
                   "top1": int(logits.argmax()), "logits": logits[0].cpu().numpy()}
            if finished or skip:
                return
            z_prev = z

    def run(self, frames):
        """
        The steps of one video. frames: for each frame in processing order, prepared input 1 x 3 x
        side x side, or the pairs that features() gave for it before.
        """
        steps = []
        for t, frame in enumerate(frames):
            features = self.features(frame) if torch.is_tensor(frame) else frame
            z_prev = None
            if steps:
                z_prev = self.classifiers[0].weight.new_tensor(steps[-1]["feature"])[None]
            steps += self.steps(t, features, z_prev)
            if steps[-1]["finished"]:
                return steps
        raise ValueError("no frames left")
