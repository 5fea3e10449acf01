using System.Globalization;
using Optim.LineSearches;
using Optim.Tensors;

namespace Optim;

/// <summary>The iterations of one step of <see cref="Lbfgs"/>. The work's slots: d, the gradient before, s of each pair, y of each pair.</summary>
internal sealed class LbfgsIterations<T>(
    Lbfgs rule, TensorStepContext<T> context, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, double learningRate)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int DirectionSlot = 0, GradientSlot = 1, FirstPairSlot = 2;

    private readonly double[] products = new double[rule.HistorySize];
    private double scale = 1;
    private double evaluations = 1;
    private double failures;

    private int PairCount { get; set; } = (int)context.Scalar("pairs");

    private int NextPair { get; set; } = (int)context.Scalar("next_pair");

    /// <summary>Iterates from the state's parameters and leaves the point it reaches in the update's place.</summary>
    public void Run(double loss)
    {
        var position = TensorSet.OfValues(context.Layout, context.Parameters);
        var gradient = TensorSet.OfValues(context.Layout, context.Update);
        double largest = context.GlobalNorm(double.PositiveInfinity), iterations = context.Scalar("n_iter"), t = context.Scalar("t");
        RequireFinite(loss, largest);
        bool done = largest <= rule.GradientTolerance;
        if (!done)
        {
            RecallProducts();
        }

        for (int i = 1; !done; i++)
        {
            bool isFirst = iterations++ == 0;
            Turn(gradient, t, isFirst);
            gradient.Span.CopyTo(context.ChangeSlot(GradientSlot));
            var start = new LinePoint<T>(0, loss, Dot(gradient.Span, Direction), gradient);
            t = 0;
            if (!(start.Slope < -rule.ChangeTolerance))
            {
                break;
            }

            double first = learningRate * (isFirst ? Math.Min(1, 1 / context.GlobalNorm(gradient.Span, 1)) : 1);
            double furthest = context.GlobalNorm(Direction, double.PositiveInfinity);
            bool isLast = i == rule.MaxIterations;
            var end = Advance(position, start, first, furthest, isLast);
            t = end.Step;
            position = Moved(position, t);
            done = isLast || evaluations >= MostEvaluations || !end.IsFinite
                || context.GlobalNorm(end.Gradient.Span, double.PositiveInfinity) <= rule.GradientTolerance
                || Math.Abs(t) * furthest <= rule.ChangeTolerance || Math.Abs(end.Loss - loss) < rule.ChangeTolerance;
            (loss, gradient) = (end.Loss, end.Gradient);
        }

        position.Span.CopyTo(context.ChangeUpdate());
        Remember(iterations, t);
    }

    private int MostEvaluations => rule.MaxEvaluations > 0 ? rule.MaxEvaluations : rule.MaxIterations + (rule.MaxIterations / 4);

    private ReadOnlySpan<T> Direction => context.Slot(DirectionSlot);

    private LinePoint<T> Advance(TensorSet<T> position, LinePoint<T> start, double step, double furthest, bool isLast)
    {
        if (rule.LineSearch == LineSearch.StrongWolfe && step > 0)
        {
            var result = StrongWolfe.Search(At, start, step, rule.ChangeTolerance / furthest);
            evaluations += result.Evaluations;
            failures += result.Holds ? 0 : 1;
            return result.Point;
        }

        if (isLast)
        {
            // The next step is given the gradient there.
            return start with { Step = step };
        }

        evaluations++;
        return At(step);

        LinePoint<T> At(double step)
        {
            var (loss, gradient) = objective(Moved(position, step));
            return new(step, loss, Dot(gradient.Span, Direction), gradient);
        }
    }

    private TensorSet<T> Moved(TensorSet<T> position, double step)
    {
        var moved = position.Copy();
        Vectors.AddMultiple(moved.Writable, step, Direction);
        return moved;
    }

    /// <summary>The next direction: takes in the pair that the iteration before has made, then <c>d = -H g</c>.</summary>
    private void Turn(TensorSet<T> gradient, double t, bool isFirst)
    {
        if (!isFirst)
        {
            TakePair(gradient, t);
        }

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
        context.SetScalar("line_search_failures", context.Scalar("line_search_failures") + failures);
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
