using Optim.LineSearches;

namespace Optim;

/// <summary>One step of <see cref="NonlinearConjugateGradient"/>. The work's slots: the direction, the gradient before.</summary>
internal sealed class ConjugateStep<T>(NonlinearConjugateGradient rule, TensorStepContext<T> context, StepObjective<T> objective) : DirectionLine<T>(context, objective)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int DirectionSlot = 0, GradientSlot = 1;

    private const double LeastGradient = 0.01;

    private double evaluations = 1, failures;

    /// <inheritdoc/>
    protected override ReadOnlySpan<T> Direction => Context.Slot(DirectionSlot);

    /// <summary>Steps from the state's parameters and leaves the point it reaches in the update's place.</summary>
    public void Run(double rate)
    {
        var start = Start();
        Origin = start.Position;
        var end = rate > 0 ? Advance(start, rate) : start;
        end.Position.Span.CopyTo(Context.ChangeUpdate());
        SearchTally.Add(Context, evaluations, failures);
    }

    private LinePoint<T> Advance(LinePoint<T> start, double rate)
    {
        var gradient = start.Gradient;
        double before = Context.Scalar("t"), slopeBefore = Context.Scalar("slope");
        bool isConjugate = before > 0 && Turn(gradient.Span);
        while (true)
        {
            if (!isConjugate)
            {
                gradient.Span.CopyTo(Context.ChangeSlot(DirectionSlot));
                Vectors.Multiply(Context.ChangeSlot(DirectionSlot), -1);
            }

            start = start with { Slope = Dot(gradient.Span, Direction) };
            if (!(start.Slope < 0))
            {
                return start;
            }

            double first = before > 0 ? before * slopeBefore / start.Slope : 0;
            var result = rule.LineSearch.Search(this, start, first > 0 && double.IsFinite(first) ? first : rate * FirstStep(gradient), 0);
            evaluations += result.Evaluations;
            bool counts = !result.Holds && MayGoOn;
            failures += counts ? 1 : 0;
            if (result.Point.Step > 0 || !isConjugate || !counts)
            {
                // A step that has failed says nothing of how far the next one should go.
                gradient.Span.CopyTo(Context.ChangeSlot(GradientSlot));
                Context.SetScalar("t", result.Point.Step);
                Context.SetScalar("slope", start.Slope);
                return result.Point;
            }

            (isConjugate, before) = (false, 0);
        }
    }

    /// <summary>Turns the last direction into the next one; false where that would not descend.</summary>
    private bool Turn(ReadOnlySpan<T> gradient)
    {
        var y = new T[gradient.Length];
        Vectors.Subtract(y, gradient, Context.Slot(GradientSlot));
        double beta = rule.Form == ConjugateGradientForm.PolakRibierePlus ? PolakRibiere(gradient, y) : HagerZhang(gradient, y);
        if (!double.IsFinite(beta))
        {
            return false;
        }

        Vectors.Combine(Context.ChangeSlot(DirectionSlot), beta, -1, gradient);
        return Dot(gradient, Direction) < 0;
    }

    private double PolakRibiere(ReadOnlySpan<T> gradient, T[] y)
    {
        var before = Context.Slot(GradientSlot);
        return Math.Max(0, Dot(gradient, y) / Dot(before, before));
    }

    private double HagerZhang(ReadOnlySpan<T> gradient, T[] y)
    {
        var before = Context.Slot(GradientSlot);
        double along = Dot(Direction, y), beta = (Dot(gradient, y) - (2 * Dot(gradient, Direction) * Dot(y, y) / along)) / along;
        double least = -1 / (Math.Sqrt(Dot(Direction, Direction)) * Math.Min(LeastGradient, Math.Sqrt(Dot(before, before))));
        return Math.Max(beta, least);
    }
}
