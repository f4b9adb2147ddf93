"""pack.py IN.npz OUT_FOLDER: arrays X, y, Xt, yt in groups of 20 become train.bin and test.bin for the driver."""
import sys
import numpy as np

arrays = np.load(sys.argv[1])
for part, values, labels in (("train", "X", "y"), ("test", "Xt", "yt")):
    X, y = arrays[values].astype("<f4"), arrays[labels].astype("<f4")
    groups = np.full(len(y) // 20, 20, "<u4")
    with open(f"{sys.argv[2]}/{part}.bin", "wb") as out:
        np.array([len(y), X.shape[1], len(groups)], "<u4").tofile(out)
        for array in (groups, y, X):
            array.tofile(out)
