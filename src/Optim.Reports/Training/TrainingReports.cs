namespace Optim.Reports;

/// <summary>The steps of a training run as charts.</summary>
public static class TrainingReports
{
    /// <summary>The curves of a run by step: loss, and, where they are recorded, learning rate and gradient norm.</summary>
    /// <param name="steps">The steps, in order.</param>
    /// <param name="most">The most points of a curve, 1 or more; each is the mean over equally many steps. Default 300.</param>
    /// <param name="unit">The unit of the horizontal axis, as "batches of 32". Null for none. Default null.</param>
    /// <returns>The charts, of one table <c>curves</c>; none without a step.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="most"/> is less than 1.</exception>
    public static IReadOnlyList<Chart> Curves(IReadOnlyList<StepRecord> steps, int most = 300, string? unit = null)
    {
        var means = Means(steps, most);
        if (means.Count == 0)
        {
            return [];
        }

        var table = DataTable.Of(
            "curves", means,
            Column.Whole<StepRecord>("step", step => step.Step),
            Column.Number<StepRecord>("loss", step => step.Loss),
            Column.Number<StepRecord>("learningRate", step => step.LearningRate),
            Column.Number<StepRecord>("gradientNorm", step => step.GradientNorm));
        var axis = new Axis("step", "Step", unit) { Format = "d" };
        List<Chart> charts =
        [
            Chart.Lines(
                "Training loss by step", "The mean loss over the batches of each point, before the step.", table, axis,
                new("loss", "Training loss", means.Count < steps.Count ? "mean over a few batches" : null) { IsLogarithmic = IsLogarithmic(means.Select(step => step.Loss)) }),
        ];
        if (steps.Any(step => step.LearningRate is not null))
        {
            charts.Add(Chart.Lines("Learning rate by step", "The learning rate of each step.", table, axis, new("learningRate", "Learning rate")));
        }

        if (steps.Any(step => step.GradientNorm is not null))
        {
            charts.Add(Chart.Lines(
                "Gradient norm by step", "The Euclidean norm of the whole gradient, before clipping; the mean over the steps of each point.", table, axis,
                new("gradientNorm", "Gradient norm", "Euclidean, before clipping") { IsLogarithmic = IsLogarithmic(means.Select(step => step.GradientNorm).OfType<double>()) }));
        }

        return charts;
    }

    /// <summary>Means over equally many steps: of losses and of gradient norms. Number, rate and time are those of the last of them; a loss that is not finite makes its mean so.</summary>
    /// <param name="steps">The steps, in order.</param>
    /// <param name="most">The most means, 1 or more; there are fewer if there are fewer steps.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="most"/> is less than 1.</exception>
    public static IReadOnlyList<StepRecord> Means(IReadOnlyList<StepRecord> steps, int most)
    {
        ArgumentNullException.ThrowIfNull(steps);
        if (most < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(most), FormattableString.Invariant($"{nameof(most)} must be 1 or more, was {most}."));
        }

        int parts = Math.Min(most, steps.Count);
        return [.. Enumerable.Range(0, parts).Select(i =>
        {
            int from = (int)((long)i * steps.Count / parts), to = (int)((long)(i + 1) * steps.Count / parts);
            var part = steps.Skip(from).Take(to - from).ToList();
            return part[^1] with { Loss = part.Average(step => step.Loss), GradientNorm = part.Average(step => step.GradientNorm) };
        })];
    }

    /// <summary>Whether a logarithmic scale can have every value; one that is not finite is on no scale.</summary>
    internal static bool IsLogarithmic(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        return finite.Length > 0 && finite.All(value => value > 0);
    }
}
