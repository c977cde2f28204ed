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
from torchvision.models.efficientnet import MBConv
from torchvision.models.mobilenetv2 import InvertedResidual
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


def vgg16():
    made = torchvision.models.vgg16_bn(weights=None).features
    # Between the two torchvision pools to 7 x 7, which at this side the map has already.
    made.append(nn.Flatten())
    made.add_module("fc_layer", nn.Sequential(
        nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 512)))
    return made


def pooled(features):
    return nn.Sequential(*features, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def backbone(name):
    """torchvision's network up to its feature; children named as in checkpoints."""
    models = torchvision.models
    if name == "vgg16":
        return vgg16()
    if name == "mobilenetv2":
        return pooled(models.mobilenet_v2(weights=None).features)
    if name == "efficientnetb3":  # it would leave out blocks at random while fill() measures
        return pooled(models.efficientnet_b3(weights=None, stochastic_depth_prob=0.0).features)
    return pooled(list(getattr(models, name)(weights=None).children())[:-2])


def last_norm(block):
    """The batch-norm before a block's sum; None of what is no block, or has no sum."""
    if isinstance(block, BasicBlock):
        return block.bn2
    if isinstance(block, Bottleneck):
        return block.bn3
    if isinstance(block, (InvertedResidual, MBConv)) and block.use_res_connect:
        return [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)][-1]
    return None


@torch.no_grad()
def fill(model, generator):
    """
    Weights as training begins with, batch-norm as it ends: gains that differ, statistics of real
    activations. Otherwise the activations of a deep network shrink to denormal numbers or
    overflow, and the time to compute with those is another.
    """
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.weight.normal_(0, (2 / module.weight[0].numel()) ** 0.5, generator=generator)
            if module.bias is not None:
                module.bias.normal_(0, 0.1, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5, generator=generator)
            module.bias.normal_(0, 0.1, generator=generator)
            module.momentum = None  # statistics are the plain mean over all batches
    for module in model.modules():  # or the sum of a block's two arms grows with the depth
        last = last_norm(module)
        if last is not None:
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
    state = {"backbone." + ("" if key.startswith("fc_layer.") else "baseModel.") + key: value
             for key, value in model.state_dict().items()}
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
    model = fill(backbone(name), generator)
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
