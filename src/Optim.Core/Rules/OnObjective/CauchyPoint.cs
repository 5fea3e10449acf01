using Optim.Tensors;

namespace Optim;

/// <summary>The first minimum of a quadratic model along the projected gradient (Byrd, Lu, Nocedal and Zhu 1995, algorithm CP).</summary>
/// <param name="Point">Where it lies.</param>
/// <param name="Coefficients"><c>c = W^T (point - x)</c>.</param>
internal sealed record CauchyPoint(double[] Point, double[] Coefficients)
{
    /// <summary>Finds it; null where the model does not serve.</summary>
    public static CauchyPoint? Of<T>(CompactHessian model, double[] x, double[] g, Box<T> box, int threads)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = x.Length;
        double[] point = [.. x], d = new double[n], reached = new double[n];
        for (int i = 0; i < n; i++)
        {
            reached[i] = g[i] < 0 ? (x[i] - box.Upper(i)) / g[i] : g[i] > 0 ? (x[i] - box.Lower(i)) / g[i] : double.PositiveInfinity;
            d[i] = reached[i] > 0 ? -g[i] : 0;
        }

        // Bounds reached at the same time, in the order of the elements.
        int[] breaks = [.. Enumerable.Range(0, n).Where(i => reached[i] > 0 && double.IsFinite(reached[i])).OrderBy(i => reached[i])];
        double square = Vectors.Dot<double>(d, d, threads);
        double[] p = model.Project(d, threads), c = new double[model.Width];
        if (model.Middle(p) is not { } mp)
        {
            return null;
        }

        double slope = -square, curvature = (model.Scale * square) - CompactHessian.Product(p, mp), floor = MachineEpsilon<double>.Value * curvature;
        if (!(curvature > 0))
        {
            return square == 0 ? new(point, c) : null;
        }

        double step = -slope / curvature, time = 0;
        int next = 0;
        for (; next < breaks.Length && step >= reached[breaks[next]] - time; next++)
        {
            int b = breaks[next];
            double delta = reached[b] - time, gb = g[b];
            point[b] = d[b] > 0 ? box.Upper(b) : box.Lower(b);
            double z = point[b] - x[b];
            for (int j = 0; j < c.Length; j++)
            {
                c[j] += delta * p[j];
            }

            double[] w = model.Row(b);
            if (model.Middle(c) is not { } mc || model.Middle(p) is not { } mq || model.Middle(w) is not { } mw)
            {
                return null;
            }

            slope += (delta * curvature) + (gb * gb) + (model.Scale * gb * z) - (gb * CompactHessian.Product(w, mc));
            curvature = Math.Max(floor, curvature - (model.Scale * gb * gb) - (2 * gb * CompactHessian.Product(w, mq)) - (gb * gb * CompactHessian.Product(w, mw)));
            for (int j = 0; j < p.Length; j++)
            {
                p[j] += gb * w[j];
            }

            d[b] = 0;
            time = reached[b];
            step = -slope / curvature;
            if (slope >= 0)
            {
                step = 0;
                next++;
                break;
            }
        }

        step = Math.Max(step, 0);
        for (int j = 0; j < c.Length; j++)
        {
            c[j] += step * p[j];
        }

        for (int i = 0; i < n; i++)
        {
            point[i] = d[i] == 0 ? point[i] : Math.Clamp(x[i] + ((time + step) * d[i]), box.Lower(i), box.Upper(i));
        }

        return Array.TrueForAll(point, double.IsFinite) ? new(point, c) : null;
    }
}
