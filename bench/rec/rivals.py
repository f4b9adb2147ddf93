"""The rivals of run.sh: implicit and numpy on MovieLens 100K, by the protocol of crates/learn/examples/rec.rs.

rivals.py FOLDER   prints one line per retriever: name, recall@20, NDCG@10, CPU seconds of training.
One thread; the fastest of three trainings counts. Parameters were tuned on held-out films, as ours were.
"""
import gzip
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import scipy.sparse as sparse
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import TFIDFRecommender

LAST, REPEATS, DEPTH = 5, 3, 20


def lines(folder):
    path = os.path.join(folder, "u.data")
    with open(path) if os.path.exists(path) else gzip.open(path + ".gz", "rt") as file:
        yield from file


def split(folder):
    """(train matrix users x films, test: row -> set of columns, -1 where a film has no training)"""
    histories = {}
    for line in lines(folder):
        user, item, _, seconds = map(int, line.split("\t"))
        histories.setdefault(user, []).append((seconds, item))
    train, test = [], {}
    for row, user in enumerate(sorted(histories)):
        films = [item for _, item in sorted(histories[user])]
        if len(films) > LAST:
            test[row], films = films[-LAST:], films[:-LAST]
        train += [(row, item) for item in films]
    place = {item: at for at, item in enumerate(sorted({item for _, item in train}))}
    rows, columns = zip(*((row, place[item]) for row, item in train))
    ones = np.ones(len(rows), np.float32)
    matrix = sparse.csr_matrix((ones, (rows, columns)), shape=(len(histories), len(place)))
    return matrix, {row: {place.get(item, -1) for item in films} for row, films in test.items()}


def popular(matrix):
    counts = np.asarray(matrix.sum(axis=0)).ravel()
    return lambda users: best(np.tile(counts, (len(users), 1)), matrix[users])


def ease(matrix):
    gram = (matrix.T @ matrix).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += 200.0
    weights = np.linalg.inv(gram)
    weights /= -np.diag(weights)
    np.fill_diagonal(weights, 0.0)
    weights = weights.astype(np.float32)
    return lambda users: best(np.asarray(matrix[users] @ weights), matrix[users])


def best(scores, taken):
    scores[taken.nonzero()] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]


def of_implicit(make):
    def fit(matrix):
        model = make()
        model.fit(matrix, show_progress=False)
        return lambda users: model.recommend(users, matrix[users], N=DEPTH, filter_already_liked_items=True)[0]
    return fit


RIVALS = {
    "popular": popular,
    "item-knn": of_implicit(lambda: TFIDFRecommender(K=20, num_threads=1)),
    "ease": ease,
    "als": of_implicit(lambda: AlternatingLeastSquares(
        factors=64, alpha=4.0, regularization=30.0, iterations=15, num_threads=1, random_state=42)),
    "bpr": of_implicit(lambda: BayesianPersonalizedRanking(
        factors=64, learning_rate=0.02, regularization=0.01, iterations=50, num_threads=1, random_state=42)),
}


def main():
    matrix, test = split(sys.argv[1])
    users = np.array(sorted(test))
    discounts = 1.0 / np.log2(np.arange(2, 12))
    for name, fit in RIVALS.items():
        spent = []
        for _ in range(REPEATS):
            before = time.process_time()
            model = fit(matrix)
            spent.append(time.process_time() - before)
        recall = ndcg = 0.0
        for user, found in zip(users, model(users)):
            hits = np.array([item in test[user] for item in found], float)
            recall += hits.sum() / len(test[user])
            ndcg += (hits[:10] * discounts).sum() / discounts[:len(test[user])].sum()
        print(f"{name}\t{recall / len(users):.4f}\t{ndcg / len(users):.4f}\t{min(spent):.3f}", flush=True)


main()
