"""Evaluations that SciPy's L-BFGS-B takes on the test functions of More, Garbow and Hillstrom 1981 (ACM TOMS 7(1)).

    python3 benchmarks/lbfgs_scipy.py

prints a row a problem, the names those of tests/Properties/Objectives/Classics: evaluations and loss with SciPy's own tolerances, then with
ftol = 0 and gtol = 1e-8, which is how far Optim's Lbfgs goes by default. Gradients are by complex steps, exact to rounding.
"""
import warnings

import numpy as np
import scipy
from scipy.optimize import minimize

sqrt, exp, log, cos, sin, pi = np.sqrt, np.exp, np.log, np.cos, np.sin, np.pi
BARD = np.array([.14, .18, .22, .25, .29, .32, .35, .39, .37, .58, .73, .96, 1.34, 2.10, 4.39])
GAUSSIAN = np.array([.0009, .0044, .0175, .0540, .1295, .2420, .3521, .3989, .3521, .2420, .1295, .0540, .0175, .0044, .0009])
MEYER = np.array([34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872.])
KOWALIK = np.array([.1957, .1947, .1735, .1600, .0844, .0627, .0456, .0342, .0323, .0235, .0246])
KOWALIK_AT = np.array([4, 2, 1, .5, .25, .167, .125, .1, .0833, .0714, .0625])
OSBORNE1 = np.array([
    .844, .908, .932, .936, .925, .908, .881, .850, .818, .784, .751, .718, .685, .658, .628, .603, .580, .558, .538, .522, .506,
    .490, .478, .467, .457, .448, .438, .431, .424, .420, .414, .411, .406])
OSBORNE2 = np.array([
    1.366, 1.191, 1.112, 1.013, .991, .885, .831, .847, .786, .725, .746, .679, .608, .655, .616, .606, .602, .626, .651, .724, .649,
    .649, .694, .644, .624, .661, .612, .558, .533, .495, .500, .423, .395, .375, .372, .391, .396, .405, .428, .429, .523, .562,
    .607, .653, .672, .708, .633, .668, .645, .632, .591, .559, .597, .625, .739, .710, .729, .720, .636, .581, .428, .292, .162,
    .098, .054])
MISRA_Y = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78])
MISRA_X = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0])


def upto(n):
    return np.arange(1, n + 1)


def positive(z):
    return z if z.real >= 0 else -z


def helical(x):
    angle = np.arctan(x[1] / x[0]) / (2 * pi) + (.5 if x[0].real < 0 else 0)
    return [10 * (x[2] - 10 * angle), 10 * (sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]]


def gulf(x):
    t = upto(99) / 100
    y = 25 + (-50 * log(t)) ** (2 / 3)
    return [exp(-exp(x[2] * log(positive(d))) / x[0]) - s for d, s in zip(y - x[1], t)]


def powell(x):
    return [x[0] + 10 * x[1], sqrt(5) * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, sqrt(10) * (x[0] - x[3]) ** 2]


def watson(x):
    t, j = upto(29)[:, None] / 29, np.arange(len(x))
    powers = t ** j
    return [*((powers[:, :-1] * j[1:]) @ x[1:] - (powers @ x) ** 2 - 1), x[0], x[1] - x[0] ** 2 - 1]


def penalty2(x):
    a, n, i = sqrt(1e-5), len(x), np.arange(1, len(x))
    return [x[0] - .2, *(a * (exp(x[1:] / 10) + exp(x[:-1] / 10) - exp((i + 1) / 10) - exp(i / 10))), *(a * (exp(x[1:] / 10) - exp(-.1))),
            np.sum((n - np.arange(n)) * x ** 2) - 1]


def shifted(x, by):
    result = np.zeros_like(x)
    if by > 0:
        result[by:] = x[:-by]
    else:
        result[:by] = x[-by:]
    return result


def integral(x):
    n = len(x)
    h = 1 / (n + 1)
    t = upto(n) * h
    kernel = np.where(upto(n)[None, :] <= upto(n)[:, None], (1 - t)[:, None] * t[None, :], t[:, None] * (1 - t)[None, :])
    return x + h / 2 * (kernel @ (x + t + 1) ** 3)


