"""rival.py FOLDER: LightGBM, logistic regression and, where installed, myFM on the files that the driver reads.

One JSON line each, one thread. Columns are read as the driver reads them: numbers where every cell of the
training rows is one, and categories otherwise or with numbers=no.
"""
import csv
import json
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import lightgbm
import numpy as np
import scipy.sparse as sparse
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import KBinsDiscretizer

folder, numbers = sys.argv[1], "numbers=no" not in sys.argv


def read(part):
    name = next(name for name in sorted(os.listdir(folder)) if name.endswith(f"{part}.csv"))
    with open(os.path.join(folder, name)) as file:
        rows = list(csv.reader(file))[1:]
    return [row[1:] for row in rows], np.array([int(row[0]) for row in rows])


def number(cell):
    try:
        return float(cell) if cell else float("nan")
    except ValueError:
        return None


(train, y), (valid, yv), (test, ys) = (read(part) for part in ("train", "valid", "test"))
width = len(train[0])
categories = [at for at in range(width) if not numbers or any(number(row[at]) is None for row in train)]
known = {at: {} for at in categories}
for row in train:
    for at in categories:
        known[at].setdefault(row[at], len(known[at]))


def values(rows):
    return np.array([[known[at].get(cell, -1) if at in known else number(cell) for at, cell in enumerate(row)]
                     for row in rows], dtype=np.float64)


X, Xv, Xs = values(train), values(valid), values(test)
binned = [at for at in range(width) if at not in known]
cut = KBinsDiscretizer(20, encode="onehot", strategy="quantile", quantile_method="averaged_inverted_cdf")
cut = cut.fit(X[:, binned]) if binned else None


def onehot(X):
    parts, rows = [], np.arange(len(X))
    for at in categories:
        place = X[:, at].astype(int)
        seen = place >= 0
        shape = (len(X), len(known[at]))
        parts.append(sparse.csr_matrix((np.ones(seen.sum()), (rows[seen], place[seen])), shape=shape))
    return sparse.hstack(parts + ([cut.transform(X[:, binned])] if cut else []), format="csr")


def report(lib, train_s, chances, predict_s):
    chances = np.clip(chances, 1e-7, 1 - 1e-7)
    base = ys.mean()
    entropy = -(base * np.log(base) + (1 - base) * np.log(1 - base))
    loss = log_loss(ys, chances)
    print(json.dumps(dict(lib=lib, rows=len(y), test_rows=len(ys), logloss=round(loss, 5),
                          nce=round(loss / entropy, 5), auc=round(roc_auc_score(ys, chances), 5),
                          train_cpu_s=round(train_s, 2), predict_cpu_s=round(predict_s, 2))), flush=True)


def timed(work):
    before = time.process_time()
    return work(), time.process_time() - before


def trees(settings):
    settings = dict(objective="binary", num_leaves=63, learning_rate=0.1, num_threads=1, verbose=-1,
                    min_data_per_group=5, **settings)

    def fit():
        data = lightgbm.Dataset(X, y, categorical_feature=categories, params=settings)
        watch = lightgbm.Dataset(Xv, yv, reference=data, categorical_feature=categories)
        return lightgbm.train(settings, data, 1000, valid_sets=[watch],
                              callbacks=[lightgbm.early_stopping(30, verbose=False)])
    return fit


tuned = dict(cat_smooth=5, cat_l2=5, max_cat_threshold=256)
for name, settings in (("defaults", {}), ("5, 5, 256", tuned)):
    model, seconds = timed(trees(settings))
    report(f"lightgbm {lightgbm.__version__} {name}", seconds, *timed(lambda: model.predict(Xs, num_threads=1)))

H, Hs = onehot(X), onehot(Xs)
model, seconds = timed(lambda: LogisticRegression(C=2.0, max_iter=300, tol=1e-4).fit(H, y))
report(f"scikit-learn {sklearn.__version__} logistic", seconds, *timed(lambda: model.predict_proba(Hs)[:, 1]))

if "myfm" in sys.argv:
    import myfm

    model = myfm.MyFMGibbsClassifier(rank=16, random_seed=1)
    model, seconds = timed(lambda: model.fit(H, y, n_iter=200, n_kept_samples=100))
    report(f"myfm {myfm.__version__}", seconds, *timed(lambda: model.predict_proba(Hs)))
