# SPDX-License-Identifier: MIT
"""ncnn on the CPU, in float32."""
import os

import ncnn
import numpy as np

# Narrower numbers than float32, each on by default where the CPU has them.
NARROW = ("use_fp16_", "use_bf16_", "use_int8_")


class Engine:
    items = 1

    def __init__(self, config):
        self.net = ncnn.Net()
        options = self.net.opt
        options.lightmode = True
        options.use_vulkan_compute = False
        options.num_threads = config["threads"]
        for name in dir(options):
            if name.startswith(NARROW):
                setattr(options, name, False)
        path = os.path.join(config["folder"], "model")
        if self.net.load_param(path + ".param") or self.net.load_model(path + ".bin"):
            raise RuntimeError("ncnn refuses %s.param or .bin" % path)
        self.picture = np.load(os.path.join(config["folder"], "picture.npy"))[0]
        self.input = ncnn.Mat(self.picture)
        self.names = self.net.input_names()[0], self.net.output_names()[0]
        self.about = {"version": ncnn.__version__, "setting": "float32, packing, winograd, sgemm"}

    def run(self, _):
        extractor = self.net.create_extractor()
        extractor.input(self.names[0], self.input)
        status, output = extractor.extract(self.names[1])
        if status:
            raise RuntimeError("ncnn: extract returns %d" % status)
        return output

    def result(self, output):
        return np.array(output).ravel().tolist()
