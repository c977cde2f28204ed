# SPDX-License-Identifier: MIT
"""The settings of a model, from the published YAML and from flags, which override it."""
import argparse
import array
import collections
import math
import re

from fault import Fault, blaming, printable, shown
from tlee_backbones import BACKBONES

MAX_YAML_BYTES = 1 << 16
MAX_DEPTH = 32
MAX_ALIASES = 16  # each may multiply what merge keys expand to; the published files have one or two
PUBLISHED_ORDERS = (8, 10, 16)  # numbers of frames
# GMAC at cut 1, 2, 3 and the end, as the published code has them.
PUBLISHED_GMAC = {
    "resnet50": [0.79, 1.83, 3.29, 4.1],
    "vgg16": [4.754, 9.389, 14.018, 15.531],
    "mobilenetv2": [0.086, 0.135, 0.181, 0.319],
    "efficientnetb3": [0.045, 0.295, 0.629, 0.992],
}


# --- Values: a reader takes what YAML or a flag gives; its ValueError says what must be ---

def number(value):
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            # As text too: PyYAML reads 1e-3 as text, for want of a point.
            result = float(value)
        except (ValueError, OverflowError):
            result = math.nan
        if math.isfinite(result):
            return result
    raise ValueError("must be a finite number")


def whole(low, high):
    def read(value):
        try:
            result = number(value)
        except ValueError:
            result = math.nan
        if not low <= result <= high or result != int(result):
            raise ValueError("must be a whole number from %d to %d" % (low, high))
        return int(result)
    return read


def several(read_one, count=None):
    """A list, or the same as text: values parted by commas or blanks."""
    def read(value):
        items = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else value
        if not isinstance(items, list) or (count is not None and len(items) != count):
            raise ValueError("must be a list of %s" % (count or "whole numbers"))
        return [read_one(item) for item in items]
    return read


def deviation(value):
    result = number(value)
    # The engine divides by it in float32, where too small a number is 0.
    if not 0 < array.array("f", [result])[0] < math.inf:
        raise ValueError("must be above 0")
    return result


def text(value):
    if isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable():
        return value
    raise ValueError("must be text of 1 to 200 characters")


def one_of(*names, **refused):
    """One of `names`; `refused` holds others with the reason against each."""
    def read(value):
        if isinstance(value, str) and value in refused:
            raise ValueError(refused[value])
        if not isinstance(value, str) or value not in names:
            raise ValueError("must be one of " + ", ".join(names))
        return value
    return read


def output_dim(value):
    return whole(1, 1 << 24)(value[0] if isinstance(value, list) and len(value) == 1 else value)


# key: its place in the YAML, where "data" may be "data_val" and T the number of frames.
Setting = collections.namedtuple("Setting", "name key read help")
SETTINGS = [Setting(*row) for row in [
    ("backbone", "model.name", one_of(*sorted(BACKBONES)), "resnet50, ..."),
    ("dataset", "data.name", text, "ucf101 has the feature MLP, others do not"),
    ("frames", "data.num_frames", whole(2, 4096), "frames sampled from a video"),
    ("resize", "data.preprocessing.resize", whole(1, 8192), "shorter side after the resize"),
    ("crop", "data.preprocessing.crop_center", whole(1, 8192), "the network's input side"),
    ("mean", "data.preprocessing.normalize.mean", several(number, 3), "R,G,B, for values in 0..1"),
    ("std", "data.preprocessing.normalize.std", several(deviation, 3), "R,G,B, for values in 0..1"),
    ("mode", "model.type", one_of("ts", "t"), "ts: exits in time and depth, t: in time alone"),
    ("classes", "model.num_classes", whole(1, 1 << 20), "number of classes"),
    ("output-dim", "model.output_dim", output_dim, "length of the backbone's feature (checked)"),
    ("branches", "model.branch_num", whole(0, 3), "early exits in a frame"),
    ("branch-scale", "model.branch_scale", whole(0, 32), "log2 of the branches' first reduction"),
    ("crm", "model.crm_num", whole(0, 32), "1x1 convolutions in a branch"),
    ("exit-threshold", "model.exit_thresh", number, "confidence that skips a frame's other layers"),
    ("first-threshold", "model.first_threshold", number, "confidence that ends a video at once"),
    ("reuse", "model.useFeatureFunc", one_of(
        "mp", "ap", "ema", "none", "frm", "na",
        afrm="cannot work as published, its output has the wrong shape"), "mp, ap, ema, ..."),
    ("gate", "model.useGateFunc", one_of(
        "gm", "eg", "random", none="no gate is an option of the run, `tlee run --gate none`"),
     "gm, eg or random"),
    ("order", "model.input_orderT", several(whole(0, 4095)), "processing order, T numbers"),
    ("paper-gmac", "model.single_frame_mac", several(number, 4), "cut 1, cut 2, cut 3, end"),
]]
OPTIONAL = ("output-dim", "order", "paper-gmac")
WITH_BRANCHES = ("branch-scale", "crm", "exit-threshold", "first-threshold", "gate")
UNUSED_KEYS = ("data.preprocessing.to_tensor",)  # known, and of no effect on inference


