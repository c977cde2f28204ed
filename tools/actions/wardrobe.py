# SPDX-License-Identifier: MIT
"""Who acts: proportions, build, clothes and hair, all from the combs of the split."""
from .arithmetic import brightness, rgb
from .skeleton import LENGTHS

#: Radii of body parts in heights, at either end of a bone.
RADII = {"trunk": (0.066, 0.078), "shoulders": (0.042, 0.042), "pelvis": (0.06, 0.06),
         "neck": (0.03, 0.03), "upper": (0.037, 0.03), "fore": (0.029, 0.022),
         "hand": (0.026, 0.026), "thigh": (0.057, 0.042), "shin": (0.042, 0.029),
         "foot": (0.031, 0.025)}
#: The ranges of the combs: a test finds every number in the tooth of its split.
RANGES = {"hue": (0.0, 360.0), "trouser_hue": (0.0, 360.0), "skin": (0.0, 1.0),
          "build": (0.82, 1.25), **{name: (1 - spread, 1 + spread)
                                    for name, (_, spread) in LENGTHS.items()}}


def skin_colour(tone):
    """From dark to light."""
    dark, light = (0.30, 0.17, 0.11), (0.97, 0.80, 0.68)
    return tuple(a + (b - a) * tone for a, b in zip(dark, light))


class Figure:
    """sizes, radii, and a colour for each part of the body."""

    def __init__(self, palette, random):
        self.numbers = {name: palette.comb(*RANGES[name]) for name in RANGES}
        number = self.numbers
        self.sizes = {name: middle * number[name] for name, (middle, _) in LENGTHS.items()}
        # All are scaled to the same height; the camera's distance tells how large they appear.
        height = (self.sizes["thigh"] + self.sizes["shin"] + self.sizes["trunk"]
                  + self.sizes["neck"] + 1.85 * self.sizes["head"] + 0.04)
        self.sizes = {name: size / height for name, size in self.sizes.items()}
        self.radii = {name: tuple(r * number["build"] for r in pair)
                      for name, pair in RADII.items()}
        self.dress(number, random)

    def dress(self, number, random):
        vivid = random.chance(0.7)
        shirt = rgb(number["hue"], random.between(0.55, 0.95) if vivid else
                    random.between(0.05, 0.35), random.between(0.35, 0.95))
        trousers = rgb(number["trouser_hue"], random.between(0.1, 0.6),
                       random.between(0.15, 0.85))
        skin = skin_colour(number["skin"])
        shade = random.between(0.04, 0.75) if number["skin"] > 0.45 else random.between(0.02, 0.2)
        hair = rgb(random.between(15, 42), random.between(0.2, 0.7), shade)
        shoes = rgb(random.between(0, 360), random.between(0, 0.6), random.pick((0.15, 0.5, 0.9)))
        sleeves, legs = random.pick(("long", "short", "none")), random.chance(0.7)
        self.colours = {
            "trunk": shirt, "shoulders": shirt, "pelvis": trousers, "thigh": trousers,
            "shin": trousers if legs else skin, "foot": shoes, "neck": skin, "face": skin,
            "hand": skin, "upper": skin if sleeves == "none" else shirt,
            "fore": shirt if sleeves == "long" else skin, "hair": hair}
        #: Bands of another shade around the trunk; 0 for none.
        self.bands = random.whole(3, 6) if random.chance(0.3) else 0
        self.band_colour = rgb(number["hue"] + 6, random.between(0.1, 0.5),
                               random.between(0.5, 1.0))
        self.long_hair = random.chance(0.4)

    def brightnesses(self):
        return brightness(self.colours["trunk"]), brightness(self.colours["thigh"])