def banded(x):
    n = len(x)
    return [x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in range(max(0, i - 5), min(n, i + 2)) if j != i) for i in range(n)]


def chebyquad(x):
    before, at, result = np.ones_like(x), 2 * x - 1, []
    for i in range(1, len(x) + 1):
        result.append(np.mean(at) + (1 / (i * i - 1) if i % 2 == 0 else 0))
        before, at = at, 2 * (2 * x - 1) * at - before
    return result


def osborne2(x):
    t = np.arange(65) / 10
    return OSBORNE2 - (x[0] * exp(-t * x[4]) + x[1] * exp(-(t - x[8]) ** 2 * x[5]) + x[2] * exp(-(t - x[9]) ** 2 * x[6]) + x[3] * exp(-(t - x[10]) ** 2 * x[7]))


def dimensioned(x):
    s = np.sum(upto(len(x)) * (x - 1))
    return [*(x - 1), s, s ** 2]


TEN = upto(10)
PROBLEMS = [
    ("1 Rosenbrock", [-1.2, 1], lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]]),
    ("2 Freudenstein and Roth", [.5, -2], lambda x: [-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]]),
    ("3 Powell badly scaled", [0, 1], lambda x: [1e4 * x[0] * x[1] - 1, exp(-x[0]) + exp(-x[1]) - 1.0001]),
    ("4 Brown badly scaled", [1, 1], lambda x: [x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2]),
    ("5 Beale", [1, 1], lambda x: [1.5 - x[0] * (1 - x[1]), 2.25 - x[0] * (1 - x[1] ** 2), 2.625 - x[0] * (1 - x[1] ** 3)]),
    ("6 Jennrich and Sampson", [.3, .4], lambda x: 2 + 2 * TEN - (exp(TEN * x[0]) + exp(TEN * x[1]))),
    ("7 helical valley", [-1, 0, 0], helical),
    ("8 Bard", [1, 1, 1], lambda x: BARD - (x[0] + upto(15) / ((16 - upto(15)) * x[1] + np.minimum(upto(15), 16 - upto(15)) * x[2]))),
    ("9 Gaussian", [.4, 1, 0], lambda x: x[0] * exp(-x[1] * ((8 - upto(15)) / 2 - x[2]) ** 2 / 2) - GAUSSIAN),
    ("10 Meyer", [.02, 4000, 250], lambda x: x[0] * exp(x[1] / (45 + 5 * upto(16) + x[2])) - MEYER),
    ("11 Gulf research and development", [5, 2.5, .15], gulf),
    ("12 Box three-dimensional", [0, 10, 20], lambda x: exp(-.1 * TEN * x[0]) - exp(-.1 * TEN * x[1]) - x[2] * (exp(-.1 * TEN) - exp(-TEN))),
    ("13 Powell singular", [3, -1, 0, 1], powell),
    ("14 Wood", [-3, -1, -3, -1], lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0], sqrt(90) * (x[3] - x[2] ** 2), 1 - x[2],
                                            sqrt(10) * (x[1] + x[3] - 2), (x[1] - x[3]) / sqrt(10)]),
    ("15 Kowalik and Osborne", [.25, .39, .415, .39],
     lambda x: KOWALIK - x[0] * (KOWALIK_AT ** 2 + KOWALIK_AT * x[1]) / (KOWALIK_AT ** 2 + KOWALIK_AT * x[2] + x[3])),
    ("16 Brown and Dennis", [25, 5, -5, -1],
     lambda x: (x[0] + upto(20) / 5 * x[1] - exp(upto(20) / 5)) ** 2 + (x[2] + x[3] * sin(upto(20) / 5) - cos(upto(20) / 5)) ** 2),
    ("17 Osborne 1", [.5, 1.5, -1, .01, .02], lambda x: OSBORNE1 - (x[0] + x[1] * exp(-10 * (upto(33) - 1) * x[3]) + x[2] * exp(-10 * (upto(33) - 1) * x[4]))),
    ("18 Biggs EXP6", [1, 2, 1, 1, 1, 1], lambda x: x[2] * exp(-.1 * upto(13) * x[0]) - x[3] * exp(-.1 * upto(13) * x[1]) + x[5] * exp(-.1 * upto(13) * x[4])
     - (exp(-.1 * upto(13)) - 5 * exp(-upto(13)) + 3 * exp(-.4 * upto(13)))),
    ("19 Osborne 2", [1.3, .65, .65, .7, .6, 3, 5, 7, 2, 4.5, 5.5], osborne2),
    ("20 Watson, 6", [0] * 6, watson),
    ("20 Watson, 9", [0] * 9, watson),
    ("21 extended Rosenbrock, 20", [-1.2, 1] * 10, lambda x: np.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])),
    ("22 extended Powell singular, 20", [3, -1, 0, 1] * 5, lambda x: np.concatenate([powell(x[i:i + 4]) for i in range(0, 20, 4)])),
    ("23 penalty I, 4", upto(4), lambda x: [*(sqrt(1e-5) * (x - 1)), np.sum(x ** 2) - .25]),
    ("23 penalty I, 10", TEN, lambda x: [*(sqrt(1e-5) * (x - 1)), np.sum(x ** 2) - .25]),
    ("24 penalty II, 4", [.5] * 4, penalty2),
    ("24 penalty II, 10", [.5] * 10, penalty2),
    ("25 variably dimensioned, 10", 1 - TEN / 10, dimensioned),
    ("26 trigonometric, 10", [.1] * 10, lambda x: 10 - np.sum(cos(x)) + TEN * (1 - cos(x)) - sin(x)),
    ("27 Brown almost linear, 10", [.5] * 10, lambda x: [*(x[:-1] + np.sum(x) - 11), np.prod(x) - 1]),
    ("28 discrete boundary value, 10", TEN / 11 * (TEN / 11 - 1), lambda x: 2 * x - shifted(x, 1) - shifted(x, -1) + (x + TEN / 11 + 1) ** 3 / 242),
    ("29 discrete integral equation, 10", TEN / 11 * (TEN / 11 - 1), integral),
    ("30 Broyden tridiagonal, 10", [-1] * 10, lambda x: (3 - 2 * x) * x - shifted(x, 1) - 2 * shifted(x, -1) + 1),
    ("31 Broyden banded, 10", [-1] * 10, banded),
    ("35 Chebyquad, 8", upto(8) / 9, chebyquad),
    ("35 Chebyquad, 10", upto(10) / 11, chebyquad),
    ("Misra1a from (500, 0.0001)", [500, 1e-4], lambda x: MISRA_Y - x[0] * (1 - exp(-x[1] * MISRA_X))),
    ("Misra1a from (250, 0.0005)", [250, 5e-4], lambda x: MISRA_Y - x[0] * (1 - exp(-x[1] * MISRA_X))),
]


def objective(residuals):
    def at(x):
        r = np.array(residuals(x.astype(complex))).real
        jacobian = np.stack([np.array(residuals(x + 1e-200j * unit)).imag / 1e-200 for unit in np.eye(len(x))])
        return r @ r, 2 * jacobian @ r
    return at


print(f"SciPy {scipy.__version__}\n")
print("| problem | evaluations | loss | to 1e-8 | loss | gradient |")
print("|---|---|---|---|---|---|")
warnings.simplefilter("ignore")
for name, start, residuals in PROBLEMS:
    at = objective(residuals)
    usual = minimize(at, np.array(start, float), jac=True, method="L-BFGS-B")
    far = minimize(at, np.array(start, float), jac=True, method="L-BFGS-B", options=dict(ftol=0, gtol=1e-8, maxfun=100000, maxiter=100000))
    print(f"| {name} | {usual.nfev} | {usual.fun:.7g} | {far.nfev} | {far.fun:.7g} | {np.linalg.norm(far.jac):.2g} |")
