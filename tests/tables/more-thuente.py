"""Writes more-thuente.csv: the steps that MINPACK-2's dcsrch tries, by SciPy 1.10's wrapper. python3 tests/tables/more-thuente.py > tests/tables/more-thuente.csv

The functions are those of Optim.Properties.Checking.SearchedFunctions, in the same order of operations, of + - * / and roots alone, so that every machine has the same numbers.
Left out is what comes by a point whose loss is the start's but for rounding: there Optim goes by the slopes.
"""
import math

import numpy
from scipy.optimize import _minpack2


def well(a, b):
    return -a / (a * a + b), (a * a - b) / ((a * a + b) * (a * a + b))


def shelf(a, b):
    u = a + b
    c = u * u * u
    return c * u * u - 2 * (c * u), 5 * (c * u) - 8 * c


def bowl(a, b):
    return (a - b) * (a - b), 2 * (a - b)


def quartic(a, b):
    u = a - b
    return u * u * (u * u) + a, 4 * (u * u * u) + 1


def ripple(a, b):
    u = 3 * (a - b)
    v = a - 2 * b
    return 0.05 * (v * v) + u / (1 + u * u), 0.1 * v + 3 * (1 - u * u) / ((1 + u * u) * (1 + u * u))


def cone(a, b):
    u = a - b
    r = math.sqrt(0.01 + u * u)
    return r, u / r


print("function,parameter,armijo,curvature,first,steps")
for function, parameters in [(well, [2, 0.5]), (shelf, [0.004, 0.5]), (bowl, [0.3, 7, 1000]), (quartic, [1.5, 4, 20]), (ripple, [1, 2.5, 6]), (cone, [0.7, 5])]:
    for parameter in parameters:
        if function(0.0, parameter)[1] >= 0:
            continue
        for armijo, curvature in [(1e-3, 0.9), (1e-4, 0.1), (0.1, 0.1), (1e-3, 1e-3)]:
            for exponent in range(-9, 11, 2):
                first = step = 1.25 * 2.0**exponent
                loss, slope = function(0.0, parameter)
                start, level = loss, False
                task, tried, integers, numbers = b"START", [], numpy.zeros(2, numpy.intc), numpy.zeros(13)
                while True:
                    step, loss, slope, task = _minpack2.dcsrch(step, loss, slope, armijo, curvature, 1e-14, task, 0.0, 1e300, integers, numbers)
                    if not task.startswith(b"FG"):
                        break
                    tried.append(step)
                    loss, slope = function(step, parameter)
                    level |= abs(loss - start) <= 1e-9 * abs(start)
                if task.startswith(b"CONV") and not level:
                    print(f"{function.__name__},{parameter!r},{armijo!r},{curvature!r},{first!r},{' '.join(map(repr, tried))}")
