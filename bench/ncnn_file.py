# SPDX-License-Identifier: MIT
"""A torchvision network with folded batch-norm as ncnn's .param (text) and .bin (weights).

The format: https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure and
https://github.com/Tencent/ncnn/wiki/operation-param-weight-table
"""
import collections

import numpy as np
from torch import nn
from torchvision.models.efficientnet import MBConv
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.ops import SqueezeExcitation

MAGIC = 7767517
RAW_FLOATS = np.zeros(1, np.uint32)  # the tag before a layer's weights: float32 as they are
VALID_PADDING = 1  # output sizes are rounded down, as in PyTorch
MAXIMUM, MEAN = 0, 1  # kinds of Pooling
ADD, MULTIPLY = 0, 2  # kinds of BinaryOp
# Activations that are part of the layer before: their kind (9) and their numbers (an array, 10).
FUSED = {nn.ReLU: {9: 1}, nn.ReLU6: {9: 3, -23310: "2,0.0,6.0"}, nn.Sigmoid: {9: 4}}
# Nothing to compute; InnerProduct takes a map as it is.
NOTHING = (nn.Identity, nn.Dropout, nn.Flatten)


def flat(modules):
    """What is to be computed, in order."""
    for module in modules:
        if isinstance(module, nn.Sequential):
            yield from flat(module)
        elif not isinstance(module, NOTHING):
            yield module


class Writer:
    """Collects layers. Each blob, the output of a layer, has one reader: Split makes copies."""

    def __init__(self):
        self.lines, self.weights, self.blobs = [], [], 0

    def layer(self, kind, inputs, settings, outputs=1):
        """The names of the layer's blobs. settings: by the numbers that ncnn gives them."""
        made = ["blob%d" % (self.blobs + i) for i in range(outputs)]
        self.blobs += outputs
        words = [kind, "layer%d" % len(self.lines), str(len(inputs)), str(outputs)]
        words += inputs + made + ["%d=%s" % pair for pair in settings.items()]
        self.lines.append(" ".join(words) + "\n")
        return made

    def conv(self, x, conv, activation):
        (kh, kw), (sh, sw), (ph, pw) = conv.kernel_size, conv.stride, conv.padding
        self.weights += [RAW_FLOATS, conv.weight.detach().numpy(), conv.bias.detach().numpy()]
        settings = {0: conv.out_channels, 1: kw, 11: kh, 3: sw, 13: sh, 4: pw, 14: ph, 5: 1,
                    6: conv.weight.numel(), **activation}
        if conv.groups == 1:
            return self.layer("Convolution", [x], settings)[0]
        return self.layer("ConvolutionDepthWise", [x], {**settings, 7: conv.groups})[0]

    def linear(self, x, linear, activation):
        """Also a 1x1 convolution of a map of one pixel."""
        self.weights += [RAW_FLOATS, linear.weight.detach().numpy(), linear.bias.detach().numpy()]
        settings = {0: linear.bias.numel(), 1: 1, 2: linear.weight.numel(), **activation}
        return self.layer("InnerProduct", [x], settings)[0]

    def sequence(self, x, *modules):
        """Modules one after the other."""
        left = collections.deque(flat(modules))
        while left:
            module = left.popleft()
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                fused = type(left[0]) in FUSED if left else False
                activation = FUSED[type(left.popleft())] if fused else {}
                write_it = self.conv if isinstance(module, nn.Conv2d) else self.linear
                x = write_it(x, module, activation)
            else:
                x = KINDS[type(module)](self, x, module)
        return x

    def max_pool(self, x, pool):
        return self.layer("Pooling", [x], {0: MAXIMUM, 1: pool.kernel_size, 2: pool.stride,
                                           3: pool.padding, 5: VALID_PADDING})[0]

    def mean(self, x, pool):
        """Over the whole map."""
        assert pool.output_size in (1, (1, 1))
        return self.layer("Pooling", [x], {0: MEAN, 4: 1})[0]

    def swish(self, x, _=None):
        return self.layer("Swish", [x], {})[0]

    def sum(self, x, arm, shortcut):
        """Of what two lists of modules make of x."""
        x, other = self.layer("Split", [x], {}, outputs=2)
        inputs = [self.sequence(x, *arm), self.sequence(other, *shortcut)]
        return self.layer("BinaryOp", inputs, {0: ADD})[0]

    def resnet_block(self, x, block):
        """Basic or bottleneck."""
        convs = [conv for name, conv in block.named_children() if name.startswith("conv")]
        arm = [module for conv in convs for module in (conv, block.relu)][:-1]
        x = self.sum(x, arm, [block.downsample] if block.downsample else [])
        return self.layer("ReLU", [x], {})[0]

    def inverted_block(self, x, block):
        """With the wide maps inside, between narrow ones."""
        arm = block.conv if isinstance(block, InvertedResidual) else block.block
        return self.sum(x, [arm], []) if block.use_res_connect else self.sequence(x, arm)

    def squeeze_and_excitation(self, x, module):
        x, scale = self.layer("Split", [x], {}, outputs=2)
        scale = self.linear(self.mean(scale, module.avgpool), module.fc1, {})
        scale = self.linear(self.swish(scale), module.fc2, FUSED[type(module.scale_activation)])
        return self.layer("BinaryOp", [x, scale], {0: MULTIPLY})[0]  # a number for each channel

    def save(self, path):
        with open(path + ".param", "w") as file:
            file.write("%d\n%d %d\n" % (MAGIC, len(self.lines), self.blobs))
            file.writelines(self.lines)
        with open(path + ".bin", "wb") as file:
            for values in self.weights:
                file.write(np.ascontiguousarray(values).tobytes())


KINDS = {nn.MaxPool2d: Writer.max_pool, nn.AdaptiveAvgPool2d: Writer.mean, nn.SiLU: Writer.swish,
         BasicBlock: Writer.resnet_block, Bottleneck: Writer.resnet_block,
         InvertedResidual: Writer.inverted_block, MBConv: Writer.inverted_block,
         SqueezeExcitation: Writer.squeeze_and_excitation}


def write(model, side, path):
    """model: bench_networks.fold(...). Makes path.param and path.bin."""
    writer = Writer()
    x, = writer.layer("Input", [], {0: side, 1: side, 2: 3})
    writer.sequence(x, model)
    writer.save(path)
