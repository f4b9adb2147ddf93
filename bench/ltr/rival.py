"""rival.py FOLDER [key=value ...]: LightGBM on the data that the driver reads; one JSON line, one thread."""
import json
import os
import sys
import time

import lightgbm
import numpy as np


def packed(path):
    words = np.fromfile(path, "<u4")
    rows, width, groups = (int(word) for word in words[:3])
    numbers = words[3 + groups:].view("<f4")
    return numbers[rows:].reshape(rows, width), numbers[:rows], words[3:3 + groups].astype(int)


def svmlight(folder, part):
    labels, values = [], []
    with open(f"{folder}/rank.{part}") as lines:
        for line in lines:
            label, *pairs = line.split()
            row = np.zeros(301, np.float32)
            for pair in pairs:
                column, value = pair.split(":")
                row[int(column)] = float(value)
            labels.append(float(label))
            values.append(row)
    groups = np.loadtxt(f"{folder}/rank.{part}.query", dtype=int)
    return np.array(values), np.array(labels, np.float32), groups


def ndcg(labels, scores, groups, depth):
    total, start = 0.0, 0
    for size in groups:
        gains = 2.0 ** labels[start:start + size].astype(float) - 1
        order = np.argsort(-scores[start:start + size], kind="stable")[:depth]
        start += size
        discounts = 1 / np.log2(np.arange(2, 2 + min(depth, size)))
        best = (np.sort(gains)[::-1][:depth] * discounts).sum()
        total += (gains[order] * discounts).sum() / best if best > 0 else 1.0
    return round(total / len(groups), 5)


folder = sys.argv[1]
bins = os.path.exists(f"{folder}/train.bin")
train, test = (packed(f"{folder}/{part}.bin") if bins else svmlight(folder, part) for part in ("train", "test"))
settings = dict(objective="lambdarank", num_leaves=31, learning_rate=0.1, max_bin=255, num_threads=1, verbose=-1,
                deterministic=True, force_row_wise=True)
settings.update(pair.split("=") for pair in sys.argv[2:])
wall, cpu = time.perf_counter(), time.process_time()
data = lightgbm.Dataset(train[0], train[1], group=train[2], params=settings).construct()
model = lightgbm.train(settings, data, 100)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
before = time.process_time()
scores = model.predict(test[0], num_threads=1)
predict = time.process_time() - before
print(json.dumps(dict(lib=f"lightgbm {lightgbm.__version__}", rows=len(train[1]), features=train[0].shape[1],
                      ndcg5=ndcg(test[1], scores, test[2], 5), ndcg10=ndcg(test[1], scores, test[2], 10),
                      train_s=round(wall, 3), train_cpu_s=round(cpu, 2), predict_cpu_s=round(predict, 2))))
