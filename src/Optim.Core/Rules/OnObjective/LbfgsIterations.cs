using Optim.LineSearches;
using Optim.Tensors;

namespace Optim;

/// <summary>The iterations of one step of <see cref="Lbfgs"/>. The work's slots: d, the gradient before, s of each pair, y of each pair.</summary>
internal sealed class LbfgsIterations<T>(Lbfgs rule, TensorStepContext<T> context, StepObjective<T> objective, double learningRate) : DirectionLine<T>(context, objective)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int DirectionSlot = 0, GradientSlot = 1, FirstPairSlot = 2;

    private readonly PairRing<T> pairs = new(context, FirstPairSlot, rule.HistorySize);
    private double evaluations = 1;
    private double failures;
    private bool isFresh;

    /// <summary>Iterates from the state's parameters and leaves the point it reaches in the update's place.</summary>
    public void Run()
    {
        var at = Start();
        double largest = Context.GlobalNorm(double.PositiveInfinity), iterations = Context.Scalar("n_iter"), t = Context.Scalar("t");
        bool done = largest <= rule.GradientTolerance;
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
            double furthest = Context.GlobalNorm(Direction, double.PositiveInfinity);
            done = isLast || evaluations >= MostEvaluations || !MayGoOn || !end.IsFinite
                || Context.GlobalNorm(end.Gradient.Span, double.PositiveInfinity) <= rule.GradientTolerance
                || Math.Abs(t) * furthest <= rule.ChangeTolerance || Math.Abs(end.Loss - at.Loss) < rule.ChangeTolerance;
            at = end;
        }

        at.Position.Span.CopyTo(Context.ChangeUpdate());
        Remember(iterations, t);
    }

    private int MostEvaluations => rule.MaxEvaluations > 0 ? rule.MaxEvaluations : rule.MaxIterations + (rule.MaxIterations / 4);

    /// <inheritdoc/>
    protected override ReadOnlySpan<T> Direction => Context.Slot(DirectionSlot);

    /// <summary>
    /// The point that one iteration reaches; null where the slope is within the tolerance. A search that fails without having moved is tried once more, along
    /// the negative gradient: the pairs are of no use here, and would be of none at the next step.
    /// </summary>
    private LinePoint<T>? Advance(LinePoint<T> at, bool isLast)
    {
        Origin = at.Position;
        while (true)
        {
            Turn(at.Gradient);
            at.Gradient.Span.CopyTo(Context.ChangeSlot(GradientSlot));
            var start = at with { Step = 0, Slope = Dot(at.Gradient.Span, Direction) };
            bool hadPairs = pairs.Count > 0, isDownhill = start.Slope < 0;
            if (isDownhill && !(start.Slope < -rule.ChangeTolerance))
            {
                return null;
            }

            double step = learningRate * (isFresh && !hadPairs ? FirstStep(at.Gradient) : 1);
            isFresh = false;
            if (!rule.LineSearch.Searches || learningRate == 0)
            {
                return isDownhill ? WithoutSearch(start, step, isLast) : null;
            }

            var result = isDownhill
                ? rule.LineSearch.Search(this, start, step, rule.ChangeTolerance / Context.GlobalNorm(Direction, double.PositiveInfinity))
                : new(start, 0, Holds: false);
            evaluations += result.Evaluations;
            if (result.Holds || !MayGoOn)
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
        if (isLast || !MayGoOn || place.Equals(start.Position))
        {
            // What is not evaluated here, the next step is given.
            return start with { Step = step, Position = place };
        }

        evaluations++;
        return Evaluate(step, place);
    }

    /// <summary>The direction <c>d = -H g</c>.</summary>
    private void Turn(TensorSet<T> gradient)
    {
        var d = Context.ChangeSlot(DirectionSlot);
        gradient.Span.CopyTo(d);
        Vectors.Multiply(d, -1);
        pairs.Multiply(d);
    }

    /// <summary>Drops all pairs: the next direction is that of a first iteration.</summary>
    private void Forget()
    {
        pairs.Clear();
        isFresh = true;
    }

    private void TakePair(TensorSet<T> gradient, double t)
    {
        // Into the oldest one's place, which is only given up where the new pair counts.
        T[] y = new T[gradient.Length], s = Direction.ToArray();
        Vectors.Subtract(y, gradient.Span, Context.Slot(GradientSlot));
        Vectors.Multiply<T>(s, t);
        pairs.Add(s, y, rule.CurvatureTolerance);
    }

    private void Remember(double iterations, double t)
    {
        Context.SetScalar("n_iter", iterations);
        Context.SetScalar("t", t);
        pairs.Remember();
        SearchTally.Add(Context, evaluations, failures);
    }
}
