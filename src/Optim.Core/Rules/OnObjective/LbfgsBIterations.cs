using Optim.LineSearches;
using Optim.Tensors;

namespace Optim;

/// <summary>The iterations of one step of <see cref="LbfgsB"/>. The work's slots: s of each pair, y of each pair.</summary>
internal sealed class LbfgsBIterations<T>(LbfgsB rule, TensorStepContext<T> context, StepObjective<T> objective) : ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Box<T> box = new(rule.Lower, rule.Upper, context.Layout.Length);
    private readonly PairRing<T> pairs = new(context, 0, rule.HistorySize);
    private double evaluations = 1;
    private double failures;
    private double[] direction = [];
    private double[] target = [];
    private TensorSet<T> origin = null!;

    /// <inheritdoc/>
    public bool MayGoOn => objective.MayGoOn();

    private int MostEvaluations => rule.MaxEvaluations > 0 ? rule.MaxEvaluations : rule.MaxIterations + (rule.MaxIterations / 4);

    /// <summary>Iterates from the state's parameters and leaves the point it reaches in the update's place.</summary>
    public void Run()
    {
        var at = Start();
        double iterations = context.Scalar("n_iter");
        for (int i = 0; i < rule.MaxIterations && (i == 0 || evaluations < MostEvaluations) && MayGoOn && Largest(at) > rule.GradientTolerance; i++)
        {
            if (Advance(at) is not { } end)
            {
                break;
            }

            iterations++;
            pairs.Add(at, end);
            at = end;
        }

        at.Position.Span.CopyTo(context.ChangeUpdate());
        context.SetScalar("n_iter", iterations);
        pairs.Remember();
        SearchTally.Add(context, evaluations, failures);
    }

    /// <summary>Where the step begins: the parameters, brought into the bounds.</summary>
    private LinePoint<T> Start()
    {
        var position = TensorSet.OfValues(context.Layout, context.Parameters);
        if (box.Nearest(position) is var inside && ReferenceEquals(inside, position))
        {
            return objective.Start(context);
        }

        evaluations++;
        var (loss, gradient) = objective.Evaluate(inside);
        return objective.StartAt(context, loss, gradient, inside);
    }

    /// <summary>The largest magnitude in the projected gradient.</summary>
    private double Largest(LinePoint<T> at)
    {
        double largest = 0;
        for (int i = 0; i < at.Position.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(box.Projected(i, Value(at.Position, i), Value(at.Gradient, i))));
        }

        return largest;
    }

    /// <summary>The point that one iteration reaches; null where there is none, not even along the projected gradient.</summary>
    private LinePoint<T>? Advance(LinePoint<T> at)
    {
        origin = at.Position;
        while (true)
        {
            var model = new CompactHessian([.. Stored(pairs.Step)], [.. Stored(pairs.Change)], context.MaxThreads);
            bool isDownhill = FindDirection(at, model);
            var start = at with { Step = 0, Slope = isDownhill ? Slope(at.Gradient) : 0 };
            if (isDownhill && start.Slope < 0)
            {
                double longest = LongestStep(), first = pairs.Count > 0 || box.IsClosed ? 1 : LineSearch.FirstStep(TensorSet.OfArray(direction).Norm(), longest);
                var result = rule.LineSearch.Search(this, start, first, 0, longest);
                evaluations += result.Evaluations;
                if (result.Holds || result.Point.Step > 0)
                {
                    failures += result.Holds || !MayGoOn ? 0 : 1;
                    return result.Point;
                }

                if (!MayGoOn)
                {
                    return null;
                }
            }

            if (pairs.Count == 0)
            {
                failures++;
                return null;
            }

            pairs.Clear();
        }
    }

    /// <summary>Finds the direction, from the generalized Cauchy point and the minimum over what is free there; false where the model does not serve.</summary>
    private bool FindDirection(LinePoint<T> at, CompactHessian model)
    {
        int n = at.Position.Length;
        double[] x = Values(at.Position), g = Values(at.Gradient);
        bool isOpen = model.Width > 0 && box.IsOpen;
        var cauchy = isOpen ? new([.. x], []) : CauchyPoint.Of(model, x, g, box, context.MaxThreads);
        if (cauchy is null)
        {
            return false;
        }

        int[] free = [.. Enumerable.Range(0, n).Where(i => cauchy.Point[i] > box.Lower(i) && cauchy.Point[i] < box.Upper(i))];
        target = cauchy.Point;
        if (isOpen || (model.Width > 0 && free.Length == n))
        {
            // No bound is in the way.
            target = Projected(cauchy.Point, free, Sum(x, model.ToMinimum(g)), x, g);
        }
        else if (model.Width > 0 && free.Length > 0)
        {
            if (model.Middle(cauchy.Coefficients) is not { } mc)
            {
                return false;
            }

            double[] curved = model.Combined(mc);
            double[] r = Array.ConvertAll(free, i => g[i] + (model.Scale * (cauchy.Point[i] - x[i])) - curved[i]);
            if (model.Subspace(free, r) is not { } displacement)
            {
                return false;
            }

            target = Projected(cauchy.Point, free, Sum(Array.ConvertAll(free, i => cauchy.Point[i]), displacement), x, g);
        }

        direction = [.. target.Zip(x, (end, begin) => end - begin)];
        return true;
    }

    /// <summary>
    /// The subspace minimum brought into the bounds; where the step to it does not descend, as far from the Cauchy point towards the minimum as the bounds allow (Morales and Nocedal 2011).
    /// </summary>
    private double[] Projected(double[] cauchy, int[] free, double[] minimum, double[] x, double[] g)
    {
        double[] end = [.. cauchy];
        for (int k = 0; k < free.Length; k++)
        {
            end[free[k]] = Math.Clamp(minimum[k], box.Lower(free[k]), box.Upper(free[k]));
        }

        double slope = 0;
        for (int i = 0; i < x.Length; i++)
        {
            slope += (end[i] - x[i]) * g[i];
        }

        if (slope < 0)
        {
            return end;
        }

        double share = 1;
        for (int k = 0; k < free.Length; k++)
        {
            double from = cauchy[free[k]], displacement = minimum[k] - from, bound = displacement > 0 ? box.Upper(free[k]) : box.Lower(free[k]);
            share = displacement == 0 ? share : Math.Min(share, (bound - from) / displacement);
        }

        for (int k = 0; k < free.Length; k++)
        {
            double from = cauchy[free[k]];
            end[free[k]] = Math.Clamp(from + (share * (minimum[k] - from)), box.Lower(free[k]), box.Upper(free[k]));
        }

        return end;
    }

    private static double[] Sum(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a + b)];

    /// <summary>How many times the direction until the first element meets its bound; 1 or more.</summary>
    private double LongestStep()
    {
        double longest = double.PositiveInfinity;
        for (int i = 0; i < direction.Length; i++)
        {
            double x = Value(origin, i), bound = direction[i] > 0 ? box.Upper(i) : box.Lower(i);
            longest = direction[i] == 0 ? longest : Math.Min(longest, (bound - x) / direction[i]);
        }

        return Math.Max(1, longest);
    }

    /// <inheritdoc/>
    public TensorSet<T> Place(double step)
    {
        var moved = origin.Copy();
        var values = moved.Writable;
        for (int i = 0; i < values.Length; i++)
        {
            // To the bound itself, where that is the target: x + (l - x) may round to a neighbour.
            values[i] = box.Nearest(i, T.CreateTruncating(step == 1 ? target[i] : Value(origin, i) + (step * direction[i])));
        }

        return moved;
    }

    /// <inheritdoc/>
    public LinePoint<T> Evaluate(double step, TensorSet<T> place)
    {
        var (loss, gradient) = objective.Evaluate(place);
        return new(step, loss, Slope(gradient), gradient, place);
    }

    private double Slope(TensorSet<T> gradient) => Vectors.Dot<double>(Values(gradient), direction, context.MaxThreads);

    /// <summary>A half of each pair, from the oldest.</summary>
    private IEnumerable<double[]> Stored(Half half)
    {
        for (int i = 0; i < pairs.Count; i++)
        {
            yield return Values(half(i));
        }
    }

    private static double Value(TensorSet<T> set, int i) => double.CreateTruncating(set.Span[i]);

    private static double[] Values(TensorSet<T> set) => Values(set.Span);

    private static double[] Values(ReadOnlySpan<T> span)
    {
        double[] values = new double[span.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = double.CreateTruncating(span[i]);
        }

        return values;
    }

    private delegate ReadOnlySpan<T> Half(int pair);
}
