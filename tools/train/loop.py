# SPDX-License-Identifier: MIT
"""One stage of the training: epochs, learning rate, validation, and going on after a stop."""
import math
import os
import time

import torch

from fault import Fault, blaming

from . import publish, start, state
from .augment import batch
from .journal import Progress, say
from .locks import Stopped
from .validate import table, validate


def learning_rate(options, base, done):
    """done: the part of the stage's steps that lies behind, 0..1."""
    if done < options.warmup:
        return base * (done + 1e-3) / (options.warmup + 1e-3)
    if options.schedule == "cosine":
        return base * 0.5 * (1 + math.cos(math.pi * done))
    return base * options.lr_factor ** sum(done >= step for step in options.lr_steps)


def make_optimizer(name, options, parameters, rate):
    """Vectors (biases, batch-norm, alpha) are not pulled towards 0."""
    groups = [{"params": [p for p in parameters if p.dim() > 1],
               "weight_decay": options.weight_decay},
              {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0}]
    if name == "adam":
        return torch.optim.AdamW(groups, lr=rate)
    return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True)


class StageRun:
    """A stage in its folder: ckpt.best.pth.tar, config.yml, and last.state while it goes on."""

    def __init__(self, stage, model, data, options, folder, stop):
        self.stage, self.model, self.data, self.options = stage, model, data, options
        self.folder, self.stop = folder, stop
        self.epochs, self.rate = options.epochs[stage.name], options.lr[stage.name]
        self.device = options.device
        self.steps = math.ceil(len(data.train) / options.batch)
        self.epoch = self.step = 0
        self.sums = [0.0, 0.0, 0]
        self.best = None
        self.saved = time.monotonic()
        # A fifth faster on a CPU (ResNet-18 of a quarter of the width, one thread).
        model.to(self.device, memory_format=torch.channels_last)
        self.optimizer = make_optimizer(options.optimizer[stage.name], options,
                                        stage.prepare(model), self.rate)

    # --- State ---

    @property
    def path(self):
        return os.path.join(self.folder, "last.state")

    def save(self):
        optimizer = self.optimizer.state_dict()
        state.save(self.path, {"model": self.model.state_dict(), "optimizer": optimizer["state"]}, {
            "groups": optimizer["param_groups"], "epoch": self.epoch, "step": self.step,
            "sums": self.sums, "best": self.best, "journal": self.data.journal.position()})
        self.saved = time.monotonic()

    def resume(self):
        found = state.load(self.path)
        if found is None:
            self.save()  # so that the log's end is known
            return
        try:
            tensors, facts = found
            self.model.load_state_dict(tensors["model"])
            self.optimizer.load_state_dict({"state": tensors["optimizer"],
                                            "param_groups": facts["groups"]})
            self.epoch, self.step, self.sums, self.best, journal = (
                facts[key] for key in ("epoch", "step", "sums", "best", "journal"))
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise Fault("is the state of another training: %s"
                        % str(error).split("\n")[0][:200], self.path)
        if self.epoch < self.epochs:
            self.data.journal.cut(journal)
            say("%s: goes on in epoch %d of %d, step %d of %d" % (
                self.path, self.epoch + 1, self.epochs, self.step, self.steps))

    # --- Learning ---

    def learn(self, numbers):
        """One step; the numbers are those of the batch's clips."""
        place = (self.options.seed, self.stage.name, self.epoch, self.step)
        state.seed_all("layers", *place)
        x, labels = batch(self.data.train, numbers, self.model.settings,
                          self.stage.augmentation(), state.generator("batch", *place))
        done = (self.epoch + self.step / self.steps) / self.epochs
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.options, self.rate, done)
        labels = labels.to(self.device)
        features = self.stage.features(self.model, x.to(self.device))
        loss, right = self.stage.losses(self.model, features, labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if not math.isfinite(loss.item()):
            raise Fault("the loss is %s in epoch %d, step %d: try a smaller --lr" % (
                loss.item(), self.epoch + 1, self.step + 1), self.folder)
        self.sums = [self.sums[0] + loss.item() * len(numbers),
                     self.sums[1] + right * len(numbers), self.sums[2] + len(numbers)]

    def run_epoch(self):
        order = torch.randperm(len(self.data.train), generator=state.generator(
            "order", self.options.seed, self.stage.name, self.epoch)).tolist()
        progress = Progress(self.steps)
        self.stage.prepare(self.model)
        while self.step < self.steps:
            begin = self.step * self.options.batch
            self.learn(order[begin:begin + self.options.batch])
            self.step += 1
            progress.show(self.step, "%s %d/%d  loss %.4f  right %.1f %%" % (
                self.stage.name, self.epoch + 1, self.epochs, self.sums[0] / self.sums[2],
                100 * self.sums[1] / self.sums[2]))
            if time.monotonic() - self.saved > self.options.save_every:
                self.save()
            if self.stop():
                progress.clear()
                self.save()
                raise Stopped()
        progress.clear()

    def finish_epoch(self, began):
        """Validates, and keeps the network when it is the best so far."""
        options = self.options
        results = validate(self.stage, self.model, self.data.validation, options.batch, self.device,
                           self.stop)
        if results is None:
            self.save()  # with all steps of the epoch done
            raise Stopped()
        loss, right = (value / self.sums[2] for value in self.sums[:2])
        self.epoch, self.step, self.sums = self.epoch + 1, 0, [0.0, 0.0, 0]
        score = self.stage.score(results)
        if self.best is None or score > self.best or options.keep == "last":
            self.best = score
            publish.write(self.folder, self.model, self.epoch, results["decided"]["top1"],
                          options.gate_b)
        self.data.journal.write(stage=self.stage.name, epoch=self.epoch, loss=loss, right=right,
                                validation=results, lr=self.optimizer.param_groups[0]["lr"],
                                seconds=round(time.monotonic() - began, 1))
        say("%s: epoch %d of %d, loss %.4f, right %.1f %%; validation: loss %.4f, top-1 %.1f %%"
            % (self.stage.name, self.epoch, self.epochs, loss, 100 * right, results["loss"],
               100 * results["top1"][-1][-1]))
        if self.epoch == self.epochs or self.epoch % options.table_every == 0:
            for line in table(self.stage, results):
                say("  " + line)
        self.save()

    def run(self):
        with blaming(self.folder):
            os.makedirs(self.folder, exist_ok=True)
        self.resume()
        while self.epoch < self.epochs:
            began = time.monotonic()
            self.run_epoch()
            self.finish_epoch(began)
        path = os.path.join(self.folder, publish.CHECKPOINT)
        start.from_tlee(self.model.cpu(), path, say)
        return path
