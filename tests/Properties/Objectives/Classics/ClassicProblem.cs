namespace Optim.Properties.Objectives.Classics;

/// <summary>A sum of squares whose start and minimum the literature states.</summary>
/// <param name="Name">The problem's name, and its number of parameters where it has any number of them.</param>
/// <param name="Start">The standard starting point.</param>
/// <param name="Minima">The values at its minima, as published.</param>
/// <param name="Residuals">From the parameters to what is squared and summed.</param>
internal sealed record ClassicProblem(string Name, double[] Start, double[] Minima, Func<Dual[], IEnumerable<Dual>> Residuals)
{
    /// <summary>The sum of squares and its gradient.</summary>
    public (double Loss, double[] Gradient) At(ReadOnlySpan<double> point)
    {
        double loss = 0;
        double[] gradient = new double[point.Length];
        foreach (var residual in Residuals(Dual.Parameters(point)))
        {
            loss += residual.Value * residual.Value;
            for (int i = 0; i < gradient.Length; i++)
            {
                gradient[i] += 2 * residual.Value * residual.Slopes[i];
            }
        }

        return (loss, gradient);
    }

    /// <summary>The same on a set.</summary>
    public Tuple<double, TensorSet<double>> Objective(TensorSet<double> point)
    {
        var (loss, gradient) = At(point.Span);
        return Tuple.Create(loss, TensorSet.OfValues<double>(point.Layout, gradient));
    }

    public override string ToString() => Name;
}
