#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Weights to begin a training of the drawn actions with: a backbone that sees poses.

From the label of a clip alone a new network learns nothing for a long time: the figure is small,
and the walls differ more than the poses do. Here it first learns to tell, from single frames, where
the joints are, relative to the pelvis and to the figure's height, which the generator knows. What
is written is a backbone with torchvision's names, for `train_tlee.py --init`. Needs numpy, torch.
"""
import json
import os
import signal
import sys
import time

# What an import makes of Ctrl-C is no line for people.
INTERRUPT = signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from actions.clip import KEYPOINTS, Clip  # noqa: E402
from actions.dataset import PLAN  # noqa: E402
from actions.motions import ACTIONS  # noqa: E402
from arguments import Parser, number, whole  # noqa: E402
from fault import Fault, blaming, printable  # noqa: E402
from torch_tlee.frames import sampled_frames  # noqa: E402
from torch_tlee.settings import Settings  # noqa: E402
from train import lists, start, state  # noqa: E402
from train.augment import Augmentation, clip_input  # noqa: E402
from train.cache import Frames  # noqa: E402
from train.loop import learning_rate  # noqa: E402
from train.options import count_labels  # noqa: E402
from train.publish import saved, write_whole  # noqa: E402

# Each picture counts for as much as it can teach: few of a clip, since they are alike.
FRAMES_OF_CLIP = 4


def say(line):
    print("learn_poses.py: " + printable(line, 4000), file=sys.stderr, flush=True)


class Plan:
    """What data.json says of the clips to learn from: their seed, and action and number of each."""

    def __init__(self, folder):
        self.folder, path = folder, os.path.join(folder, PLAN)
        with blaming(path):
            try:
                with open(path, encoding="utf-8") as file:
                    plan = json.load(file)
                self.seed = int(plan["made_from"]["seed"])
                self.clips = {row["path"]: (row["class"], int(row["clip"].rpartition("_")[2]))
                              for row in plan["train"]}
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Fault("is no plan of make_clips.py")

    def clip(self, listed):
        """As it was drawn; listed: one of lists.Clip."""
        name = os.path.relpath(listed.path, self.folder)
        if name not in self.clips:
            raise Fault("line %d: is none of the train clips in %s: %s" % (
                listed.line, os.path.join(self.folder, PLAN), listed.path))
        action, number = self.clips[name]
        if action not in ACTIONS:
            raise Fault("has the action '%s', which is not known" % printable(action, 60),
                        os.path.join(self.folder, PLAN))
        return Clip(self.seed, "train", action, number)


def poses(plan, clips, frames):
    """Clips x frames x 2 (KEYPOINTS - 1), joints relative to the pelvis in figures' heights."""
    rows = []
    for clip in clips:
        joints = plan.clip(clip).keypoints()
        joints = joints[[frame - 1 for frame in sampled_frames(len(joints), frames)]]
        height = np.ptp(joints[:, :, 1], axis=1).max()
        relative = (joints - joints[:, :1])[:, 1:] / height
        rows.append(relative.reshape(frames, -1))
    return torch.from_numpy(np.stack(rows).astype(np.float32))


