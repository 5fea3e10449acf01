using System.Numerics;

namespace Optim.Tuning;

/// <summary>
/// The learning-rate range test (Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3): a short run whose rate grows by the same factor at
/// each step, from far too low to far too high; the loss along it shows which rates work.
/// </summary>
/// <remarks>The smoothing, its bias correction and the stop at four times the best loss follow Gugger (2018, How Do You Find A Good Learning Rate).</remarks>
public static class LearningRateFinder
{
    /// <summary>A rule that takes this many gradients at one rate has stopped stepping.</summary>
    private const int MostAtOneRate = 10_000;

    /// <summary>Runs a range test. Pure: the given parameters do not change.</summary>
    /// <remarks>
    /// A rule that takes several gradients for a step (<see cref="Accumulate"/>, <see cref="AccumulateOnSchedule"/>) keeps each rate for all of them, and the point's loss is their mean. A rule that evaluates the objective itself (SAM, L-BFGS)
    /// is given it, on the batch of its step.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule; every <c>LearningRate</c> in it is replaced by the test's.</param>
    /// <param name="start">The initial parameters.</param>
    /// <param name="objective">The loss and its gradient on the batch of a step, counted from 0, at given parameters.</param>
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

        // Another rate after the last, so that the end of its step shows like that of every other.
        var state = Optimizer.Init(rule.Adjust("LearningRate", Schedule.Table([.. rates, rates[0]])), start);
        string path = state.Hyperparameters.Keys.First(name => name == "LearningRate" || name.EndsWith(".LearningRate", StringComparison.Ordinal));
        var curve = new List<RatePoint>();
        double mean = 0, weight = 0, best = double.PositiveInfinity;
        for (int step = 0; curve.Count < rates.Count;)
        {
            double rate = state.Hyperparameters[path], sum = 0;
            int count = 0;
            do
            {
                if (count == MostAtOneRate || !TryStep(step++, out double loss))
                {
                    return new(test, curve, ended: true);
                }

                sum += loss;
                count++;
            }
            while (state.Hyperparameters[path] == rate);

            mean = (test.Smoothing * mean) + ((1 - test.Smoothing) * (sum / count));
            weight = (test.Smoothing * weight) + (1 - test.Smoothing);
            double smoothed = mean / weight;
            if (!double.IsFinite(smoothed))
            {
                return new(test, curve, ended: true);
            }

            curve.Add(new(rate, sum / count, smoothed));
            best = Math.Min(best, smoothed);
            if (HasRisen(smoothed, best, curve[0].Smoothed, test.StopFactor))
            {
                return new(test, curve, ended: true);
            }
        }

        return new(test, curve, ended: false);

        bool TryStep(int step, out double loss)
        {
            (loss, var gradient) = objective(step, state.Parameters);
            if (!double.IsFinite(loss))
            {
                return false;
            }

            try
            {
                state = Optimizer.Step(state.Donate(), gradient, loss, objective: p => objective(step, p)).Item1;
                return true;
            }
            catch (ArithmeticException)
            {
                // A rule that evaluates the objective itself has met a loss that is not finite.
                return false;
            }
        }
    }

    /// <summary>Whether the loss has risen for good. A factor is meaningless for losses that may be 0 or less: those have risen when above their initial value.</summary>
    private static bool HasRisen(double smoothed, double best, double first, double factor) => best > 0 ? smoothed > factor * best : smoothed > Math.Max(first, 0);
}
