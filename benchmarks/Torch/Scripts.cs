using static TorchSharp.torch;

namespace TorchRace;

/// <summary>What PyTorch's optimizers call on a CPU, as TorchScript: libtorch's own kernels, in the order of torch.optim (2.10: adam.py, sgd.py, muon.py; Lion as in timm).</summary>
internal static class Scripts
{
    // The last line must end, as libtorch's parser wants it. A script that does not compile ends the process.
    private const string Source = """
        def fused_adamw(ps: List[Tensor], gs: List[Tensor], ms: List[Tensor], vs: List[Tensor], steps: List[Tensor], lr: float, b1: float, b2: float, wd: float, eps: float):
            none: List[Tensor] = []
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(ps, gs, ms, vs, none, steps, lr=lr, beta1=b1, beta2=b2, weight_decay=wd, eps=eps, amsgrad=False, maximize=False)

        def foreach_adamw(ps: List[Tensor], gs: List[Tensor], ms: List[Tensor], vs: List[Tensor], steps: List[Tensor], lr: float, b1: float, b2: float, wd: float, eps: float):
            torch._foreach_add_(steps, 1)
            torch._foreach_mul_(ps, 1 - lr * wd)
            torch._foreach_lerp_(ms, gs, 1 - b1)
            torch._foreach_mul_(vs, b2)
            torch._foreach_addcmul_(vs, gs, gs, 1 - b2)
            roots: List[number] = []
            sizes: List[number] = []
            for s in steps:
                t = float(s)
                sizes.append(-lr / (1 - b1 ** t))
                roots.append((1 - b2 ** t) ** 0.5)
            denom = torch._foreach_sqrt(vs)
            torch._foreach_div_(denom, roots)
            torch._foreach_add_(denom, eps)
            torch._foreach_addcdiv_(ps, ms, denom, sizes)

        def clip_fused_adamw(ps: List[Tensor], gs: List[Tensor], ms: List[Tensor], vs: List[Tensor], steps: List[Tensor], most: float, lr: float, b1: float, b2: float, wd: float, eps: float):
            norm = torch.stack(torch._foreach_norm(gs, 2)).norm()
            factor = torch.clamp(most / (norm + 1e-6), max=1.0)
            torch._foreach_mul_(gs, factor)
            none: List[Tensor] = []
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(ps, gs, ms, vs, none, steps, lr=lr, beta1=b1, beta2=b2, weight_decay=wd, eps=eps, amsgrad=False, maximize=False)

        def fused_sgd(ps: List[Tensor], gs: List[Tensor], bs: List[Tensor], lr: float, mu: float):
            torch._fused_sgd_(ps, gs, bs, weight_decay=0.0, momentum=mu, lr=lr, dampening=0.0, nesterov=False, maximize=False, is_first_step=False)

        def foreach_sgd(ps: List[Tensor], gs: List[Tensor], bs: List[Tensor], lr: float, mu: float):
            torch._foreach_mul_(bs, mu)
            torch._foreach_add_(bs, gs, alpha=1.0)
            torch._foreach_add_(ps, bs, alpha=-lr)

        def foreach_lion(ps: List[Tensor], gs: List[Tensor], ms: List[Tensor], lr: float, b1: float, b2: float, wd: float):
            torch._foreach_mul_(ps, 1 - lr * wd)
            us = torch._foreach_mul(ms, b1)
            torch._foreach_add_(us, gs, alpha=1 - b1)
            torch._foreach_sign_(us)
            torch._foreach_add_(ps, us, alpha=-lr)
            torch._foreach_mul_(ms, b2)
            torch._foreach_add_(ms, gs, alpha=1 - b2)

        def muon(p: Tensor, g: Tensor, m: Tensor, lr: float, mu: float, wd: float):
            m.lerp_(g, 1 - mu)
            u = g.lerp(m, mu)
            rows = u.size(0)
            columns = u.size(1)
            x = u
            if rows > columns:
                x = x.t()
            x = x / x.norm().clamp(min=1e-7)
            for i in range(5):
                a = torch.mm(x, x.t())
                b = torch.addmm(a, a, a, beta=-4.7750, alpha=2.0315)
                x = torch.addmm(x, b, x, beta=3.4445)
            factor = 1.0
            if rows > columns:
                x = x.t()
                factor = (rows / columns) ** 0.5
            p.mul_(1 - lr * wd)
            p.add_(x, alpha=-lr * factor)

        """;

    private static readonly jit.CompilationUnit Unit = jit.compile(Source + "\n");

    /// <summary>A call with its arguments, which are made once and held here: of temporary scalars TorchSharp would let go during the call.</summary>
    public static Action Function(string name, object[] arguments) => () => Unit.invoke(name, arguments);
}
