using System.Globalization;
using Optim.LineSearches;
using Optim.Tensors;

namespace Optim;

/// <summary>The iterations of one step of <see cref="Lbfgs"/>. The work's slots: d, the gradient before, s of each pair, y of each pair.</summary>
internal sealed class LbfgsIterations<T>(
    Lbfgs rule, TensorStepContext<T> context, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, double learningRate) : ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int DirectionSlot = 0, GradientSlot = 1, FirstPairSlot = 2;

    private readonly double[] products = new double[rule.HistorySize];
    private double scale = 1;
    private double evaluations = 1;
    private double failures;
    private bool isFresh;
    private TensorSet<T> origin = null!;

    private int PairCount { get; set; } = (int)context.Scalar("pairs");

    private int NextPair { get; set; } = (int)context.Scalar("next_pair");

    /// <summary>Iterates from the state's parameters and leaves the point it reaches in the update's place.</summary>
    public void Run(double loss)
    {
        var at = new LinePoint<T>(0, loss, 0, TensorSet.OfValues(context.Layout, context.Update), TensorSet.OfValues(context.Layout, context.Parameters));
        double largest = context.GlobalNorm(double.PositiveInfinity), iterations = context.Scalar("n_iter"), t = context.Scalar("t");
        RequireFinite(loss, largest);
        bool done = largest <= rule.GradientTolerance;
        if (!done)
        {
            RecallProducts();
        }

        for (int i = 1; !done; i++)
        {
            if (iterations++ > 0)
            {
                TakePair(at.Gradient, t);
            }
            else
            {
                isFresh = true;
            }

            bool isLast = i == rule.MaxIterations;
            if (Advance(at, isLast) is not { } end)
            {
                t = 0;
                break;
            }

            t = end.Step;
            double furthest = context.GlobalNorm(Direction, double.PositiveInfinity);
            done = isLast || evaluations >= MostEvaluations || !end.IsFinite
                || context.GlobalNorm(end.Gradient.Span, double.PositiveInfinity) <= rule.GradientTolerance
                || Math.Abs(t) * furthest <= rule.ChangeTolerance || Math.Abs(end.Loss - at.Loss) < rule.ChangeTolerance;
            at = end;
        }

        at.Position.Span.CopyTo(context.ChangeUpdate());
        Remember(iterations, t);
    }

    private int MostEvaluations => rule.MaxEvaluations > 0 ? rule.MaxEvaluations : rule.MaxIterations + (rule.MaxIterations / 4);

    private ReadOnlySpan<T> Direction => context.Slot(DirectionSlot);

    /// <summary>
    /// The point that one iteration reaches; null where the slope is within the tolerance. A search that fails without having moved is tried once more, along
    /// the negative gradient: the pairs are of no use here, and would be of none at the next step.
    /// </summary>
    private LinePoint<T>? Advance(LinePoint<T> at, bool isLast)
    {
        origin = at.Position;
        while (true)
        {
            Turn(at.Gradient);
            at.Gradient.Span.CopyTo(context.ChangeSlot(GradientSlot));
            var start = at with { Step = 0, Slope = Dot(at.Gradient.Span, Direction) };
            bool hadPairs = PairCount > 0, isDownhill = start.Slope < 0;
            if (isDownhill && !(start.Slope < -rule.ChangeTolerance))
            {
                return null;
            }

            double step = learningRate * (isFresh && !hadPairs ? Math.Clamp(1 / context.GlobalNorm(at.Gradient.Span, 1), double.Epsilon, 1) : 1);
            isFresh = false;
            if (rule.LineSearch == LineSearch.None || learningRate == 0)
            {
                return isDownhill ? WithoutSearch(start, step, isLast) : null;
            }

            var result = isDownhill
                ? StrongWolfe.Search(this, start, step, rule.ChangeTolerance / context.GlobalNorm(Direction, double.PositiveInfinity))
                : new(start, 0, Holds: false);
            evaluations += result.Evaluations;
            if (result.Holds)
            {
                return result.Point;
            }

            failures++;
            Forget();
            if (result.Point.Step > 0 || !hadPairs)
            {
                return result.Point;
            }
        }
    }

    private LinePoint<T> WithoutSearch(LinePoint<T> start, double step, bool isLast)
    {
        var place = Place(step);
        if (isLast || place.Equals(start.Position))
        {
            // What is not evaluated here, the next step is given.
            return start with { Step = step, Position = place };
        }

        evaluations++;
        return Evaluate(step, place);
    }

    /// <inheritdoc/>
    public TensorSet<T> Place(double step)
    {
        var moved = origin.Copy();
        Vectors.AddMultiple(moved.Writable, step, Direction);
        return moved;
    }

    /// <inheritdoc/>
    public LinePoint<T> Evaluate(double step, TensorSet<T> place)
    {
        var (loss, gradient) = objective(place);
        return new(step, loss, Dot(gradient.Span, Direction), gradient, place);
    }

    /// <summary>The direction <c>d = -H g</c>.</summary>
    private void Turn(TensorSet<T> gradient)
    {
        var d = context.ChangeSlot(DirectionSlot);
        gradient.Span.CopyTo(d);
        Vectors.Multiply(d, -1);
        double[] weights = new double[PairCount];
        for (int i = PairCount - 1; i >= 0; i--)
        {
            int pair = PairAt(i);
            weights[i] = Dot(S(pair), d) / products[pair];
            Vectors.AddMultiple(d, -weights[i], Y(pair));
        }

        Vectors.Multiply(d, scale);
        for (int i = 0; i < PairCount; i++)
        {
            int pair = PairAt(i);
            Vectors.AddMultiple(d, weights[i] - (Dot(Y(pair), d) / products[pair]), S(pair));
        }
    }

    /// <summary>Drops all pairs: the next direction is that of a first iteration.</summary>
    private void Forget()
    {
        (PairCount, NextPair, scale, isFresh) = (0, 0, 1, true);
    }

    private void TakePair(TensorSet<T> gradient, double t)
    {
        // Into the oldest one's place, which is only given up where the new pair counts.
        T[] y = new T[gradient.Length], s = Direction.ToArray();
        Vectors.Subtract(y, gradient.Span, context.Slot(GradientSlot));
        Vectors.Multiply<T>(s, t);
        double product = Dot(y, s);
        if (!(product > rule.CurvatureTolerance))
        {
            return;
        }

        s.CopyTo(context.ChangeSlot(SlotOfS(NextPair)));
        y.CopyTo(context.ChangeSlot(SlotOfY(NextPair)));
        products[NextPair] = product;
        scale = product / Dot(y, y);
        NextPair = (NextPair + 1) % rule.HistorySize;
        PairCount = Math.Min(PairCount + 1, rule.HistorySize);
    }

    /// <summary>The products y.s and the scale of the pairs that earlier steps have left: the same bits as when they were made.</summary>
    private void RecallProducts()
    {
        for (int i = 0; i < PairCount; i++)
        {
            int pair = PairAt(i);
            products[pair] = Dot(Y(pair), S(pair));
            scale = products[pair] / Dot(Y(pair), Y(pair));
        }
    }

    private void Remember(double iterations, double t)
    {
        context.SetScalar("n_iter", iterations);
        context.SetScalar("t", t);
        context.SetScalar("pairs", PairCount);
        context.SetScalar("next_pair", NextPair);
        context.SetScalar("func_evals", context.Scalar("func_evals") + evaluations);
        context.SetScalar(Lbfgs.FailuresName, context.Scalar(Lbfgs.FailuresName) + failures);
    }

    private void RequireFinite(double loss, double largest)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(largest))
        {
            throw new ArithmeticException(string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(Lbfgs)}: the loss and the gradient must be finite, the loss was {loss} and the gradient's largest magnitude {largest} at step {context.Clock}."));
        }
    }

    /// <summary>The place in the ring of the i-th pair, from the oldest.</summary>
    private int PairAt(int i) => (NextPair - PairCount + i + rule.HistorySize) % rule.HistorySize;

    private static int SlotOfS(int pair) => FirstPairSlot + pair;

    private int SlotOfY(int pair) => FirstPairSlot + rule.HistorySize + pair;

    private ReadOnlySpan<T> S(int pair) => context.Slot(SlotOfS(pair));

    private ReadOnlySpan<T> Y(int pair) => context.Slot(SlotOfY(pair));

    private double Dot(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => Vectors.Dot(left, right, context.MaxThreads);
}
