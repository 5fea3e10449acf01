namespace Optim.LineSearches;

/// <summary>One search of <see cref="HagerZhang"/>: its bracket [a, b], the slope at a negative and the loss there no higher than the slack allows, the slope at b not negative.</summary>
internal sealed class SecantBracket<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly HagerZhang rule;
    private readonly Trials<T> search;
    private readonly LinePoint<T> start;
    private readonly double highest;
    private LinePoint<T> a, b;
    private LinePoint<T>? found;
    private int trials;

    public SecantBracket(HagerZhang rule, ILine<T> line, LinePoint<T> start)
    {
        (this.rule, this.start) = (rule, start);
        search = new(line, start, rule.Armijo, rule.Curvature, rule.MaxTrials);
        highest = start.Loss + (rule.Slack * Math.Abs(start.Loss));
        a = b = start;
    }

    /// <summary>Steps L0 to L3 of the paper.</summary>
    public LineSearchResult<T> Search(double step, double smallestBracket, double longest)
    {
        if (!Bracket(step, longest, out var atLongest))
        {
            return found is { } first ? search.EndSatisfied(first) : atLongest ? search.EndAtLongest(b) : End();
        }

        while (found is null && b.Step - a.Step > smallestBracket && search.MayTry(trials))
        {
            double width = b.Step - a.Step;
            if (!SecantTwice() || found is not null)
            {
                break;
            }

            if (b.Step - a.Step > rule.Decay * width && !Update((a.Step + b.Step) / 2))
            {
                break;
            }
        }

        return found is { } point ? search.EndSatisfied(point) : End();
    }

    /// <summary>Ends without a point that satisfies the conditions: at the lower end where that is lower than the start.</summary>
    private LineSearchResult<T> End() => search.EndAtBest(a.Step > 0 ? a : b);

    /// <summary>Further and further out, until there is a bracket; false where the search has ended before.</summary>
    private bool Bracket(double step, double longest, out bool atLongest)
    {
        atLongest = false;
        LinePoint<T> previous = start;
        while (true)
        {
            var point = search.At(step, previous, start);
            bool moves = !point.Position.Equals(previous.Position);
            if (moves && Ends(point))
            {
                return false;
            }

            if (point.IsFinite && point.Slope >= 0)
            {
                b = point;
                return true;
            }

            if (IsHigh(point))
            {
                // The last point that was low enough is one end; between it and this one there is another.
                b = point;
                return Narrow();
            }

            if (point.Step >= longest)
            {
                (b, atLongest) = (point, true);
                return false;
            }

            (a, b, previous) = (point, point, point);
            if (!search.MayTry(trials++))
            {
                return false;
            }

            step = Math.Min(longest, rule.Expansion * step);
        }
    }

    /// <summary>U3: halves an interval whose upper end is too high until its slope there is not negative.</summary>
    private bool Narrow()
    {
        while (search.MayTry(trials++))
        {
            if (search.Between(((1 - rule.Cut) * a.Step) + (rule.Cut * b.Step), a, b) is not { } point || Ends(point))
            {
                return false;
            }

            if (point.IsFinite && point.Slope >= 0)
            {
                b = point;
                return true;
            }

            (a, b) = IsHigh(point) ? (a, point) : (point, b);
        }

        return false;
    }

    /// <summary>The secant step of both ends, S1 to S4; false where the search can go no further.</summary>
    private bool SecantTwice()
    {
        var (left, right) = (a, b);
        double c = Secant(left, right);
        if (!Update(c) || found is not null)
        {
            return false;
        }

        double second = c == b.Step ? Secant(right, b) : c == a.Step ? Secant(left, a) : double.NaN;
        return double.IsNaN(second) || Update(second);
    }

    /// <summary>U0 to U3: a step within the bracket becomes an end of it; false where the search can go no further.</summary>
    private bool Update(double step)
    {
        if (!(step > a.Step && step < b.Step))
        {
            return true;
        }

        if (!search.MayTry(trials++) || search.Between(step, a, b) is not { } point)
        {
            return false;
        }

        if (Ends(point))
        {
            return true;
        }

        if (point.IsFinite && point.Slope >= 0)
        {
            b = point;
            return true;
        }

        if (IsHigh(point))
        {
            b = point;
            return Narrow() || found is not null;
        }

        a = point;
        return true;
    }

    /// <summary>Whether a point satisfies the conditions, of either kind.</summary>
    private bool Ends(LinePoint<T> point)
    {
        bool wolfe = search.Suffices(point);
        bool approximately = point.IsFinite && point.Loss <= highest && point.Slope >= rule.Curvature * start.Slope && point.Slope <= ((2 * rule.Armijo) - 1) * start.Slope;
        if (point.Step > 0 && (wolfe || approximately))
        {
            found = point;
        }

        return found is not null;
    }

    private bool IsHigh(LinePoint<T> point) => !point.IsFinite || point.Loss > highest;

    private static double Secant(LinePoint<T> left, LinePoint<T> right) => ((left.Step * right.Slope) - (right.Step * left.Slope)) / (right.Slope - left.Slope);
}
