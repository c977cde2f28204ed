# SPDX-License-Identifier: MIT
"""Reads the pickles inside torch.save's files without Python's own unpickler.

pickle imports and calls whatever a file names. Told to know only harmless names it can still be
brought down: it allocates whatever memo index it reads (64 GiB for five bytes), and a tuple nested
deep enough overflows the C stack once it is hashed. This reader knows only the opcodes that
torch.save writes, has no way to import anything, and calls only the functions it was given. Dicts
keep their text keys alone, since no other key is ever looked up.
"""
import struct

from fault import Fault, printable

MAX_BYTES = 1 << 24  # of a pickle; that of ResNet-152 with an optimizer's state has about 2^19
MAX_OPCODES = 1 << 20
MAX_NAME_BYTES = 256

STOP = b"."
CONSTANTS = {b"N": None, b"\x88": True, b"\x89": False}
NUMBERS = {b"K": struct.Struct("<B"), b"M": struct.Struct("<H"), b"J": struct.Struct("<i"),
           b"G": struct.Struct(">d")}
# Opcodes that begin with a length or an index, and how that is written.
TEXTS = {b"X": struct.Struct("<I"), b"\x8c": struct.Struct("<B"), b"\x8d": struct.Struct("<Q")}
BYTES = {b"B": struct.Struct("<I"), b"C": struct.Struct("<B"), b"\x8e": struct.Struct("<Q")}
MEMO_PUTS = {b"q": struct.Struct("<B"), b"r": struct.Struct("<I")}
MEMO_GETS = {b"h": struct.Struct("<B"), b"j": struct.Struct("<I")}
TUPLES = {b")": 0, b"\x85": 1, b"\x86": 2, b"\x87": 3}


class Unpickler:
    """Reads one pickle from a binary stream and leaves the stream behind its end.

    known: what each global stands for, by "module.name": a function of the pickled arguments, or a
    value. persistent: makes an object of a persistent id. Nothing that they return may be callable.
    """

    def __init__(self, stream, known, persistent):
        self.stream = stream
        self.known = known
        self.persistent = persistent
        self.position = 0
        self.stack = []
        self.marks = []  # lengths of the stack at the open marks
        self.memo = {}

    def load(self):
        for _ in range(MAX_OPCODES):
            opcode = self.take(1)
            if opcode == STOP:
                return self.pop()
            self.step(opcode)
        raise Fault("its pickle has more than %d opcodes" % MAX_OPCODES)

    def step(self, opcode):
        push = self.stack.append
        if opcode in CONSTANTS:
            push(CONSTANTS[opcode])
        elif opcode in NUMBERS:
            push(self.number(NUMBERS[opcode]))
        elif opcode in TEXTS:
            push(self.text(self.take(self.number(TEXTS[opcode]))))
        elif opcode in BYTES:
            push(self.take(self.number(BYTES[opcode])))
        elif opcode in MEMO_PUTS:
            self.memo[self.number(MEMO_PUTS[opcode])] = self.top()
        elif opcode in MEMO_GETS:
            push(self.recall(self.number(MEMO_GETS[opcode])))
        elif opcode in TUPLES:
            items = [self.pop() for _ in range(TUPLES[opcode])]
            push(tuple(reversed(items)))
        elif opcode in ACTIONS:
            ACTIONS[opcode](self)
        else:
            raise self.damaged("opcode 0x%02x is none that torch.save writes" % opcode[0])

    # --- Input and stack ---

    def damaged(self, reason):
        return Fault("byte %d of its pickle: %s" % (self.position, reason))

    def take(self, count):
        if self.position + count > MAX_BYTES:
            raise self.damaged("longer than the %d bytes that a pickle may have" % MAX_BYTES)
        data = self.stream.read(count)
        if len(data) != count:
            raise self.damaged("the file ends in the middle of it")
        self.position += count
        return data

    def number(self, layout):
        return layout.unpack(self.take(layout.size))[0]

    def text(self, data):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise self.damaged("text that is not UTF-8")

    def line(self):
        data = bytearray()
        while not data.endswith(b"\n"):
            if len(data) > MAX_NAME_BYTES:
                raise self.damaged("a name without end")
            data += self.take(1)
        return self.text(bytes(data[:-1]))

    def top(self):
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise self.damaged("an opcode without its operand")
        return self.stack[-1]

    def pop(self):
        self.top()
        return self.stack.pop()

    def since_mark(self):
        if not self.marks:
            raise self.damaged("an opcode without its mark")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def recall(self, index):
        if index not in self.memo:
            raise self.damaged("no object was stored under %d" % index)
        return self.memo[index]

    # --- Opcodes with more than a value to push ---

    def protocol(self):
        version = self.take(1)[0]
        if not 2 <= version <= 5:
            raise self.damaged("pickle protocol %d is not supported" % version)

    def put_global(self, module, name):
        full = "%s.%s" % (module, name)
        if full not in self.known:
            raise Fault("refused: its pickle names '%s', which no checkpoint needs"
                        % printable(full, 120))
        self.stack.append(self.known[full])

    def stack_global(self):
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise self.damaged("a global whose name is not text")
        self.put_global(module, name)

    def reduce(self):
        arguments, function = self.pop(), self.pop()
        if not callable(function) or not isinstance(arguments, tuple):
            raise self.damaged("a call of something that is no function")
        try:
            self.stack.append(function(*arguments))
        except TypeError:
            raise self.damaged("a call with unexpected arguments")

    def append(self, items):
        if not isinstance(self.top(), list):
            raise self.damaged("an item for something that is no list")
        self.stack[-1].extend(items)

    def set_items(self, items):
        if not isinstance(self.top(), dict) or len(items) % 2:
            raise self.damaged("an item for something that is no dict")
        pairs = zip(items[::2], items[1::2])
        self.stack[-1].update(pair for pair in pairs if isinstance(pair[0], str))

    def append_one(self):
        item = self.pop()
        self.append([item])

    def set_one_item(self):
        value, key = self.pop(), self.pop()
        self.set_items([key, value])

    def put_persistent(self):
        self.stack.append(self.persistent(self.pop()))


# BUILD only drops its state: an OrderedDict's attributes and a numpy dtype's flags, both unneeded.
ACTIONS = {
    b"\x80": Unpickler.protocol,
    b"\x95": lambda self: self.take(8),
    b"\x94": lambda self: self.memo.__setitem__(len(self.memo), self.top()),
    b"\x8a": lambda self: self.stack.append(
        int.from_bytes(self.take(self.take(1)[0]), "little", signed=True)),
    b"(": lambda self: self.marks.append(len(self.stack)),
    b"t": lambda self: self.stack.append(tuple(self.since_mark())),
    b"]": lambda self: self.stack.append([]),
    b"}": lambda self: self.stack.append({}),
    b"a": Unpickler.append_one,
    b"e": lambda self: self.append(self.since_mark()),
    b"s": Unpickler.set_one_item,
    b"u": lambda self: self.set_items(self.since_mark()),
    b"c": lambda self: self.put_global(self.line(), self.line()),
    b"\x93": Unpickler.stack_global,
    b"R": Unpickler.reduce,
    b"b": Unpickler.pop,
    b"Q": Unpickler.put_persistent,
}
