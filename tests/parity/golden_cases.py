# SPDX-License-Identifier: MIT
"""The golden cases (tests/golden/README.md). Their thresholds are chosen by make_golden.py."""
import dataclasses
from typing import Optional, Tuple


@dataclasses.dataclass
class Video:
    width: int
    height: int
    leaves: Tuple[int, Optional[int]]  # t and exit at which the answer must come; None: any exit
    count: int = 37  # frames of the video
    detail: int = 0  # frame steps whose stage maps are stored; 0: no features either


@dataclasses.dataclass
class Case:
    name: str
    model: str
    videos: Tuple[Video, ...]
    mode: str = "as_model"
    gate: str = "as_model"


CASES = (
    Case("resnet18_ucf101", "resnet18,input=64,seed=2", (
        Video(96, 72, (1, 1), detail=2), Video(64, 64, (0, 0)), Video(40, 30, (5, None)))),
    Case("resnet18_every_frame", "resnet18,dataset=hmdb51,classes=51,reuse=none,input=64,seed=1", (
        Video(96, 72, (2, None), detail=1),
        Video(64, 64, (0, 1)),
        Video(90, 64, (1, 0)),
        Video(64, 70, (3, None)),
        Video(120, 68, (4, None)),
        Video(40, 30, (5, None)),
        Video(65, 64, (6, None)),
        Video(100, 75, (7, None)),
        Video(75, 100, (8, None)),
        Video(64, 80, (9, None), count=10))),
    Case("resnet18_3_branches", "resnet18,dataset=hmdb51,classes=51,branches=3,gate=eg,reuse=ap,"
         "frames=8,input=96", (
             Video(120, 160, (3, None), detail=2),
             Video(96, 96, (0, 2)),
             Video(131, 97, (1, 1), count=8),
             Video(97, 131, (2, None)),
             Video(200, 96, (5, None)))),
    Case("resnet18_16_frames", "resnet18,branches=1,classes=20,reuse=ema,frames=16,input=72,seed=2",
         (Video(96, 72, (1, 0), detail=2), Video(73, 99, (0, 1)),
          Video(99, 73, (15, None), count=90))),
    Case("resnet18_temporal", "resnet18,classes=30,gate=eg,mode=t,reuse=none,input=80,seed=3", (
        Video(107, 80, (3, 2), detail=1), Video(80, 107, (1, 2)), Video(81, 80, (9, 2), count=5))),
    Case("resnet18_narrow_branches", "resnet18,dataset=hmdb51,classes=12,branches=3,scale=2,crm=2,"
         "reuse=frm,frames=16,input=100,seed=4", (
             Video(133, 100, (4, None), detail=2), Video(100, 177, (11, None)))),
    Case("resnet18_no_branch", "resnet18,classes=30,branches=0,reuse=ap,frames=8,input=64,seed=5", (
        Video(85, 64, (7, 0), detail=1, count=9),)),
    Case("resnet18_whole_frames", "resnet18,dataset=hmdb51,classes=51,reuse=ema,input=64,seed=6", (
        Video(64, 85, (9, 2), detail=1, count=120),), mode="full"),
    Case("resnet18_without_gate", "resnet18,dataset=hmdb51,classes=51,gate=eg,input=64,seed=7", (
        Video(64, 64, (9, 0), detail=1),), gate="none"),
    Case("resnet34_ucf101", "resnet34,branches=3,gate=eg,classes=40,input=64,seed=8", (
        Video(86, 64, (2, None), detail=2), Video(64, 86, (4, None)))),
    Case("resnet34_hmdb51", "resnet34,dataset=hmdb51,classes=51,branches=1,reuse=ap,frames=16,"
         "input=96,seed=9", (Video(128, 96, (3, None), detail=2),)),
    Case("resnet50_ucf101", "resnet50,classes=60,input=64,seed=10", (
        Video(80, 64, (2, None), detail=2), Video(64, 80, (3, None)))),
    Case("resnet50_hmdb51", "resnet50,dataset=hmdb51,classes=51,branches=3,gate=eg,reuse=ema,"
         "frames=8,input=80,seed=11", (Video(106, 80, (1, None), detail=2),)),
    Case("resnet50_no_branch", "resnet50,dataset=hmdb51,classes=25,branches=0,reuse=none,frames=8,"
         "input=64,seed=12", (Video(64, 64, (7, 0), detail=1),)),
    Case("resnet18_224", "resnet18,input=224,seed=13", (
        Video(320, 240, (1, None), detail=2, count=150),)),
    Case("resnet50_224", "resnet50,input=224,seed=14", (
        Video(240, 320, (1, 0), detail=2, count=64),)),
    Case("resnet101_hmdb51", "resnet101,dataset=hmdb51,classes=20,branches=1,frames=8,input=64,"
         "seed=15", (Video(64, 64, (1, None), detail=1),)),
    Case("vgg16_ucf101", "vgg16,classes=60,input=64,seed=16", (
        Video(80, 64, (2, None), detail=1),)),
    Case("vgg16_3_branches", "vgg16,dataset=hmdb51,classes=30,branches=3,gate=eg,reuse=ap,frames=8,"
         "input=75,seed=17", (Video(80, 75, (1, None), detail=1),)),
    Case("mobilenetv2_ucf101", "mobilenetv2,classes=60,input=64,seed=18", (
        Video(80, 64, (1, None), detail=2), Video(64, 80, (9, None)))),
    Case("mobilenetv2_3_branches", "mobilenetv2,dataset=hmdb51,classes=30,branches=3,scale=1,crm=2,"
         "gate=eg,reuse=ema,frames=8,input=75,seed=19", (Video(106, 75, (1, None), detail=2),)),
    Case("mobilenetv2_224", "mobilenetv2,input=224,branches=1,seed=20", (
        Video(320, 240, (1, None), detail=1, count=64),)),
    Case("efficientnetb3_ucf101", "efficientnetb3,classes=30,input=96,seed=21", (
        Video(96, 100, (2, None), detail=2),)),
    Case("efficientnetb3_3_branches", "efficientnetb3,dataset=hmdb51,classes=20,branches=3,scale=2,"
         "crm=2,gate=eg,reuse=ap,frames=8,input=99,seed=22", (
             Video(130, 99, (1, None), detail=2),)),
    Case("efficientnetb3_224", "efficientnetb3,input=224,branches=1,dataset=hmdb51,classes=51,"
         "seed=23", (Video(320, 240, (1, None), detail=1, count=64),)),
)
