"""rare.py OUT_FOLDER [ROWS]: clicks as rare as in advertising, with what nobody can predict left in.

One row in 200 is clicked. Ads and users have an appeal of their own, an ad suits some placements, and the
price bends the odds. Prints the log loss of the true odds: no scorer can be expected to go below it.
"""
import math
import random
import sys

folder, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 600_000
draw = random.Random(17)
ads = [draw.gauss(0, 0.8) for _ in range(5000)]
users = [draw.gauss(0, 0.5) for _ in range(20_000)]
suits = {(kind, place): draw.gauss(0, 0.8) for kind in range(20) for place in range(30)}
losses = {}
for part, share in (("train", 0.7), ("valid", 0.15), ("test", 0.15)):
    count, loss = int(rows * share), 0.0
    with open(f"{folder}/{part}.csv", "w") as out:
        out.write("label,ad,user,placement,hour,price\n")
        for _ in range(count):
            ad, user = int(draw.random() ** 3 * 5000), int(draw.random() ** 2 * 20_000)
            place, hour, price = draw.randrange(30), draw.randrange(24), draw.lognormvariate(0, 1)
            odds = -6.3 + ads[ad] + users[user] + suits[ad % 20, place]
            odds += 0.3 * math.sin(hour / 24 * 2 * math.pi) + (0.5 if 0.5 < price < 2 else -0.3)
            chance = 1 / (1 + math.exp(-odds))
            label = int(draw.random() < chance)
            loss -= math.log(chance if label else 1 - chance)
            # Letters make a category of a number.
            out.write(f"{label},a{ad},u{user},p{place},h{hour},{price:.3f}\n")
    losses[part] = round(loss / count, 5)
print("log loss of the true odds:", losses)
