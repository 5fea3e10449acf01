namespace Optim.LineSearches;

/// <summary>The interval of a search by <see cref="MoreThuente"/>: the lowest point so far and the other end, which mean a bracket once the minimum is known to lie in between.</summary>
internal readonly record struct Interval<T>(LinePoint<T> Best, LinePoint<T> Other, bool IsBracket)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const double Towards = 0.66;

    /// <summary>The interval with one more point in it, and the step to try next: <c>dcstep</c>, the four cases of the paper's section 4.</summary>
    /// <param name="point">The point, finite.</param>
    /// <param name="tilt">A slope that is taken off the function.</param>
    /// <param name="isLevel">Whether rounding hides how the losses of the point and of the lowest one differ.</param>
    /// <param name="least">The shortest step to try next.</param>
    /// <param name="most">The longest.</param>
    public (Interval<T> Interval, double Step) Next(LinePoint<T> point, double tilt, bool isLevel, double least, double most)
    {
        double x = Best.Step, y = Other.Step, p = point.Step;
        double fx = Best.Loss - (x * tilt), fy = Other.Loss - (y * tilt), fp = isLevel ? fx : point.Loss - (p * tilt);
        double dx = Best.Slope - tilt, dy = Other.Slope - tilt, dp = point.Slope - tilt;
        bool turns = dp * Math.Sign(dx) < 0, isBracket = IsBracket || fp > fx || turns;
        double secant = p + (dp / (dp - dx) * (x - p)), next;
        if (fp > fx)
        {
            double cubic = Cubic(x, fx, dx, p, fp, dp), quadratic = x + (dx / (((fx - fp) / (p - x)) + dx) / 2 * (p - x));
            next = Math.Abs(cubic - x) < Math.Abs(quadratic - x) ? cubic : cubic + ((quadratic - cubic) / 2);
        }
        else if (turns)
        {
            double cubic = Cubic(p, fp, dp, x, fx, dx);
            next = Math.Abs(cubic - p) > Math.Abs(secant - p) ? cubic : secant;
        }
        else if (Math.Abs(dp) < Math.Abs(dx))
        {
            double cubic = Outwards(p, fp, dp, x, fx, dx) ?? (p > x ? most : least);
            if (IsBracket)
            {
                next = Math.Abs(cubic - p) < Math.Abs(secant - p) ? cubic : secant;
                next = p > x ? Math.Min(p + (Towards * (y - p)), next) : Math.Max(p + (Towards * (y - p)), next);
            }
            else
            {
                next = Math.Clamp(Math.Abs(cubic - p) > Math.Abs(secant - p) ? cubic : secant, Math.Min(least, most), most);
            }
        }
        else
        {
            next = IsBracket ? Cubic(p, fp, dp, y, fy, dy) : p > x ? most : least;
        }

        var interval = fp > fx ? new Interval<T>(Best, point, isBracket) : new(point, turns ? Best : Other, isBracket);
        double left = Math.Min(interval.Best.Step, interval.Other.Step), right = Math.Max(interval.Best.Step, interval.Other.Step);
        return (interval, double.IsFinite(next) && (!isBracket || (next > left && next < right)) ? next : isBracket ? (left + right) / 2 : most);
    }

    /// <summary>The minimum of the cubic through two points and their slopes, seen from the first.</summary>
    private static double Cubic(double a, double fa, double da, double b, double fb, double db)
    {
        double theta = (3 * (fa - fb) / (b - a)) + da + db, size = Math.Max(Math.Abs(theta), Math.Max(Math.Abs(da), Math.Abs(db)));
        double gamma = size * Math.Sqrt(Math.Max(0, (theta / size * (theta / size)) - (da / size * (db / size))));
        gamma = b < a ? -gamma : gamma;
        return a + ((gamma - da + theta) / (gamma - da + gamma + db) * (b - a));
    }

    /// <summary>The same beyond the first point, away from the second; null where the cubic has no minimum there.</summary>
    private static double? Outwards(double a, double fa, double da, double b, double fb, double db)
    {
        double theta = (3 * (fb - fa) / (a - b)) + da + db, size = Math.Max(Math.Abs(theta), Math.Max(Math.Abs(da), Math.Abs(db)));
        double gamma = size * Math.Sqrt(Math.Max(0, (theta / size * (theta / size)) - (da / size * (db / size))));
        gamma = a > b ? -gamma : gamma;
        double share = (gamma - da + theta) / (gamma + (db - da) + gamma);
        return share < 0 && gamma != 0 ? a + (share * (b - a)) : null;
    }
}
