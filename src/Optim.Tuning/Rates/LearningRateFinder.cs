using System.Numerics;

namespace Optim.Tuning;

/// <summary>
/// The learning-rate range test (Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3): a short run whose rate grows by the same factor at
/// each step, from far too low to far too high; the loss along it shows which rates train.
/// </summary>
/// <remarks>The smoothing, its bias correction and the end at four times the best loss are those of Gugger (2018, How Do You Find A Good Learning Rate).</remarks>
public static class LearningRateFinder
{
    /// <summary>Makes a range test. Pure: the parameters given stay as they are.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule; every <c>LearningRate</c> in it is replaced by the test's.</param>
    /// <param name="start">The parameters to begin with.</param>
    /// <param name="objective">The loss and its gradient on the batch of a step, counted from 0, at some parameters.</param>
    /// <param name="test">Rates and steps; by default 100 from 1e-6 to 10.</param>
    /// <exception cref="ArgumentException">The rule has no learning rate, or the last rate is not more than the first.</exception>
    public static RangeTestResult Run<T>(
        Rule rule, TensorSet<T> start, Func<int, TensorSet<T>, Tuple<double, TensorSet<T>>> objective, RangeTest? test = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(objective);
        test ??= new();
        var rates = test.Rates();
        var state = Optimizer.Init(rule.Adjust("LearningRate", Schedule.Table(rates)), start);
        var curve = new List<RatePoint>();
        double mean = 0, weight = 0, best = double.PositiveInfinity;
        for (int step = 0; step < rates.Count; step++)
        {
            var (loss, gradient) = objective(step, state.Parameters);
            mean = (test.Smoothing * mean) + ((1 - test.Smoothing) * loss);
            weight = (test.Smoothing * weight) + (1 - test.Smoothing);
            double smoothed = mean / weight;
            if (!double.IsFinite(loss) || !double.IsFinite(smoothed))
            {
                return new(test, curve, ended: true);
            }

            curve.Add(new(rates[step], loss, smoothed));
            best = Math.Min(best, smoothed);
            if (Left(smoothed, best, curve[0].Smoothed, test.StopFactor))
            {
                return new(test, curve, ended: true);
            }

            state = Optimizer.Step(state.Donate(), gradient, loss).Item1;
        }

        return new(test, curve, ended: false);
    }

    /// <summary>Whether the loss has risen for good. A factor says nothing of a loss that may be 0 or less: that one has risen when it is above where it began.</summary>
    private static bool Left(double smoothed, double best, double first, double factor) => best > 0 ? smoothed > factor * best : smoothed > Math.Max(first, 0);
}
