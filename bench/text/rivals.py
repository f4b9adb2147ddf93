"""The rivals of run.sh: scikit-learn and fastText on the splits of crates/learn/examples/text.rs.

rivals.py FILE GROUPS   FILE: sms.tsv or comments.csv; GROUPS: a number a row, equal for copies of one text.
One JSON line for each rival, with all rows of training and without copies of the test. One thread.
"""
import csv
import json
import os
import re
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, log_loss, roc_auc_score
from sklearn.naive_bayes import MultinomialNB


def read(path):
    """(texts, labels, the fold of which each row is test; -1 where of none)"""
    if path.endswith(".csv"):
        with open(path, newline="", encoding="utf-8", errors="replace") as file:
            rows = list(csv.reader(file))[1:]
        videos = [row[0] for row in rows]
        names = list(dict.fromkeys(videos))
        return [row[2] for row in rows], [int(row[3]) for row in rows], [names.index(video) for video in videos]
    with open(path, encoding="utf-8", errors="replace") as file:
        rows = [line.rstrip("\n").split("\t", 1) for line in file if "\t" in line]
    return [row[1] for row in rows], [int(row[0] == "spam") for row in rows], [0 if at % 5 == 4 else -1 for at in range(len(rows))]


class Terms:
    """TF-IDF of words and pairs, as usual; or what our `ngrams` finds by default, as nearly as it can be said."""

    def __init__(self, binary):
        words = dict(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2))
        if binary:
            self.parts = [CountVectorizer(binary=True, **words),
                          CountVectorizer(binary=True, analyzer="char_wb", ngram_range=(3, 5))]
        else:
            self.parts = [TfidfVectorizer(sublinear_tf=True, **words)]

    def fit(self, texts):
        return hstack([part.fit_transform(texts) for part in self.parts]).tocsr()

    def apply(self, texts):
        return hstack([part.transform(texts) for part in self.parts]).tocsr()


def linear(model, binary=False):
    def fit(texts, labels):
        terms = Terms(binary)
        learned = model().fit(terms.fit(texts), labels)
        return lambda texts: learned.predict_proba(terms.apply(texts))[:, 1]
    return fit


def fasttext(texts, labels):
    import fasttext as library
    clean = lambda text: " ".join(re.findall(r"\w+|[^\w\s]", text.lower()))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(f"__label__{label} {clean(text)}\n" for text, label in zip(texts, labels))
        file.flush()
        learned = library.train_supervised(file.name, epoch=25, lr=0.5, wordNgrams=2, dim=16, bucket=200_000,
                                           thread=1, verbose=0, seed=1)
    def chance(text):
        found = {label: share for share, label in learned.f.predict(clean(text) + "\n", 2, 0.0, "strict")}
        return found.get("__label__1", 0.0)
    return lambda texts: np.array([chance(text) for text in texts])


RIVALS = {
    "scikit-learn logistic, tf-idf": linear(lambda: LogisticRegression(C=30, max_iter=300)),
    "scikit-learn logistic, words and letters": linear(lambda: LogisticRegression(C=2, max_iter=300), True),
    "scikit-learn naive Bayes, tf-idf": linear(lambda: MultinomialNB(alpha=0.05)),
    "fastText": fasttext,
}


def main():
    texts, labels, folds = read(sys.argv[1])
    texts, labels, folds = np.array(texts, object), np.array(labels), np.array(folds)
    groups = np.loadtxt(sys.argv[2], dtype=int)
    assert len(groups) == len(texts), "a group a row"
    for name, fit in RIVALS.items():
        for apart in (False, True):
            truth, chances, parts = [], [], []
            train_cpu = predict_cpu = 0.0
            for fold in range(folds.max() + 1):
                test = folds == fold
                train = ~test & ~(np.isin(groups, groups[test]) if apart else np.zeros(len(test), bool))
                start = time.process_time()
                predict = fit(list(texts[train]), labels[train])
                train_cpu += time.process_time() - start
                start = time.process_time()
                found = np.asarray(predict(list(texts[test])))
                predict_cpu += time.process_time() - start
                parts.append(f1_score(labels[test], found > 0.5))
                truth.extend(labels[test])
                chances.extend(found)
            chances = np.array(chances)
            print(json.dumps(dict(
                lib=name, apart=apart, f1=f1_score(truth, chances > 0.5), f1_mean=np.mean(parts),
                log_loss=log_loss(truth, np.clip(chances, 1e-7, 1 - 1e-7)), auc=roc_auc_score(truth, chances),
                pr_auc=average_precision_score(truth, chances), train_cpu_s=train_cpu, predict_cpu_s=predict_cpu)), flush=True)


main()
