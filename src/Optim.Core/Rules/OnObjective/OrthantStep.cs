using Optim.LineSearches;

namespace Optim;

/// <summary>One step of <see cref="OwlQn"/>. The work's slots: s of each pair, y of each pair.</summary>
internal sealed class OrthantStep<T>(OwlQn rule, TensorStepContext<T> context, StepObjective<T> objective) : DirectionLine<T>(context, objective), ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PairRing<T> pairs = new(context, 0, rule.HistorySize);
    private readonly Penalty<T> penalty = new(rule.L1);
    private TensorSet<T> pseudo = null!, direction = null!;
    private double evaluations = 1, failures;

    /// <inheritdoc/>
    protected override ReadOnlySpan<T> Direction => direction.Span;

    /// <summary>Steps from the state's parameters and leaves the point it reaches in the update's place.</summary>
    public void Run()
    {
        var start = Start();
        Origin = start.Position;
        start = start with { Loss = Loss(Origin, start.Loss) };
        pseudo = penalty.PseudoGradient(Origin, start.Gradient);
        var end = Advance(start);
        if (end.Step > 0)
        {
            pairs.Add(start, end);
        }

        end.Position.Span.CopyTo(Context.ChangeUpdate());
        pairs.Remember();
        SearchTally.Add(Context, evaluations, failures);
    }

    private LinePoint<T> Advance(LinePoint<T> start)
    {
        while (true)
        {
            bool hadPairs = pairs.Count > 0;
            FindDirection();
            start = start with { Slope = Dot(pseudo.Span, Direction) };
            if (start.Slope < 0)
            {
                var result = rule.LineSearch.Search(this, start, hadPairs ? 1 : LineSearch.FirstStep(pseudo.Norm()), 0);
                evaluations += result.Evaluations;
                if (result.Holds || !MayGoOn)
                {
                    return result.Point;
                }

                failures++;
            }

            if (!hadPairs)
            {
                return start;
            }

            pairs.Clear();
        }
    }

    /// <summary>The direction <c>-H v</c>, without what does not go against v where there is a penalty.</summary>
    private void FindDirection()
    {
        direction = pseudo.Scale(-T.One);
        var d = direction.Writable;
        var v = pseudo.Span;
        pairs.Multiply(d);
        for (int i = 0; i < d.Length; i++)
        {
            // By their signs: the product of small numbers is 0.
            bool isAgainst = (d[i] < T.Zero && v[i] > T.Zero) || (d[i] > T.Zero && v[i] < T.Zero);
            d[i] = isAgainst || !IsPenalized(i) ? d[i] : T.Zero;
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> Place(double step)
    {
        var moved = base.Place(step);
        var x = Origin.Span;
        var to = moved.Writable;
        for (int i = 0; i < to.Length; i++)
        {
            int side = x[i] == T.Zero ? -T.Sign(pseudo.Span[i]) : T.Sign(x[i]);
            to[i] = !IsPenalized(i) || T.IsNaN(to[i]) || T.Sign(to[i]) == side ? to[i] : T.Zero;
        }

        return moved;
    }

    /// <inheritdoc/>
    public double ArmijoBound(LinePoint<T> start, LinePoint<T> point, double armijo)
    {
        var moved = new T[point.Position.Length];
        Vectors.Subtract(moved, point.Position.Span, start.Position.Span);
        return start.Loss + (armijo * Dot(pseudo.Span, moved));
    }

    /// <inheritdoc/>
    public double GradientNorm(LinePoint<T> point) => penalty.Norm(point.Position, point.Gradient);

    /// <inheritdoc/>
    protected override double Loss(TensorSet<T> place, double loss) => penalty.Loss(place, loss);

    /// <summary>Where nothing is penalized there are no orthants to keep to.</summary>
    private bool IsPenalized(int element) => Box.At(rule.L1, element) > 0;
}