class Settings:
    """Has an attribute for each setting, None where an optional one is absent."""

    def __init__(self):
        self.places = {}

    def place(self, name):
        """Where the setting was given: a key of the YAML or a flag."""
        return self.places[name]


# --- The YAML file ---

def check_yaml_size(yaml, data):
    """Refuses what PyYAML would take minutes or all memory for."""
    depth = aliases = 0
    for event in yaml.parse(data, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            raise Fault("has more than %d levels or %d aliases" % (MAX_DEPTH, MAX_ALIASES))


def load_yaml(path):
    """The file's mapping, through PyYAML's safe loader."""
    with blaming(path):
        try:
            import yaml
        except ImportError:
            raise Fault("reading it needs PyYAML, which is not installed; without it give each "
                        "setting as a flag: " + " ".join("--" + s.name for s in SETTINGS))
        with open(path, "rb") as file:
            data = file.read(MAX_YAML_BYTES + 1)
        if len(data) > MAX_YAML_BYTES:
            raise Fault("is larger than the %d bytes of any configuration" % MAX_YAML_BYTES)
        try:
            check_yaml_size(yaml, data)
            document = yaml.safe_load(data)
        except Fault:
            raise
        except Exception as error:  # PyYAML lets through whatever its constructors run into
            raise Fault("is no YAML that can be read: %s"
                        % printable(" ".join(str(error).split()), 200))
        if not isinstance(document, dict):
            raise Fault("must be a mapping with data and model, is %s" % shown(document))
        return document


def look_up(document, key):
    """The value under a dotted key; None where there is none."""
    value, passed = document, []
    for part in key.split("."):
        if not isinstance(value, dict):
            raise Fault("%s must be a mapping, is %s" % (".".join(passed), shown(value)))
        value = value.get(part)
        passed.append(part)
        if value is None:
            return None
    return value


def unknown_keys(mapping, known, before=""):
    """Dotted keys that stand in mapping, but not in known."""
    for key, value in mapping.items():
        full = before + (key if isinstance(key, str) else shown(key))
        if full in known or re.match(r"model\.input_order\d+$", full):
            continue
        if any(name.startswith(full + ".") for name in known):
            if isinstance(value, dict):
                yield from unknown_keys(value, known, full + ".")
        else:
            yield full


# --- Both together ---

def add_flags(parser):
    """A flag for each setting."""
    def as_flag(read):
        def convert(value):
            try:
                return read(value)
            except ValueError as error:
                raise argparse.ArgumentTypeError("%s: %s" % (shown(value), error))
        return convert

    for setting in SETTINGS:
        parser.add_argument("--" + setting.name, type=as_flag(setting.read), metavar="X",
                            help="%s [%s]" % (setting.help, setting.key))


def check_together(settings):
    """What no single setting can tell."""
    if settings.crop > settings.resize:
        raise Fault("%s %d is larger than %s %d" % (
            settings.place("crop"), settings.crop, settings.place("resize"), settings.resize))
    if settings.order is None:
        if settings.frames not in PUBLISHED_ORDERS:
            raise Fault("%s is missing (or --order): no order is published for %s %d"
                        % (settings.place("order"), settings.place("frames"), settings.frames))
    elif sorted(settings.order) != list(range(settings.frames)):
        raise Fault("%s must be a permutation of 0 to %d"
                    % (settings.place("order"), settings.frames - 1))


def drop_foreign_gmac(settings):
    """A warning when the configuration carries another backbone's published figures."""
    figures = settings.paper_gmac
    owners = [name for name, row in PUBLISHED_GMAC.items() if row == figures]
    if not owners or settings.backbone in owners:
        return []
    settings.paper_gmac = None
    return ["%s holds the figures of %s, not of %s: left out"
            % (settings.place("paper_gmac"), owners[0], settings.backbone)]


def read_settings(flags, path):
    """The settings, warnings, and the keys of the file at path (None: no file) that are unknown."""
    document = load_yaml(path) if path else {}
    data = "data" if document.get("data_val") is None else "data_val"
    settings = Settings()
    known = {re.sub("^data", data, key) for key in UNUSED_KEYS}
    if data == "data_val":
        known.add("data")  # stands aside, whatever it holds

    def find(setting):
        key = re.sub("^data", data, setting.key)
        if setting.name == "order":
            key = key.replace("orderT", "order%d" % settings.frames)
        known.add(key)
        value = getattr(flags, setting.name.replace("-", "_"))
        if value is not None:
            return value, "--" + setting.name
        value = look_up(document, key)
        if value is None and setting.name not in OPTIONAL:
            raise Fault("%s is missing (or --%s)" % (key, setting.name) if path else
                        "--%s is missing (or --config)" % setting.name)
        try:
            return None if value is None else setting.read(value), key
        except ValueError as error:
            raise Fault("%s is %s: %s" % (key, shown(value), error))

    for setting in SETTINGS:
        name = setting.name.replace("-", "_")
        # Without branches there is nothing to decide, and what the file says about it is not read.
        if setting.name in WITH_BRANCHES and settings.branches == 0:
            known.add(setting.key)
            value = None
        else:
            value, settings.places[name] = find(setting)
        setattr(settings, name, value)
    check_together(settings)
    return settings, drop_foreign_gmac(settings), sorted(unknown_keys(document, known))