class Learner:
    def __init__(self, flags, settings):
        state.seed_all("poses", flags.seed)
        self.flags, self.settings = flags, settings
        self.model = start.make(settings).to(memory_format=torch.channels_last)
        self.head = torch.nn.Linear(self.model.backbone.d0, 2 * (len(KEYPOINTS) - 1))
        parameters = [*self.model.backbone.baseModel.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.AdamW(parameters, lr=flags.lr, weight_decay=1e-2)
        self.model.backbone.baseModel.train()

    def batch(self, frames, targets, random):
        inputs, wanted = [], []
        for number in torch.randint(len(frames), (self.flags.batch,), generator=random).tolist():
            some = torch.randperm(self.settings.frames, generator=random)[:FRAMES_OF_CLIP]
            inputs.append(clip_input(frames.clip(number), self.settings, Augmentation(), random,
                                     some.tolist()))
            wanted.append(targets[number][some])
        return torch.cat(inputs), torch.cat(wanted)

    def learn(self, frames, targets):
        """The mean loss of the last tenth."""
        flags, losses = self.flags, []
        for step in range(flags.steps):
            x, wanted = self.batch(frames, targets, state.generator("poses", flags.seed, step))
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(flags, flags.lr, step / flags.steps)
            (_, feature), = self.model.exits(x.contiguous(memory_format=torch.channels_last), [0])
            loss = F.smooth_l1_loss(self.head(feature), wanted)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
            if (step + 1) % max(flags.steps // 10, 1) == 0:
                say("step %d of %d, loss %.4f" % (
                    step + 1, flags.steps, np.mean(losses[-max(flags.steps // 10, 1):])))


def backbone_state(model):
    """Tensors under torchvision's names."""
    names = {number: name for name, number in start.RESNET_CHILDREN.items()}
    found = {}
    for key, value in model.backbone.baseModel.state_dict().items():
        number, _, rest = key.partition(".")
        found["%s.%s" % (names[number], rest)] = value.contiguous()
    return found


def check_place(path):
    """What is learned in minutes shall have a place."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise Fault("is a folder", path)
    if not os.path.isdir(folder):
        raise Fault("is no folder", folder)
    if not os.access(folder, os.W_OK):
        raise Fault("cannot be written to", folder)


def learn_poses(flags):
    check_place(flags.out)
    classes = count_labels(os.path.join(flags.data, "labels.txt"))
    path = flags.train or os.path.join(flags.data, "train.txt")
    clips = lists.read_list(path, classes, flags.data)
    settings = Settings("resnet18", dataset="actions", classes=classes, branches=0, input=112,
                        width=flags.width)
    plan = Plan(flags.data)
    with blaming(path):
        targets = poses(plan, clips, settings.frames)
    # What varies little counts as much as what varies a lot.
    targets = (targets - targets.mean((0, 1))) / targets.std((0, 1))
    learner = Learner(flags, settings)
    cache = flags.cache or flags.out + ".cache"
    began = time.monotonic()
    learner.learn(Frames(os.path.join(cache, "train"), clips, settings.frames, settings.resize,
                         say), targets)
    say("%d steps, %.0f s" % (flags.steps, time.monotonic() - began))
    write_whole(flags.out, saved(backbone_state(learner.model)))


def command_line():
    parser = Parser(prog="learn_poses.py", description=__doc__)
    parser.add_argument("data", metavar="DATA", help="what make_clips.py made")
    parser.add_argument("--train", metavar="LIST", help="of its clips to learn from (train.txt)")
    parser.add_argument("-o", "--out", required=True, metavar="FILE", help="the backbone's weights")
    parser.add_argument("--cache", metavar="DIR", help="for sampled frames, as the trainer's")
    parser.add_argument("--width", type=number(0.01, 4), default=0.25, metavar="X",
                        help="of ResNet-18 (0.25)")
    parser.add_argument("--steps", type=whole(1), default=1500, metavar="N", help="(1500)")
    parser.add_argument("--batch", type=whole(1, 4096), default=16, metavar="N",
                        help="clips a step, %d frames of each (16)" % FRAMES_OF_CLIP)
    parser.add_argument("--lr", type=number(1e-9, 100), default=0.002, metavar="X", help="(0.002)")
    parser.add_argument("--seed", type=whole(0, 2 ** 63), default=0, metavar="N")
    parser.add_argument("--threads", type=whole(1, 1024), default=os.cpu_count(), metavar="N")
    parser.set_defaults(schedule="cosine", warmup=0.05)
    return parser.parse_args()


def main():
    flags = command_line()
    signal.signal(signal.SIGINT, INTERRUPT)
    torch.set_num_threads(flags.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        learn_poses(flags)
    except Fault as fault:
        where = printable(fault.file) + ": " if fault.file else ""
        sys.exit("learn_poses.py: %s%s" % (where, printable(str(fault))))
    except KeyboardInterrupt:
        sys.exit("learn_poses.py: interrupted")


if __name__ == "__main__":
    main()
