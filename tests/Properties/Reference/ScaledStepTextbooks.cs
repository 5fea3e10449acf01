namespace Optim.Properties.Reference;

/// <summary>Gradient descent with momentum and decay, as the rule inside another.</summary>
internal sealed class TextbookInnerSgd(Sgd rule)
{
    private double[][]? m;

    /// <summary>What it would add to the parameters at step t, counted from 1.</summary>
    public double[][] Update(double[][] p, double[][] g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), mu = rule.Momentum.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        m ??= [.. g.Select(tensor => new double[tensor.Length])];
        m = [.. m.Select((tensor, i) => tensor.Select((x, j) => (mu * x) + g[i][j] + (wd * p[i][j])).ToArray())];
        return [.. m.Select(tensor => tensor.Select(x => -lr * x).ToArray())];
    }
}

/// <summary>Muppidi, Zhang and Yang 2024, algorithm 1 with the tuner of algorithm 2, around gradient descent.</summary>
internal sealed class TextbookTrac(Trac rule) : SetTextbook
{
    private readonly TextbookInnerSgd inner = new((Sgd)rule.Inner);
    private readonly double[] v = new double[rule.Betas.Count], a = [.. rule.Betas.Select(_ => 1e-8)], s = new double[rule.Betas.Count];
    private double[][]? start;

    public override void Step(double[][] p, double[][] g, int t)
    {
        start ??= Map(p, (i, j) => p[i][j]);
        double divisor = s.Sum() + rule.Epsilon;
        double[][] d = Map(p, (i, j) => (p[i][j] - start[i][j]) / divisor), u = inner.Update(p, g, t);
        double h = Dot(d, g);
        for (int n = 0; n < s.Length; n++)
        {
            double b = rule.Betas[n];
            v[n] = (b * b * v[n]) + (h * h);
            a[n] = (b * a[n]) - h;
            s[n] = rule.InitialScale / Erfi(1 / Math.Sqrt(2)) * Erfi(a[n] / (Math.Sqrt(2 * v[n]) + rule.Epsilon));
        }

        double scale = Math.Max(s.Sum(), 0);
        for (int i = 0; i < p.Length; i++)
        {
            for (int j = 0; j < p[i].Length; j++)
            {
                p[i][j] = start[i][j] + (scale * (d[i][j] + u[i][j]));
            }
        }
    }

    /// <summary>By its power series, of which all terms have the same sign.</summary>
    private static double Erfi(double x)
    {
        double sum = 0, power = x;
        for (int n = 0; n < 400; n++)
        {
            sum += power / ((2 * n) + 1);
            power *= x * x / (n + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}

/// <summary>Cutkosky, Defazio and Mehta 2023, algorithm 1 as the authors' code and Optax have it, around gradient descent.</summary>
internal sealed class TextbookMechanic : SetTextbook
{
    private readonly Mechanic rule;
    private readonly TextbookInnerSgd inner;
    private readonly double[] m, v, r, s;
    private double[][]? start, kept;

    public TextbookMechanic(Mechanic rule)
    {
        (this.rule, inner) = (rule, new((Sgd)rule.Inner));
        m = [.. rule.Betas.Select(_ => IsOptax ? 0 : 1e-6)];
        s = [.. rule.Betas.Select(_ => IsOptax ? rule.InitialScale : 0)];
        (v, r) = (new double[m.Length], new double[m.Length]);
    }

    private bool IsOptax => rule.Form == MechanicForm.Optax;

    public override void Step(double[][] p, double[][] g, int t)
    {
        start ??= Map(p, (i, j) => p[i][j]);
        double sum = s.Sum(), size = Norm(g);
        double[][] u = inner.Update(p, g, t), x = Map(p, (i, j) => p[i][j] + u[i][j]), decayed = IsOptax ? p : x;
        double[][] d = rule.StoreDelta && kept is not null ? kept : Map(p, (i, j) => (p[i][j] - start[i][j]) / (sum + rule.Epsilon));
        double decay = rule.ScaledDecay.At(t - 1) * sum * size / (Norm(decayed) + rule.Epsilon);
        double h = Dot(d, Map(p, (i, j) => g[i][j] + (decay * decayed[i][j])));
        for (int n = 0; n < s.Length; n++)
        {
            double b = rule.Betas[n], gained;
            v[n] = (b * b * v[n]) + (h * h);
            if (IsOptax)
            {
                r[n] = (b * r[n]) + (s[n] * Math.Min(Math.Max(-h, -m[n]), m[n]));
                m[n] = Math.Max(b * m[n], Math.Abs(h) + rule.Epsilon);
                gained = Math.Max(r[n], 0);
            }
            else
            {
                m[n] = Math.Max(b * m[n], Math.Abs(h));
                r[n] = gained = Math.Max((b * r[n]) - (s[n] * h), 0);
            }

            s[n] = ((rule.InitialScale / s.Length * m[n]) + gained) / (Math.Sqrt(v[n]) + rule.Epsilon);
        }

        double scale = s.Sum();
        kept = Map(p, (i, j) => d[i][j] + u[i][j]);
        for (int i = 0; i < p.Length; i++)
        {
            for (int j = 0; j < p[i].Length; j++)
            {
                p[i][j] = start[i][j] + (scale * kept[i][j]);
            }
        }
    }
}
