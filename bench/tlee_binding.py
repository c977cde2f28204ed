# SPDX-License-Identifier: MIT
"""What the comparisons call of libtlee.so (src/tlee/tlee.h), through ctypes."""
import ctypes
from ctypes import (POINTER, byref, c_char, c_char_p, c_double, c_float, c_int, c_int64, c_size_t,
                    c_uint, c_uint64, c_void_p)

# Structs that the library fills may have grown since; so much room is behind the fields known here.
SPARE = c_char * 1024
FINISHED = 1  # enum tlee_decision
MODES = ("as_model", "ts", "t", "full")  # enum tlee_mode


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("offset", c_int64), ("message", c_char * 320)]


class ModelOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("load", c_int), ("mode", c_int), ("spare", SPARE)]


class SessionOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_uint), ("spare", SPARE)]


class Result(ctypes.Structure):
    _fields_ = [("label", c_size_t), ("confidence", c_float), ("frame", c_size_t),
                ("exit", c_size_t), ("macs", c_uint64), ("paper_gmac", c_double),
                ("ns", c_uint64), ("spare", SPARE)]


class VideoOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("frames", c_size_t), ("order", POINTER(c_size_t)),
                ("spare", SPARE)]


class Picture(ctypes.Structure):
    _fields_ = [("rgb", c_void_p), ("width", c_size_t), ("height", c_size_t), ("spare", SPARE)]


class Step(ctypes.Structure):
    _fields_ = [("frame", c_size_t), ("exit", c_size_t), ("spare", SPARE)]


STATUS = c_int  # of the functions below only those that can fail give an int
SIGNATURES = {
    "tlee_version": (c_char_p,),
    "tlee_cpu_available": (c_uint,),
    "tlee_cpu_name": (c_char_p, c_uint),
    "tlee_model_open": (STATUS, c_char_p, c_void_p, c_void_p, c_void_p),
    "tlee_model_options_default": (None, c_void_p),
    "tlee_session_options_default": (None, c_void_p),
    "tlee_session_create": (STATUS, c_void_p, c_void_p, c_void_p, c_void_p),
    "tlee_session_begin": (None, c_void_p, c_uint64),
    "tlee_session_push": (STATUS, c_void_p, c_void_p, c_void_p, c_void_p),
    "tlee_session_push_rgb8": (STATUS, c_void_p, c_void_p, c_size_t, c_size_t, c_size_t, c_void_p,
                               c_void_p),
    "tlee_session_finish": (STATUS, c_void_p, c_void_p),
    "tlee_session_result": (STATUS, c_void_p, c_void_p),
    "tlee_session_step_count": (c_size_t, c_void_p),
    "tlee_session_get_step": (None, c_void_p, c_size_t, c_void_p),
    "tlee_session_backbone": (STATUS, c_void_p, c_void_p, c_void_p),
    "tlee_video_options_default": (None, c_void_p),
    "tlee_video_open": (STATUS, c_char_p, c_void_p, c_void_p, c_void_p),
    "tlee_video_next": (STATUS, c_void_p, c_void_p, c_void_p),
    "tlee_video_close": (None, c_void_p),
}


class Session:
    """
    A model and one session of it, open until the process ends. Functions of the library are called
    as methods of `library`; one that fails raises RuntimeError.
    """

    def __init__(self, path, model, threads, mode="as_model"):
        self.error, self.model, self.session = Error(), c_void_p(), c_void_p()
        self.library = self.load(path)
        library, options, how = self.library, SessionOptions(), ModelOptions()
        library.tlee_model_options_default(byref(how))
        how.mode = MODES.index(mode)
        library.tlee_session_options_default(byref(options))
        options.threads = threads
        library.tlee_model_open(model.encode(), byref(how), byref(self.model), byref(self.error))
        library.tlee_session_create(self.model, byref(options), byref(self.session),
                                    byref(self.error))
        isa = library.tlee_cpu_name(library.tlee_cpu_available()).decode()
        self.about = {"version": library.tlee_version().decode(), "setting": isa}

    def load(self, path):
        try:
            library = ctypes.CDLL(path)
            for name, (result, *arguments) in SIGNATURES.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
                if result is STATUS:
                    function.errcheck = self.check
        except (OSError, AttributeError) as error:
            raise ImportError(str(error))
        return library

    def check(self, status, function, _):
        if status:
            message = self.error.message.decode("utf-8", "replace")
            raise RuntimeError("%s: status %d %s" % (function.__name__, status, message))

    def backbone(self, frame, feature):
        self.library.tlee_session_backbone(self.session, frame, feature)

    def recognise(self, frames):
        """frames: pointers to prepared input, in processing order."""
        return self.decide(self.library.tlee_session_push, ((frame,) for frame in frames))

    def recognise_pictures(self, pictures):
        """pictures: as from the method of that name."""
        return self.decide(self.library.tlee_session_push_rgb8, pictures)

    def decide(self, push, frames):
        """frames: what push takes for each."""
        library, decision, result = self.library, c_int(), Result()
        library.tlee_session_begin(self.session, 0)
        for frame in frames:
            push(self.session, *frame, byref(decision), byref(self.error))
            if decision.value == FINISHED:
                break
        library.tlee_session_finish(self.session, byref(self.error))
        library.tlee_session_result(self.session, byref(result))
        return result

    def pictures(self, path, order):
        """A video's sampled frames in processing order: bytes, width, height, bytes of a row."""
        library, video, picture, options = self.library, c_void_p(), Picture(), VideoOptions()
        library.tlee_video_options_default(byref(options))
        options.frames, options.order = len(order), (c_size_t * len(order))(*order)
        library.tlee_video_open(path.encode(), byref(options), byref(video), byref(self.error))
        found = []
        for _ in order:
            library.tlee_video_next(video, byref(picture), byref(self.error))
            row = 3 * picture.width
            found.append((ctypes.string_at(picture.rgb, row * picture.height), picture.width,
                          picture.height, row))
        library.tlee_video_close(byref(video))
        return found

    def path(self):
        """[frame, exit] of each step of the video before."""
        steps, step = [], Step()
        for index in range(self.library.tlee_session_step_count(self.session)):
            self.library.tlee_session_get_step(self.session, index, byref(step))
            steps.append([step.frame, step.exit])
        return steps
