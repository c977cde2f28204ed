#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Settings, checkpoints and outputs that do not fit together: tools/convert.py names what is wrong
in one line, with both values where two disagree, and leaves nothing behind."""
import math
import os
import sys

import convert_files as files
from convert_networks import network
from convert_case import (FLAGS, YAML, check, flags, path, put, refused, run, run_tests, skip, tiny,
                          with_tensor)


def test_command_line():
    data, _ = tiny()
    bad = [("backbone", "resnet19", "must be one of efficientnetb3"),
           ("frames", "1", "from 2 to 4096"), ("frames", "10.5", "whole number"),
           ("frames", "nan", "whole number"), ("frames", "1e999", "whole number"),
           ("crop", "0", "from 1"), ("mean", "1,2", "list of 3"),
           ("mean", "1,2,x", "finite number"),
           ("std", "1,0,1", "above 0"), ("std", "1,1e-60,1", "above 0"),
           ("std", "1,inf,1", "finite number"), ("mode", "s", "one of ts, t"),
           ("branches", "4", "from 0 to 3"), ("reuse", "afrm", "wrong shape"),
           ("reuse", "max", "one of mp"), ("gate", "none", "tlee run --gate none"),
           ("exit-threshold", "high", "finite number"), ("order", "0,1,x", "whole number"),
           ("paper-gmac", "1,2,3", "list of 4"), ("dataset", "", "text"),
           ("dataset", "a\nb", "text"), ("classes", "9" * 400, "whole number")]
    for name, value, saying in bad:
        refused(data, *flags(**{name: value}), saying=["--" + name, saying], status=2)
    for name in FLAGS:
        refused(data, *flags(**{name: None}), status=2,
                saying=["--%s is missing" % name, "--config"])
    refused(data, *flags(crop="96"), saying="--crop 96 is larger than --resize 80", status=2)
    refused(data, *flags(frames="12"), saying=["order", "--frames 12"], status=2)
    refused(data, *flags(order="0,1,2,3,4,5,6,7,8,8"), saying="permutation of 0 to 9", status=2)
    refused(data, "--unknown", *flags(), saying="--unknown", status=2)


def test_configuration_against_checkpoint():
    data, _ = tiny()
    cases = [
        (dict(classes="4"), ["--classes is 4", "3 classes"]),
        (dict(branches="1"), ["--branches is 1", "2 branches"]),
        (dict(branches="0"), ["--branches is 0", "2 branches"]),
        (dict(crm="3"), ["--crm is 3", "backbone.branches.0 has 2"]),
        (dict(branch_scale="1"), ["branches.0.crm.conv0 has 6 channels", "--branch-scale 1", "3"]),
        (dict(branch_scale="3"), ["branches.0.crm.conv0 would have no channels", "6 div 2^3"]),
        (dict(gate="eg"), ["--gate is eg", "kind gm"]),
        (dict(output_dim="512"), ["--output-dim is 512", "10 values"]),
        (dict(backbone="resnet34"), ["backbone.baseModel.4.2.conv1.weight is missing"]),
        (dict(backbone="resnet50"), ["backbone.baseModel.4.0", "downsample.0.weight is missing"]),
        (dict(dataset="ucf101"), ["mlp.layers.0.weight is missing"]),
        (dict(crop="48"), ["branches.0.fc1.weight", "10 x 12", "10 x 3"]),
    ]
    for changes, saying in cases:
        refused(data, *flags(**changes), saying=saying)
    refused(tiny(branches=1)[0], *flags(branches="1", crop="32"),
            saying=["backbone.branches.0", "2 x 2", "--crop is 32"])
    refused(tiny(backbone="resnet34")[0], *flags(),
            saying=["--backbone is resnet18", "backbone.baseModel.4.2", "another backbone"])
    # Cuts of few channels.
    for backbone, width in (("mobilenetv2", 3), ("efficientnetb3", 3)):
        data, _ = tiny(backbone=backbone, widths=(2,) + (width,) * 8, branches=3, crm=2,
                       scale=1)
        refused(data, *flags(backbone=backbone, branches="3", crm="2", branch_scale="1"),
                saying=["backbone.branches.0.crm.conv1 would have no channels", "3 div 2^2"])
    data, _ = tiny(backbone="mobilenetv2", widths=(2, 3, 3, 4, 4, 4, 4, 4, 4), branches=1)
    refused(data, *flags(backbone="efficientnetb3", branches="1"),
            saying=["baseModel.1.0.block.0.0.weight is missing"])
    refused(tiny(mlp=12)[0], *flags(), saying=["--dataset is hmdb51", "mlp.layers.0"])
    refused(tiny(gate="eg")[0], *flags(), saying=["--gate is gm", "kind eg"])
    # The chain of widths, a layer each.
    for name, shape in [("backbone.baseModel.0.weight", (4, 1, 7, 7)),
                        ("backbone.baseModel.1.running_var", (5,)),
                        ("backbone.baseModel.4.1.conv2.weight", (5, 4, 3, 3)),
                        ("backbone.baseModel.6.0.downsample.0.weight", (8, 5, 1, 1)),
                        ("backbone.branches.1.alpha", ()), ("backbone.branches.1.fc1.bias", (9,)),
                        ("classifiers.0.weight", (3, 11)), ("exit_selector.0.fc2.weight", (1, 63)),
                        ("exit_selector.0.fc1.weight", (32, 10, 1))]:
        shapes = network()
        shapes[name] = shape
        data = files.zip_bytes(files.checkpoint(files.filled(shapes)))
        refused(data, *flags(), saying=[": tensor ", "must have"])
    for name in list(network())[::9]:
        if not name.endswith("num_batches_tracked"):
            state = files.filled(network())
            del state[name]
            refused(files.zip_bytes(files.checkpoint(state)), *flags(), saying=name)


def test_values():
    name = "classifiers.0.weight"
    for value, said in ((math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")):
        values = [1.0] * 29 + [value]
        refused(with_tensor(name, files.Tensor(files.Storage(values), (3, 10))), *flags(),
                saying=["tensor %s: holds %s" % (name, said), "not finite"])
    # Infinities of both signs, whose sum would be no infinity.
    values = [math.inf, -math.inf] * 15
    refused(with_tensor(name, files.Tensor(files.Storage(values), (3, 10))), *flags(),
            saying="not finite")
    wide = files.Storage([1e300] * 30, "DoubleStorage")
    refused(with_tensor(name, files.Tensor(wide, (3, 10))), *flags(), saying="not finite")
    large = with_tensor(name, files.Tensor(files.Storage([0.0] * 29 + [-65520.0]), (3, 10)))
    refused(large, "--half", *flags(), saying=[name, "-65520.0", "half precision"])
    check(run(put("c.pth", large), "-o", path("m"), *flags())[0] == 0, "as float32")
    os.remove(path("m"))
    refused(with_tensor(name, files.Tensor(files.Storage([1] * 30, "BoolStorage"), (3, 10))),
            *flags(), saying=[name, "holds bool"])
    refused(with_tensor(name, [1, 2]), *flags(), saying=[name, "missing"])


def test_content():
    for content in (None, 7, [1], {}, {"state_dict": None}, {"state_dict": [1]}, "text"):
        for make in (files.zip_bytes, files.legacy_bytes):
            refused(make(content), *flags(), saying="state_dict")
    state = files.filled(network())
    state["module.classifiers.0.bias"] = state["classifiers.0.bias"]
    refused(files.zip_bytes(files.checkpoint(state)), *flags(), saying="both with and without")
    for value in (3, files.Tensor(files.Storage([1.0, 2.0]), (2,)),
                  files.Tensor(files.Storage([math.nan]), ()),
                  files.Tensor(files.Storage([1], "BoolStorage"), ())):
        refused(with_tensor("feature_func.beta", value), *flags(reuse="ema"),
                saying="feature_func.beta")


def test_output():
    data, _ = tiny()
    source, old = put("c.pth", data), put("old.tlee", "old")
    os.link(source, path("same.pth"))
    os.symlink(source, path("link.pth"))
    for target, saying in ((source, "also an input"), (path("same.pth"), "also an input"),
                           (path("link.pth"), "also an input"), (path("."), "no regular file"),
                           (path("absent/m.tlee"), "No such file"),
                           ("/dev/null", "no regular file")):
        status, out, err = run(source, "-o", target, *flags())
        check(status == 1 and err.count("\n") == 1 and saying in err and target in err, err)
    labels = put("l.txt", "a\nb\nc\n")
    status, _, err = run(source, "-o", labels, "--labels", labels, *flags())
    check(status == 1 and "also an input" in err, err)
    # A conversion that fails late leaves the old file alone.
    late = with_tensor("exit_selector.0.fc2.bias", files.Tensor(files.Storage([math.nan]), (1,)))
    refused(late, *flags(), saying="exit_selector.0.fc2.bias", target="old.tlee")
    with open(old) as file:
        check(file.read() == "old", "the old file is gone")
    with open(source, "rb") as file:
        check(file.read() == data, "the input has changed")


def test_labels():
    data, _ = tiny()
    for text, saying in ((b"a\nb\n", ["2 class names", "--classes is 3"]),
                         (b"a\nb\nc\nd", ["4 class names"]), (b"", ["0 class names"]),
                         (b"a\n\nb\n", ["line 2"]), (b"a\nb\0\nc", ["line 2"]),
                         (b"a\nb\nc\xff", ["byte 5", "UTF-8"]),
                         (b"a\nb\n" + b"c" * 300, ["line 3"])):
        status, out, err = run(put("c.pth", data), "-o", path("m.tlee"), "--labels",
                               put("bad.txt", text), *flags())
        check(status == 1 and err.count("\n") == 1 and "bad.txt: " in err
              and all(part in err for part in saying), saying, err)
    status, _, err = run(path("c.pth"), "-o", path("m.tlee"), "--labels", path("."), *flags())
    check(status == 1 and "directory" in err, err)


def refused_yaml(text, *words, saying):
    data, _ = tiny()
    config = put("config.yml", text)
    status, out, err = run(put("c.pth", data), "-o", path("m.tlee"), "--config", config, *words)
    texts = [saying] if isinstance(saying, str) else saying
    check(status == 1 and err.count("\n") == 1 and err.startswith("convert.py: " + config + ": ")
          and all(part in err for part in texts), "status", status, texts, err)


def test_yaml():
    try:
        import yaml  # noqa: F401
    except ImportError:
        data, _ = tiny()
        refused(data, "--config", put("config.yml", YAML), saying=["PyYAML", "--backbone", "--std"])
        return skip("no PyYAML: faults of configurations")
    marker = path("harm")
    for text, saying in [
            ("", "must be a mapping"), ("[1]", "must be a mapping"), ("5", "must be a mapping"),
            ("{", "no YAML"), ("a: b: c", "no YAML"), ("\x01", "no YAML"),
            (b"\xff\xfe\xff", "no YAML"),
            ("a: 2021-99-99", "no YAML"), ("a: !!int ''", "no YAML"), ("[" * 60000, "levels"),
            ("? 0x" + "f" * 30000 + "\n: 1", "model.name is missing"),
            ("a: !!python/object/apply:os.system ['touch %s']" % marker, "no YAML"),
            ("a" * 70000, "larger than"), ("a: &a [1]\nb: [%s]" % ("*a," * 20), "aliases"),
            ("data: [1]\nmodel: {name: resnet18}", "data must be a mapping, is a list"),
            ("data: {}", "model.name is missing"),
            ("model: 1", "model must be a mapping, is 1")]:
        refused_yaml(text, saying=saying)
    check(not os.path.exists(marker), "a configuration was run")
    for old, new, saying in [
            ("num_classes: 3", "", "model.num_classes is missing (or --classes)"),
            ("num_classes: 3", "num_classes:", "model.num_classes is missing"),
            ("num_classes: 3", "num_classes: [3]", "model.num_classes is a list: must be a whole"),
            ("num_classes: 3", "num_classes: true", "model.num_classes is True: must be a whole"),
            ("num_classes: 3", "num_classes: 0x" + "f" * 400, "is a huge number: must be"),
            ("num_classes: 3", "num_classes: three", "is 'three': must be a whole number"),
            ("num_classes: 3", "num_classes: {a: 1}", "is a mapping: must be"),
            ("num_frames: 10", "num_frames: 12", "data_val.num_frames 12"),
            ("[3, 6,", "[3, 3,", ""), ("[5, 0,", "[5, 5,", "model.input_order10 must be a permut"),
            ("[5, 0,", "[5.5, 0,", "model.input_order10 is a list: must be a whole number"),
            ("exit_thresh: 0.8", "exit_thresh: .nan", "model.exit_thresh is nan: must be a finite"),
            ("type: ts", "type: s", "model.type is 's': must be one of ts, t"),
            ("type: ts", "type: [ts]", "model.type is a list"),
            ("Func: mp", "Func: afrm", "useFeatureFunc is 'afrm': cannot work as published"),
            ("name: resnet18", "name: vgg11",
             "model.name is 'vgg11': must be one of efficientnetb3"),
            ("name: hmdb51", "name: 51", "name is 51: must be text"),
            ("name: hmdb51", 'name: "a\\ud800"', "must be text"),
            ("crop_center: 64", "crop_center: 81", "crop_center 81 is larger than data_val"),
            ("mean: [0.4, 0.5, 0.6]", "mean: 0.4", "normalize.mean is 0.4: must be a list of 3"),
            ("mean: [0.4, 0.5, 0.6]", "mean: [0.4, 0.5, [0.6]]", "mean is a list: must be a fin"),
            ("output_dim: [10]", "output_dim: [10, 10]", "model.output_dim is a list"),
            ("data_val: *data", "data_val: 3", "data_val must be a mapping, is 3"),
            ("normalize:", "normalise:", "data_val.preprocessing.normalize.mean is missing")]:
        check(old in YAML, old)
        if saying:
            refused_yaml(YAML.replace(old, new), saying=saying)
    data, _ = tiny()
    config = put("config.yml", YAML.replace("output_dim: [10]", "output_dim: [512]"))
    refused(data, "--config", config, saying=["model.output_dim is 512", "10 values"])
    config = put("config.yml", YAML.replace("num_classes: 3", "num_classes: 4"))
    refused(data, "--config", config, saying=["model.num_classes is 4", "3 classes"])
    status, _, err = run(put("c.pth", data), "-o", config, "--config", config)
    check(status == 1 and "also an input" in err, err)
    status, _, err = run(path("c.pth"), "-o", path("m.tlee"), "--config", path("absent.yml"))
    check(status == 1 and "absent.yml: No such file" in err, err)
    return None


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
