# SPDX-License-Identifier: MIT
"""A torchvision ResNet with folded batch-norm as ncnn's .param (text) and .bin (weights).

The format: https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure and
https://github.com/Tencent/ncnn/wiki/operation-param-weight-table
"""
import numpy as np

MAGIC = 7767517
RAW_FLOATS = np.zeros(1, np.uint32)  # the tag before a convolution's weights: float32 as they are
VALID_PADDING = 1  # output sizes are rounded down, as in PyTorch


class Writer:
    """Collects layers. Each blob, the output of a layer, has one reader: Split makes copies."""

    def __init__(self):
        self.lines, self.weights, self.blobs = [], [], 0

    def layer(self, kind, inputs, settings, outputs=1):
        """The names of the layer's blobs. settings: by the numbers that ncnn gives them."""
        made = ["blob%d" % (self.blobs + i) for i in range(outputs)]
        self.blobs += outputs
        words = [kind, "layer%d" % len(self.lines), str(len(inputs)), str(outputs)]
        words += inputs + made + ["%d=%d" % pair for pair in settings.items()]
        self.lines.append(" ".join(words) + "\n")
        return made

    def conv(self, x, conv, relu):
        (kh, kw), (sh, sw), (ph, pw) = conv.kernel_size, conv.stride, conv.padding
        self.weights += [RAW_FLOATS, conv.weight.detach().numpy(), conv.bias.detach().numpy()]
        settings = {0: conv.out_channels, 1: kw, 11: kh, 3: sw, 13: sh, 4: pw, 14: ph, 5: 1,
                    6: conv.weight.numel(), 9: int(relu)}
        return self.layer("Convolution", [x], settings)[0]

    def block(self, x, block):
        """One residual block, basic or bottleneck."""
        x, shortcut = self.layer("Split", [x], {}, outputs=2)
        convs = [conv for name, conv in block.named_children() if name.startswith("conv")]
        for conv in convs:
            x = self.conv(x, conv, relu=conv is not convs[-1])
        if block.downsample is not None:
            shortcut = self.conv(shortcut, block.downsample[0], relu=False)
        return self.layer("ReLU", self.layer("BinaryOp", [x, shortcut], {0: 0}), {})[0]

    def save(self, path):
        with open(path + ".param", "w") as file:
            file.write("%d\n%d %d\n" % (MAGIC, len(self.lines), self.blobs))
            file.writelines(self.lines)
        with open(path + ".bin", "wb") as file:
            for values in self.weights:
                file.write(np.ascontiguousarray(values).tobytes())


def write(model, side, path):
    """model: bench_networks.fold(...). Makes path.param and path.bin."""
    writer = Writer()
    stem, pool, stages = model[0], model[3], model[4:8]
    x, = writer.layer("Input", [], {0: side, 1: side, 2: stem.in_channels})
    x = writer.conv(x, stem, relu=True)
    x, = writer.layer("Pooling", [x], {0: 0, 1: pool.kernel_size, 2: pool.stride, 3: pool.padding,
                                       5: VALID_PADDING})
    for stage in stages:
        for block in stage:
            x = writer.block(x, block)
    writer.layer("Pooling", [x], {0: 1, 4: 1})  # the mean over the whole map
    writer.save(path)
