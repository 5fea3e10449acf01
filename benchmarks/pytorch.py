"""The work of `optim bench --matrices`, and AdamW beside it, by PyTorch on one thread.

    optim bench --matrices --peer "python3 benchmarks/pytorch.py"

Prints the name of each work, a tab, and the seconds that it took once (a median). Debian's python3-torch has a slow BLAS of its own:
the command preloads Intel MKL where it found one.
"""
import statistics
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(0)


def measure(work, run, least=0.3):
    run()
    times = []
    while sum(times) < least or len(times) < 3:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    print(f"{work}\t{statistics.median(times):.9f}")


def muon(order):
    """Muon as torch 2.9 defines it, in float32: Nesterov's momentum, five steps of Newton and Schulz, decay."""
    p = torch.sin(torch.arange(order * order) * 0.7).reshape(order, order)
    g = p.clone()
    buffer = torch.zeros_like(p)

    def step():
        buffer.lerp_(g, 0.05)
        x = g.lerp(buffer, 0.95)
        x = x / x.norm().clamp(min=1e-7)
        for _ in range(5):
            a = x @ x.T
            b = torch.addmm(a, a, a, beta=-4.7750, alpha=2.0315)
            x = torch.addmm(x, b, x, beta=3.4445)
        p.mul_(1 - 1e-3 * 0.1)
        p.add_(x, alpha=-1e-3)

    return step


def digits():
    """A network of 64, 32 and 10 units in float64 on random pixels: as many digits, and batches, as the command has."""
    model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)).double()
    optimizer = torch.optim.AdamW(model.parameters())
    loss = torch.nn.CrossEntropyLoss()
    x, y = torch.rand(1438, 64, dtype=torch.float64), torch.randint(10, (1438,))

    def epoch():
        for batch in torch.randperm(1438).split(32):
            optimizer.zero_grad()
            loss(model(x[batch]), y[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            model(x)

    return epoch


print(f"# PyTorch {torch.__version__}")
a, b = torch.rand(1024, 1024), torch.rand(1024, 1024)
measure("product, 1024 x 1024, float32", lambda: a @ b)
measure("Muon step, 1024 x 1024, float32", muon(1024))
s = torch.sin(torch.arange(256.0, dtype=torch.float64).outer(torch.arange(256.0, dtype=torch.float64)))
s = (s + s.T) / 2
measure("eigenvectors, symmetric, 256 x 256, float64", lambda: torch.linalg.eigh(s))
measure("digits, one epoch of AdamW, batches of 32, float64", digits())
for n in (1_000_000, 10_000_000):
    p = torch.rand(n, requires_grad=True)
    p.grad = torch.rand(n)
    adamw = torch.optim.AdamW([p], foreach=True)
    measure(f"AdamW step, {n} elements, float32", adamw.step)
