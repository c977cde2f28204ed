# SPDX-License-Identifier: MIT
"""Narrow networks by the names and shapes of their tensors, for the converter's tests."""
import collections


class Shapes(collections.OrderedDict):
    """Name -> shape of tensors, in order."""

    def norm(self, name, width):
        for part in ("weight", "bias", "running_mean", "running_var"):
            self["%s.%s" % (name, part)] = (width,)
        self[name + ".num_batches_tracked"] = ()

    def weights(self, name, *shape):
        """With bias."""
        self[name + ".weight"] = shape
        self[name + ".bias"] = shape[:1]

    def conv_norm(self, name, *shape):
        self[name + ".0.weight"] = shape
        self.norm(name + ".1", shape[0])


def resnet(shapes, backbone, widths, side):
    """(channels, side) at the cuts and the last width; widths: of the stem and the four layers, a
    bottleneck's is the inner one, half of the outer."""
    deep = backbone in ("resnet50", "resnet101", "resnet152")
    counts = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3),
              "resnet101": (3, 4, 23, 3), "resnet152": (3, 8, 36, 3)}[backbone]
    base = "backbone.baseModel."
    shapes[base + "0.weight"] = (widths[0], 3, 7, 7)
    shapes.norm(base + "1", widths[0])
    before, cuts = widths[0], []
    for layer, (count, width) in enumerate(zip(counts, widths[1:])):
        after = 2 * width if deep else width
        for block in range(count):
            name = "%s%d.%d." % (base, layer + 4, block)
            inner = [(before, width, 1), (width, width, 3), (width, after, 1)] if deep else [
                (before, width, 3), (width, width, 3)]
            for number, (inputs, outputs, kernel) in enumerate(inner, 1):
                shapes["%sconv%d.weight" % (name, number)] = (outputs, inputs, kernel, kernel)
                shapes.norm("%sbn%d" % (name, number), outputs)
            if block == 0 and (deep or layer > 0):
                shapes.conv_norm(name + "downsample", after, before, 1, 1)
            before = after
        cuts.append((after, side // 4 // 2**layer))
    return cuts[:3], before


def vgg16(shapes, backbone, widths, side):
    """widths: of the five groups; the two hidden linear layers have 7 and 9 outputs."""
    before, child, cuts = 3, 0, []
    for group, width in enumerate(widths):
        for _ in range(2 if group < 2 else 3):
            shapes.weights("backbone.baseModel.%d" % child, width, before, 3, 3)
            shapes.norm("backbone.baseModel.%d" % (child + 1), width)
            before, child = width, child + 3
        child += 1
        cuts.append((width, side // 2**(group + 1)))
    for layer, outputs, inputs in ((0, 7, 49 * before), (3, 9, 7), (5, 10, 9)):
        shapes.weights("backbone.fc_layer.%d" % layer, outputs, inputs)
    return cuts[1:4], 10


#: Kernel, first stride and number of blocks in each stage; the cuts lie after these blocks.
STAGES = {
    "mobilenetv2": (((3, 1, 1), (3, 2, 2), (3, 2, 3), (3, 2, 4), (3, 1, 3), (3, 2, 3), (3, 1, 1)),
                    ((1, 1), (3, 0), (4, 0))),
    "efficientnetb3": (((3, 1, 2), (3, 2, 3), (5, 2, 3), (3, 2, 5), (5, 1, 5), (5, 2, 6),
                        (3, 1, 2)), ((0, 1), (2, 2), (4, 4))),
}


def inverted_residuals(shapes, backbone, widths, side):
    """widths: of the stem, the seven stages and the end; expanded maps are twice as wide."""
    stages, cut_places = STAGES[backbone]
    base, child, cuts = "backbone.baseModel.", 1, []
    shapes.conv_norm(base + "0", widths[0], 3, 3, 3)
    before, side = widths[0], (side + 1) // 2
    for stage, ((kernel, stride, blocks), width) in enumerate(zip(stages, widths[1:])):
        for block in range(blocks):
            deep = backbone == "efficientnetb3"
            name = "%s%d.%d.block." % (base, stage + 1, block) if deep else "%s%d.conv." % (base,
                                                                                            child)
            part = 0
            if stage > 0:
                shapes.conv_norm(name + "0", 2 * before, before, 1, 1)
                before, part = 2 * before, 1
            shapes.conv_norm("%s%d" % (name, part), before, 1, kernel, kernel)
            if deep:
                shapes.weights("%s%d.fc1" % (name, part + 1), 3, before, 1, 1)
                shapes.weights("%s%d.fc2" % (name, part + 1), before, 3, 1, 1)
                shapes.conv_norm("%s%d" % (name, part + 2), width, before, 1, 1)
            else:
                shapes["%s%d.weight" % (name, part + 1)] = (width, before, 1, 1)
                shapes.norm("%s%d" % (name, part + 2), width)
            before, child = width, child + 1
            side = (side + 1) // 2 if stride == 2 and block == 0 else side
            if (stage, block) in cut_places:
                cuts.append((width, side))
    shapes.conv_norm("%s%d" % (base, child if backbone == "mobilenetv2" else 8), widths[-1],
                     before, 1, 1)
    return cuts, widths[-1]


def network(backbone="resnet18", widths=(4, 4, 6, 8, 10), branches=2, scale=0, crm=2, side=64,
            classes=3, mlp=None, gate="gm"):
    """Name -> shape of a narrow network's tensors, in order.

    widths: what the backbone's function above says; mlp: width of the UCF101 feature MLP, None
    without it.
    """
    shapes = Shapes()
    family = {"vgg16": vgg16, "mobilenetv2": inverted_residuals,
              "efficientnetb3": inverted_residuals}.get(backbone, resnet)
    cuts, before = family(shapes, backbone, widths, side)
    for index, (channels, map_side) in enumerate(cuts[3 - branches:]):
        name = "backbone.branches.%d." % index
        shapes[name + "alpha"] = (1,)
        width = channels
        for i in range(crm):
            shapes.weights("%scrm.conv%d" % (name, i), channels // 2**(scale + i), width, 1, 1)
            width = channels // 2**(scale + i)
        shapes.weights(name + "fc1", before, (map_side // 4)**2 * width)
    if mlp:
        shapes.weights("mlp.layers.0", mlp, before)
        shapes.norm("mlp.layers.1", mlp)
    feature = mlp or before
    shapes.weights("classifiers.0", classes, feature)
    if gate == "gm":
        shapes.weights("exit_selector.0.fc1", 32, feature)
        shapes.weights("exit_selector.0.fc2", 1, 64)
    elif gate == "eg":
        shapes.weights("exit_selector.0.conv1", 128, feature, 1, 1)
        shapes.norm("exit_selector.0.bn1", 128)
        shapes.weights("exit_selector.0.conv2", 64, 128, 1, 1)
        shapes.norm("exit_selector.0.bn2", 64)
        shapes.weights("exit_selector.0.linear", 1, 128)
    return shapes
