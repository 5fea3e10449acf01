using System.Globalization;
using Optim.LineSearches;

namespace Optim;

/// <summary>One step of <see cref="OwlQn"/>. The work's slots: s of each pair, y of each pair.</summary>
internal sealed class OrthantStep<T>(
    OwlQn rule, TensorStepContext<T> context, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, Func<bool> mayGoOn) : ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PairRing<T> pairs = new(context, 0, rule.HistorySize);
    private readonly Penalty<T> penalty = new(rule.L1);
    private TensorSet<T> origin = null!, pseudo = null!, direction = null!;
    private double evaluations = 1, failures;

    /// <inheritdoc/>
    public bool MayGoOn => mayGoOn();

    /// <summary>Steps from the state's parameters and leaves the point it reaches in the update's place.</summary>
    public void Run(double loss)
    {
        var gradient = TensorSet.OfValues(context.Layout, context.Update);
        origin = TensorSet.OfValues(context.Layout, context.Parameters);
        if (!double.IsFinite(loss) || !context.IsFinite)
        {
            throw new ArithmeticException(string.Create(
                CultureInfo.InvariantCulture, $"{nameof(OwlQn)}: the loss and the gradient must be finite, the loss was {loss} and the gradient's norm {gradient.Norm()} at step {context.Clock}."));
        }

        pseudo = penalty.PseudoGradient(origin, gradient);
        pairs.RecallProducts();
        var start = new LinePoint<T>(0, penalty.Loss(origin, loss), 0, gradient, origin);
        var end = Advance(start);
        if (end.Step > 0)
        {
            TakePair(start, end);
        }

        end.Position.Span.CopyTo(context.ChangeUpdate());
        pairs.Remember();
        SearchTally.Add(context, evaluations, failures);
    }

    private LinePoint<T> Advance(LinePoint<T> start)
    {
        while (true)
        {
            bool hadPairs = pairs.Count > 0;
            Aim();
            start = start with { Slope = Dot(pseudo.Span, direction.Span) };
            if (start.Slope < 0)
            {
                var result = rule.LineSearch.Search(this, start, hadPairs ? 1 : Math.Min(1, 1 / pseudo.Norm()), 0);
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
    private void Aim()
    {
        direction = pseudo.Scale(-T.One);
        var d = direction.Writable;
        pairs.Multiply(d);
        for (int i = 0; i < d.Length; i++)
        {
            d[i] = d[i] * pseudo.Span[i] < T.Zero || !IsPenalized(i) ? d[i] : T.Zero;
        }
    }

    /// <inheritdoc/>
    public TensorSet<T> Place(double step)
    {
        var moved = origin.Copy();
        Vectors.AddMultiple(moved.Writable, step, direction.Span);
        var x = origin.Span;
        var to = moved.Writable;
        for (int i = 0; i < to.Length; i++)
        {
            int side = x[i] == T.Zero ? -T.Sign(pseudo.Span[i]) : T.Sign(x[i]);
            to[i] = !IsPenalized(i) || T.IsNaN(to[i]) || T.Sign(to[i]) == side ? to[i] : T.Zero;
        }

        return moved;
    }

    /// <inheritdoc/>
    public LinePoint<T> Evaluate(double step, TensorSet<T> place)
    {
        var (loss, gradient) = objective(place);
        return new(step, penalty.Loss(place, loss), Dot(gradient.Span, direction.Span), gradient, place);
    }

    /// <inheritdoc/>
    public double Ceiling(LinePoint<T> start, LinePoint<T> point, double armijo)
    {
        var way = new T[point.Position.Length];
        Vectors.Subtract(way, point.Position.Span, start.Position.Span);
        return start.Loss + (armijo * Dot(pseudo.Span, way));
    }

    /// <inheritdoc/>
    public double Unrest(LinePoint<T> point) => penalty.Norm(point.Position, point.Gradient);

    /// <summary>Where nothing is penalized there are no orthants to keep to.</summary>
    private bool IsPenalized(int element) => Box.At(rule.L1, element) > 0;

    private void TakePair(LinePoint<T> from, LinePoint<T> to)
    {
        T[] s = new T[from.Position.Length], y = new T[s.Length];
        Vectors.Subtract(s, to.Position.Span, from.Position.Span);
        Vectors.Subtract(y, to.Gradient.Span, from.Gradient.Span);
        double product = Dot(s, y);
        if (product > Math.ScaleB(1, -52) * Dot(y, y))
        {
            pairs.Add(s, y, product);
        }
    }

    private double Dot(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => Vectors.Dot(left, right, context.MaxThreads);
}
