# SPDX-License-Identifier: MIT
"""The tensors of each backbone: which ones there are, and how their widths hang together.

A backbone asks for its tensors through `needs` (tlee_layout.Needs), which checks them.
"""
import collections
import functools

from fault import Fault

# cuts: (channels, side) of the map at each of the three cut points; feature: length D0 of the end.
Trunk = collections.namedtuple("Trunk", "cuts feature")


def side_after(side, kernel, stride):
    """Side of a map after a convolution or pooling with padding kernel // 2."""
    return (side + 2 * (kernel // 2) - kernel) // stride + 1


# Kernels of a block's convolutions, and blocks in layer1..4.
RESNETS = {
    "resnet18": ((3, 3), (2, 2, 2, 2)),
    "resnet34": ((3, 3), (3, 4, 6, 3)),
    "resnet50": ((1, 3, 1), (3, 4, 6, 3)),
    "resnet101": ((1, 3, 1), (3, 4, 23, 3)),
    "resnet152": ((1, 3, 1), (3, 8, 36, 3)),
}


def resnet_block(needs, name, kernels, inputs, downsample):
    """One residual block; its output width."""
    shortcut = inputs
    if downsample:
        shortcut = needs.convolution(name + ".downsample.0", inputs, 1)
        needs.batch_norm(name + ".downsample.1", shortcut)
    width = inputs
    for number, kernel in enumerate(kernels, 1):
        outputs = shortcut if number == len(kernels) else None
        width = needs.convolution("%s.conv%d" % (name, number), width, kernel, outputs)
        needs.batch_norm("%s.bn%d" % (name, number), width)
    return width


def resnet(kernels, blocks, needs, side):
    """Children of the flattened network: 0 conv1, 1 bn1, 2 relu, 3 maxpool, 4..7 layer1..4."""
    width = needs.convolution("backbone.baseModel.0", 3, 7)
    needs.batch_norm("backbone.baseModel.1", width)
    side = side_after(side_after(side, 7, 2), 3, 2)
    cuts = []
    for layer, count in enumerate(blocks):
        for block in range(count):
            # layer1 keeps the map's side; basic blocks there keep its width too.
            downsample = block == 0 and (layer > 0 or len(kernels) == 3)
            name = "backbone.baseModel.%d.%d" % (4 + layer, block)
            width = resnet_block(needs, name, kernels, width, downsample)
        side = side_after(side, 3, 2) if layer > 0 else side
        cuts.append((width, side))
    return Trunk(cuts[:3], width)


# Convolutions in each of VGG16's groups; a pooling to half the side follows each.
VGG16 = (2, 2, 3, 3, 3)
VGG16_FINAL_SIDE = 7


def vgg16(needs, side):
    """Children of `features`: each convolution, batch-norm, ReLU and pooling counts as one."""
    width, child, cuts = 3, 0, []
    for convolutions in VGG16:
        for _ in range(convolutions):
            width = needs.convolution("backbone.baseModel.%d" % child, width, 3, bias=True)
            needs.batch_norm("backbone.baseModel.%d" % (child + 1), width)
            child += 3
        child += 1
        side //= 2
        cuts.append((width, side))
    if side == 0:
        raise Fault("vgg16 halves the input's side %d times" % len(VGG16))
    width *= VGG16_FINAL_SIDE ** 2
    for layer in (0, 3, 5):
        width = needs.linear("backbone.fc_layer.%d" % layer, width)
    return Trunk(cuts[1:4], width)


# Expansion, kernel, stride of the first block, and blocks in each stage of inverted residuals.
MOBILENETV2 = ((1, 3, 1, 1), (6, 3, 2, 2), (6, 3, 2, 3), (6, 3, 2, 4), (6, 3, 1, 3), (6, 3, 2, 3),
               (6, 3, 1, 1))
EFFICIENTNETB3 = ((1, 3, 1, 2), (6, 3, 2, 3), (6, 5, 2, 3), (6, 3, 2, 5), (6, 5, 1, 5),
                  (6, 5, 2, 6), (6, 3, 1, 2))


def conv_norm(needs, name, inputs, kernel, outputs=None):
    """torchvision's Conv2dNormActivation; its number of output channels."""
    outputs = needs.convolution(name + ".0", inputs, kernel, outputs)
    needs.batch_norm(name + ".1", outputs)
    return outputs


def mobilenetv2(needs, side):
    """Children of `features`: 0 the stem, 1..17 inverted residuals, 18 a 1x1 convolution."""
    width, side = conv_norm(needs, "backbone.baseModel.0", 3, 3), side_after(side, 3, 2)
    child, cuts = 1, []
    for expansion, kernel, stride, blocks in MOBILENETV2:
        for block in range(blocks):
            name, part = "backbone.baseModel.%d.conv." % child, 0
            if expansion > 1:
                width, part = conv_norm(needs, "%s0" % name, width, 1), 1
            conv_norm(needs, "%s%d" % (name, part), 1, kernel, width)  # one filter a channel
            width = needs.convolution("%s%d" % (name, part + 1), width, 1)
            needs.batch_norm("%s%d" % (name, part + 2), width)
            side = side_after(side, kernel, 1 if block else stride)
            if child in (3, 7, 11):
                cuts.append((width, side))
            child += 1
    return Trunk(cuts, conv_norm(needs, "backbone.baseModel.18", width, 1))


def efficientnetb3(needs, side):
    """Children of `features`: 0 the stem, 1..7 stages, 8 a 1x1 convolution."""
    width, side = conv_norm(needs, "backbone.baseModel.0", 3, 3), side_after(side, 3, 2)
    cuts = []
    for stage, (expansion, kernel, stride, blocks) in enumerate(EFFICIENTNETB3, 1):
        for block in range(blocks):
            name, part = "backbone.baseModel.%d.%d.block." % (stage, block), 0
            if expansion > 1:
                width, part = conv_norm(needs, "%s0" % name, width, 1), 1
            conv_norm(needs, "%s%d" % (name, part), 1, kernel, width)  # one filter a channel
            squeezed = needs.convolution("%s%d.fc1" % (name, part + 1), width, 1, bias=True)
            needs.convolution("%s%d.fc2" % (name, part + 1), squeezed, 1, width, bias=True)
            width = conv_norm(needs, "%s%d" % (name, part + 2), width, 1)
            side = side_after(side, kernel, 1 if block else stride)
        if stage in (1, 3, 5):
            cuts.append((width, side))
    return Trunk(cuts, conv_norm(needs, "backbone.baseModel.8", width, 1))


# By name: a function of the needs and the input side that gives the Trunk.
BACKBONES = {name: functools.partial(resnet, *table) for name, table in RESNETS.items()}
BACKBONES.update(vgg16=vgg16, mobilenetv2=mobilenetv2, efficientnetb3=efficientnetb3)
