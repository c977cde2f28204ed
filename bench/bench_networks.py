#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes one backbone with made-up weights in every form that an engine of the comparison reads.

    bench_networks.py resnet50 FOLDER

FOLDER gets picture.npy (1 x 3 x 224 x 224, normalised), feature.npy (what the backbone makes of it
in double precision), plain.pt (a PyTorch module), folded.pt (the same, batch-norm folded),
model.onnx, model.param and model.bin (ncnn), model.tlee. All of them hold the same weights.
"""
import copy
import os
import sys
import warnings

import numpy as np
import torch
import torchvision.models
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.resnet import BasicBlock, Bottleneck

import ncnn_file
from bench_convert import convert

SEED = 7
SIDE = 224
CALIBRATION = (4, 8)  # batches, pictures in each
CLASSES = 8  # of the classifier that a weights file has to hold; it is never run
SETTINGS = {"dataset": "hmdb51", "classes": CLASSES, "frames": 10, "resize": SIDE, "crop": SIDE,
            "mean": "0.43216,0.394666,0.37645", "std": "0.22803,0.22145,0.216989", "mode": "t",
            "branches": 0, "exit-threshold": 0.8, "first-threshold": 0.99, "reuse": "none",
            "gate": "gm"}


def pictures(count, generator):
    """Smooth shapes and some noise, spread about as normalised photographs are."""
    coarse = torch.randn(count, 3, 7, 7, generator=generator)
    smooth = nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bicubic", align_corners=False)
    return smooth + 0.1 * torch.randn(count, 3, SIDE, SIDE, generator=generator)


def resnet(name):
    """torchvision's network up to its pooled feature; children numbered as in checkpoints."""
    children = list(getattr(torchvision.models, name)(weights=None).children())[:-1]
    return nn.Sequential(*children, nn.Flatten())


@torch.no_grad()
def fill(model, generator):
    """
    Weights as training begins with, batch-norm as it ends: gains that differ, statistics of real
    activations. Otherwise the activations of a deep network shrink to denormal numbers or
    overflow, and the time to compute with those is another.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.normal_(0, (2 / module.weight[0].numel()) ** 0.5, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5, generator=generator)
            module.bias.normal_(0, 0.1, generator=generator)
            module.momentum = None  # statistics are the plain mean over all batches
    for module in model.modules():  # or the sum of a block's two arms grows with the depth
        if isinstance(module, (BasicBlock, Bottleneck)):
            last = module.bn3 if isinstance(module, Bottleneck) else module.bn2
            last.weight.mul_(0.4)
    model.train()
    batches, size = CALIBRATION
    for _ in range(batches):
        model(pictures(size, generator))
    return model.eval()


def fold(model):
    """A copy with each batch-norm folded into the convolution before it."""
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        children = list(module.named_children())
        for (conv_name, conv), (norm_name, norm) in zip(children, children[1:]):
            if isinstance(norm, nn.BatchNorm2d):
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, nn.Identity())
    return model


def write_tlee(model, name, folder, feature):
    """Through a checkpoint in the published layout and the project's own converter."""
    state = {"backbone.baseModel." + key: value for key, value in model.state_dict().items()}
    state["classifiers.0.weight"] = torch.zeros(CLASSES, feature)
    state["classifiers.0.bias"] = torch.zeros(CLASSES)
    checkpoint = os.path.join(folder, "ckpt.best.pth.tar")
    torch.save({"epoch": 1, "state_dict": state}, checkpoint)
    settings = [word for key, value in SETTINGS.items() for word in ("--" + key, value)]
    convert(checkpoint, os.path.join(folder, "model.tlee"), "--backbone", name, *settings)
    os.remove(checkpoint)


def write_onnx(model, picture, path):
    with warnings.catch_warnings():  # of this exporter's internals
        warnings.simplefilter("ignore")
        torch.onnx.export(model, picture, path, opset_version=13, input_names=["picture"],
                          output_names=["feature"])


def write(name, folder):
    torch.set_num_threads(os.cpu_count())
    generator = torch.Generator().manual_seed(SEED)
    model = fill(resnet(name), generator)
    picture = pictures(1, generator)
    with torch.no_grad():
        feature = copy.deepcopy(model).double()(picture.double())
    folded = fold(model)
    np.save(os.path.join(folder, "picture.npy"), picture.numpy())
    np.save(os.path.join(folder, "feature.npy"), feature.numpy())
    torch.save(model, os.path.join(folder, "plain.pt"))
    torch.save(folded, os.path.join(folder, "folded.pt"))
    write_onnx(folded, picture, os.path.join(folder, "model.onnx"))
    ncnn_file.write(folded, SIDE, os.path.join(folder, "model"))
    write_tlee(model, name, folder, feature.shape[1])


if __name__ == "__main__":
    write(*sys.argv[1:])
