# SPDX-License-Identifier: MIT
"""The ops of a network, as the engine executes them: what `tlee info --json --layers --no-fold`
prints, where each op stands by itself.

Nothing about a backbone is written down here but how torchvision's differs (torchvision_ops).
"""
import json
import subprocess

BACKBONES = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16", "mobilenetv2",
             "efficientnetb3")
EXITS = 4
#: Of the published data sets.
CLASSES = {"hmdb51": 51, "ucf101": 101}


def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


class Op:
    """One op: part, name, op, input and output (channels, height, width), macs, parameters, kernel,
    stride, padding (height, width or None), groups, bias. In torchvision it may be the call of a
    function, which counters of modules do not see: then is_module is False."""

    def __init__(self, **facts):
        self.is_module = True
        self.__dict__.update(facts)

    @property
    def inputs(self):
        """Elements."""
        return product(self.input)

    @property
    def outputs(self):
        return product(self.output)

    @property
    def is_convolution(self):
        """As PyTorch has it: the engine computes those on vectors as linear layers."""
        return self.groups > 0

    @property
    def is_linear(self):
        return self.op == "linear" and not self.is_convolution


class Model:
    """What the engine tells of a model: `facts` as in its JSON, and its ops."""

    def __init__(self, facts):
        self.facts = facts
        self.ops = [Op(**layer) for layer in facts["layers"]]

    def part(self, name):
        """The ops of a part: "stage 0", "branch 0", "feature", "reuse", "classifier", "gate"."""
        return [op for op in self.ops if op.part == name]

    def backbone(self, last):
        """The ops of the backbone up to an exit."""
        return [op for stage in range(last + 1) for op in self.part("stage %d" % stage)]


def macs(ops):
    return sum(op.macs for op in ops)


def parameters(ops):
    return sum(op.parameters for op in ops)


def call(command, *arguments):
    """The JSON object that the command prints. command: a list of words."""
    try:
        done = subprocess.run(list(command) + list(arguments), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    except OSError as error:
        raise SystemExit("%s: %s" % (command[0], error.strerror))
    if done.returncode:
        raise SystemExit(done.stderr.decode("utf-8", "replace").strip())
    return json.loads(done.stdout.decode("utf-8"))


def crm(backbone, branches=EXITS - 1):
    """Channel reductions of a branch: 3 as published, but 2 where a branch sits on a map of 24
    channels, which a third one would leave with none."""
    return 2 if branches == EXITS - 1 and backbone in ("mobilenetv2", "efficientnetb3") else 3


def describe(backbone, dataset, classes=None, branches=EXITS - 1, **more):
    """The name of a model with weights by formula."""
    keys = dict(dataset=dataset, classes=classes or CLASSES[dataset], branches=branches,
                crm=crm(backbone, branches), **more)
    return "random:%s,%s" % (backbone, ",".join("%s=%s" % pair for pair in keys.items()))


def read_model(command, name, *options):
    return Model(call(command, "info", "--json", "--layers", "--no-fold", *options, name))


def torchvision_ops(model):
    """torchvision's own network of the backbone of a model without feature layer and with 1000
    classes: TLEE's classifier takes the place of its last layer. Three things differ:
      - VGG16 ends 4096-1000 there, and 4096-512, 512-classes here;
      - VGG16 has an adaptive pooling from 7x7 to 7x7, which the engine leaves out;
      - MobileNetV2 calls a function for its last pooling, where the others have a module."""
    ops = model.backbone(EXITS - 1)
    classifier = [op for op in model.part("classifier") if op.op == "linear"]
    if model.facts["backbone"] == "vgg16":
        first = next(i for i, op in enumerate(ops) if op.op == "linear")
        wide = ops.pop()
        facts = dict(wide.__dict__, output=classifier[0].output)
        facts["macs"] = wide.inputs * product(facts["output"])
        facts["parameters"] = facts["macs"] + product(facts["output"])
        ops.insert(first, Op(**dict(ops[first].__dict__, name="avgpool", op="adaptive_avg_pool",
                                    output=ops[first].input, macs=0, parameters=0, bias=False)))
        classifier = [Op(**facts)]
    if model.facts["backbone"] == "mobilenetv2":
        ops[-1].is_module = False
    return ops + classifier
