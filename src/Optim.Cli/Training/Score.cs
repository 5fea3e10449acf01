using System.Globalization;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>
/// How well a network does on some data: the accuracy where there are classes, R^2 where there is a number to predict: the fraction of the variance of the held-out values that is explained, 1 - the sum of squared
/// errors / the sum of squared distances to their mean. Higher is better.
/// </summary>
internal static class Score
{
    /// <summary>Its name within a sentence: accuracy, R^2.</summary>
    public static string Name(Dataset data) => data.Target is null ? "accuracy" : "R^2";

    /// <summary>Its name at the beginning of one.</summary>
    public static string Title(Dataset data) => data.Target is null ? "Accuracy" : "R^2";

    /// <summary>What the examples are: images, rows.</summary>
    public static string Things(Dataset data) => data.Training.IsNumbers ? "rows" : "images";

    /// <summary>The score of an evaluation.</summary>
    /// <param name="data">The data.</param>
    /// <param name="evaluation">The evaluation on some examples.</param>
    /// <param name="examples">These examples.</param>
    public static double Of(Dataset data, Evaluation evaluation, Examples examples) => data.Target is null ? evaluation.Accuracy : Explained(evaluation.Loss, examples);

    /// <summary>R^2 of a mean squared error; NaN for values that are all the same, which have no variance to explain.</summary>
    public static double Explained(double error, Examples examples)
    {
        if (!examples.Targets.ContainsAnyExcept(examples.Targets[0]))
        {
            return double.NaN;
        }

        double mean = 0, variance = 0;
        foreach (double value in examples.Targets)
        {
            mean += value / examples.Count;
        }

        foreach (double value in examples.Targets)
        {
            variance += (value - mean) * (value - mean) / examples.Count;
        }

        return 1 - (error / variance);
    }

    /// <summary>The root of the mean squared error, in the unit of the number to predict.</summary>
    public static double Error(RegressionTarget target, double loss) => Math.Sqrt(loss) * target.Scale;

    /// <summary>As text: in percent, or a number.</summary>
    /// <param name="data">The data.</param>
    /// <param name="score">The score.</param>
    /// <param name="decimals">The decimals of percents; R^2 has two more.</param>
    public static string Text(Dataset data, double score, int decimals) => double.IsNaN(score) ? "-"
        : data.Target is null ? (100 * score).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + " %"
        : score.ToString("F" + (decimals + 2).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
