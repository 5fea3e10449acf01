using Optim.Properties.Checking;

namespace Optim.Properties.Reference;

/// <summary>A schedule drawn at random, its formula as the books have it, and what is known of its values.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Formula">The value at a step.</param>
internal sealed record TextbookSchedule(Schedule Schedule, Func<long, double> Formula)
{
    /// <summary>The value at step 0; null where it is not one of the numbers given.</summary>
    public double? First { get; init; }

    /// <summary>The step from which the value is <see cref="Last"/>; null where it has no end.</summary>
    public long? End { get; init; }

    public double Last { get; init; }

    /// <summary>The bounds of all values; null where there are none.</summary>
    public (double Low, double High)? Range { get; init; }

    public override string ToString() => Schedule.ToString()!;
}

/// <summary>The formulas, in plain double.</summary>
internal static class TextbookSchedules
{
    public static IReadOnlyDictionary<string, Func<Draw, TextbookSchedule>> Kinds { get; } = new Dictionary<string, Func<Draw, TextbookSchedule>>
    {
        ["constant"] = draw =>
        {
            double value = draw.Moderate();
            return new(value, _ => value) { First = value, End = 0, Last = value, Range = (value, value) };
        },
        ["table"] = draw =>
        {
            double[] values = draw.Numbers(draw.Integer(1, 50), draw.Moderate);
            return new(Schedule.Table(values), t => values[Math.Min(t, values.Length - 1)])
            {
                First = values[0], End = values.Length - 1, Last = values[^1], Range = (values.Min(), values.Max()),
            };
        },
        ["constant factor"] = draw =>
        {
            double value = draw.Moderate(), factor = draw.Fraction();
            int steps = draw.Integer(0, 20);
            return new(Schedule.ConstantFactor(value, factor, steps), t => t < steps ? value * factor : value) { End = steps, Last = value, Range = Hull(0, value) };
        },
        ["step"] = draw =>
        {
            double value = draw.Moderate(), gamma = draw.Of(0, 0.1, 0.5, 1, 1.5, draw.Fraction());
            int size = draw.Integer(1, 30);
            return new(Schedule.Step(value, size, gamma), t => value * Math.Pow(gamma, t / size)) { First = value, Range = gamma <= 1 ? Hull(0, value) : null };
        },
        ["multi-step"] = draw =>
        {
            double value = draw.Moderate(), gamma = draw.Of(0.1, draw.Fraction());
            long[] milestones = [.. Enumerable.Range(0, draw.Integer(0, 5)).Select(_ => (long)draw.Integer(1, 60)).Order()];
            return new(Schedule.MultiStep(value, milestones, gamma), t => value * Math.Pow(gamma, milestones.Count(m => m <= t)))
            {
                First = value, Range = Hull(0, value),
            };
        },
        ["exponential"] = draw =>
        {
            double value = draw.Moderate(), gamma = draw.Of(0.5, 0.95, 0.999, 1, 1.1, draw.Fraction());
            return new(Schedule.Exponential(value, gamma), t => value * Math.Pow(gamma, t)) { First = value, Range = gamma <= 1 ? Hull(0, value) : null };
        },
        ["natural exponential"] = draw =>
        {
            double value = draw.Moderate(), rate = draw.Of(0, 0.1, draw.Fraction());
            return new(Schedule.NaturalExponential(value, rate), t => value * Math.Exp(-rate * t)) { First = value, Range = Hull(0, value) };
        },
        ["inverse time"] = draw =>
        {
            double value = draw.Moderate(), rate = draw.Of(0, 1, draw.Fraction()), power = draw.Of(0, 0.5, 0.75, 1, 2);
            int steps = draw.Integer(1, 50);
            return new(Schedule.InverseTime(value, rate, steps, power), t => value / Math.Pow(1 + (rate * t / steps), power)) { First = value, Range = Hull(0, value) };
        },
        ["linear"] = draw =>
        {
            var (start, end, steps) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80));
            return new(Schedule.Linear(start, end, steps), t => start + ((end - start) * Math.Min(t, steps) / steps))
            {
                First = start, End = steps, Last = end, Range = Hull(start, end),
            };
        },
        ["polynomial"] = draw =>
        {
            var (value, end, steps, power) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80), draw.Of(0.5, 0.9, 1, 2, 3.5));
            return new(
                Schedule.Polynomial(value, steps, power, end), t => end + ((value - end) * Math.Pow(1 - ((double)Math.Min(t, steps) / steps), power)))
            {
                First = value, End = steps, Last = end, Range = Hull(value, end),
            };
        },
        ["root decay"] = draw =>
        {
            var (value, end, steps, power) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80), draw.Of(0.5, 1, 2, 3.5));
            return new(
                Schedule.RootDecay(value, steps, power, end), t => end + ((value - end) * (1 - Math.Pow((double)Math.Min(t, steps) / steps, power))))
            {
                First = value, End = steps, Last = end, Range = Hull(value, end),
            };
        },
        ["rex"] = draw =>
        {
            var (value, end, steps) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80));
            return new(
                Schedule.Rex(value, steps, end), t => end + ((value - end) * (1 - ((double)Math.Min(t, steps) / steps)) / (1 - ((double)Math.Min(t, steps) / steps / 2))))
            {
                First = value, End = steps, Last = end, Range = Hull(value, end),
            };
        },
        ["cosine"] = draw =>
        {
            var (value, end, steps) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80));
            return new(Schedule.Cosine(value, steps, end), t => Cosine(value, end, (double)Math.Min(t, steps) / steps))
            {
                First = value, End = steps, Last = end, Range = Hull(value, end),
            };
        },
        ["cosine, periodic"] = draw =>
        {
            var (value, end, steps) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80));
            return new(Schedule.Cosine(value, steps, end, periodic: true), t => Cosine(value, end, (double)(t % (2 * steps)) / steps))
            {
                First = value, Range = Hull(value, end),
            };
        },
        ["cosine, cycles"] = draw =>
        {
            var (value, end, steps, halves) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80), draw.Integer(1, 5));
            return new(new CosineSchedule(value, steps, end, halves / 2.0), t => Cosine(value, end, (double)(Math.Min(t, steps) * halves % (2 * steps)) / steps))
            {
                First = value, End = steps, Last = halves % 2 == 0 ? value : end, Range = Hull(value, end),
            };
        },
        ["cosine, hard restarts"] = draw =>
        {
            var (value, end, steps, halves) = (draw.Moderate(), draw.Of(0, draw.Moderate()), draw.Integer(1, 80), draw.Integer(1, 5));
            return new(
                new CosineSchedule(value, steps, end, halves / 2.0, hardRestarts: true), t => t >= steps ? end : Cosine(value, end, (double)(t * halves % steps) / steps))
            {
                First = value, End = steps, Last = end, Range = Hull(value, end),
            };
        },
        ["restarts, cosine"] = draw => Restarts(draw, RestartCurve.Cosine),
        ["restarts, polynomial"] = draw => Restarts(draw, RestartCurve.Polynomial),
        ["restarts, tanh"] = draw => Restarts(draw, RestartCurve.Tanh),
        ["cyclic"] = draw =>
        {
            var (low, high, up, down, gamma) = (draw.Moderate(), draw.Moderate(), draw.Integer(1, 20), draw.Integer(1, 20), draw.Of(1, 0.98, draw.Fraction()));
            var mode = draw.Of(Enum.GetValues<CyclicMode>());
            return new(Schedule.Cyclic(low, high, up, down, mode, gamma), t =>
            {
                long rest = t % (up + down);
                double height = rest <= up ? (double)rest / up : 1 - ((double)(rest - up) / down);
                double amplitude = mode == CyclicMode.Triangular ? 1 : mode == CyclicMode.Triangular2 ? Math.Pow(2, -(t / (up + down))) : Math.Pow(gamma, t);
                return low + ((high - low) * height * amplitude);
            })
            { First = low, Range = Hull(low, high) };
        },
        ["one-cycle"] = draw =>
        {
            var (first, top, last, steps, pct) = (draw.Moderate(), draw.Moderate(), draw.Moderate(), draw.Integer(12, 90), draw.Of(0.25, 0.3, 0.4));
            bool cosine = draw.Coin(), three = draw.Coin();
            (double End, double From, double To)[] phases = three
                ? [((pct * steps) - 1, first, top), ((2 * pct * steps) - 2, top, first), (steps - 1, first, last)]
                : [((pct * steps) - 1, first, top), (steps - 1, top, last)];
            return new(new OneCycleSchedule(first, top, last, steps, pct, cosine ? AnnealStrategy.Cosine : AnnealStrategy.Linear, three), t =>
            {
                double start = 0, at = Math.Min(t, steps - 1);
                foreach (var (end, from, to) in phases)
                {
                    if (at <= end)
                    {
                        double done = (at - start) / (end - start);
                        return cosine ? Cosine(from, to, done) : from + ((to - from) * done);
                    }

                    start = end;
                }

                return last;
            })
            { First = first, End = steps - 1, Last = last, Range = (Math.Min(first, Math.Min(top, last)), Math.Max(first, Math.Max(top, last))) };
        },
        ["noam"] = draw =>
        {
            var (size, warmup, factor) = (draw.Integer(1, 1024), draw.Integer(1, 40), draw.Moderate());
            return new(
                Schedule.Noam(size, warmup, factor), t => factor * Math.Pow(size, -0.5) * Math.Min(Math.Pow(t + 1.0, -0.5), (t + 1.0) * Math.Pow(warmup, -1.5)));
        },
        ["piecewise"] = draw =>
        {
            long[] steps = [.. Enumerable.Range(0, draw.Integer(1, 6)).Select(_ => (long)draw.Integer(0, 60)).Distinct().Order()];
            double[] values = draw.Numbers(steps.Length, draw.Moderate);
            return new(Schedule.Piecewise(steps, values), t =>
            {
                int i = Array.FindLastIndex(steps, step => step <= t);
                return i < 0 ? values[0] : i == steps.Length - 1 ? values[^1]
                    : values[i] + ((values[i + 1] - values[i]) * (t - steps[i]) / (steps[i + 1] - steps[i]));
            })
            { First = values[0], End = steps[^1], Last = values[^1], Range = (values.Min(), values.Max()) };
        },
        ["warmup"] = draw =>
        {
            var (value, end, warmup, fall) = (draw.Moderate(), draw.Moderate(), draw.Integer(0, 30), draw.Integer(1, 40));
            double? start = draw.Coin() ? null : draw.Of(0, draw.Moderate());
            return new(Schedule.Linear(value, end, fall).AfterWarmup(warmup, startValue: start), t => t >= warmup
                ? value + ((end - value) * Math.Min(t - warmup, fall) / fall)
                : start is { } s ? s + ((value - s) * t / warmup) : value * (t + 1) / warmup)
            {
                First = warmup == 0 ? value : start, End = warmup + fall, Last = end,
                Range = (Math.Min(start ?? Math.Min(0, value), Math.Min(value, end)), Math.Max(start ?? Math.Max(0, value), Math.Max(value, end))),
            };
        },
        ["warmup, constant"] = draw =>
        {
            var (value, warmup, start) = (draw.Moderate(), draw.Integer(1, 30), draw.Coin() ? (double?)null : draw.Moderate());
            return new(Schedule.Constant(value).AfterWarmup(warmup, WarmupCurve.Constant, start), t => t < warmup ? start ?? value / warmup : value)
            {
                First = start, End = warmup, Last = value,
            };
        },
        ["warmup, exponential"] = draw =>
        {
            var (value, warmup) = (draw.Moderate(), draw.Integer(1, 30));
            double start = value * (draw.Fraction() + 1e-3);
            return new(
                Schedule.Constant(value).AfterWarmup(warmup, WarmupCurve.Exponential, start),
                t => t < warmup ? start * Math.Pow(value / start, (double)t / warmup) : value)
            { First = start, End = warmup, Last = value };
        },
        ["warmup, overlapping"] = draw =>
        {
            var (value, steps, warmup, start) = (draw.Moderate(), draw.Integer(30, 80), draw.Integer(0, 20), draw.Moderate());
            return new(Schedule.TimmCosine(value, steps, warmupT: warmup, warmupLrInit: start), t => t < warmup
                ? start + (t * (value - start) / warmup)
                : t < steps ? Cosine(value, 0, (double)t / steps) : 0)
            { First = warmup == 0 ? value : start, End = steps, Last = 0 };
        },
        ["warmup, stable, decay"] = draw =>
        {
            var (peak, end, warmup, stable, decay) = (draw.Moderate(), draw.Moderate(), draw.Integer(1, 20), draw.Integer(0, 20), draw.Integer(1, 20));
            return new(Schedule.WarmupStableDecay(peak, warmup, stable, decay, end), t =>
                t < warmup ? peak * (t + 1) / warmup
                : t < warmup + stable ? peak
                : peak + ((end - peak) * Math.Min(t - warmup - stable, decay) / decay))
            { End = warmup + stable + decay, Last = end };
        },
        ["warmup and cosine"] = draw =>
        {
            var (peak, end, warmup, fall) = (draw.Moderate(), draw.Moderate(), draw.Integer(0, 30), draw.Integer(1, 40));
            return new(
                new WarmupCosineSchedule(peak, warmup, warmup + fall) { EndValue = end },
                t => t < warmup ? peak * (t + 1) / warmup : Cosine(peak, end, (double)Math.Min(t - warmup, fall) / fall))
            { First = warmup == 0 ? peak : null, End = warmup + fall, Last = end };
        },
        ["inverse square root"] = draw =>
        {
            var (peak, warmup) = (draw.Moderate(), draw.Integer(1, 30));
            return new(Schedule.WarmupInverseSqrt(peak, warmup, startValue: 0), t => t < warmup ? peak * t / warmup : peak * Math.Sqrt((double)warmup / t))
            {
                First = 0, Range = Hull(0, peak),
            };
        },
        ["join"] = draw =>
        {
            var (a, b, c, first, second) = (draw.Moderate(), draw.Moderate(), draw.Moderate(), draw.Integer(0, 20), draw.Integer(21, 40));
            return new(
                new JoinSchedule([a, Schedule.Linear(b, c, 7), Schedule.Exponential(c, 0.5)], [first, second]),
                t => t < first ? a : t < second ? b + ((c - b) * Math.Min(t - first, 7) / 7) : c * Math.Pow(0.5, t - second));
        },
        ["product"] = draw =>
        {
            var (a, b) = (draw.Moderate(), draw.Moderate());
            return new(Schedule.Linear(a, 0, 20) * Schedule.Exponential(b, 0.9), t => a * (1 - (Math.Min(t, 20) / 20.0)) * b * Math.Pow(0.9, t)) { First = a * b };
        },
        ["sum"] = draw =>
        {
            var (a, b) = (draw.Moderate(), draw.Moderate());
            return new(Schedule.Linear(a, 0, 20) + b, t => (a * (1 - (Math.Min(t, 20) / 20.0))) + b) { First = a + b, End = 20, Last = b };
        },
        ["clamp"] = draw =>
        {
            double a = draw.Moderate(), low = draw.Moderate(), high = low + draw.Fraction();
            return new(Schedule.Linear(0, a, 50).Clamp(low, high), t => Math.Max(low, Math.Min(high, a * Math.Min(t, 50) / 50))) { Range = (low, high) };
        },
        ["shift"] = draw =>
        {
            var (a, b, shift) = (draw.Moderate(), draw.Moderate(), draw.Integer(-30, 30));
            return new(Schedule.Linear(a, b, 40).Shift(shift), t => a + ((b - a) * Math.Clamp(t - shift, 0, 40) / 40)) { Range = Hull(a, b) };
        },
        ["reduce on plateau, no loss seen"] = draw =>
        {
            double value = draw.Moderate();
            return new(Schedule.ReduceOnPlateau(value), _ => value) { First = value, Range = (value, value) };
        },
    };

    private static TextbookSchedule Restarts(Draw draw, RestartCurve curve)
    {
        // Lengths that a double holds exactly, so that both sides agree on where a cycle begins.
        var (value, end, steps, multiplier) = (draw.Moderate(), draw.Of(0, draw.Moderate()), 16 * draw.Integer(1, 4), draw.Of(1, 1.5, 2, 3));
        var (decay, limit, k, power) = (draw.Of(1, 0.5, draw.Fraction()), draw.Integer(0, 4), draw.Of(1, 2, 0.5), draw.Of(0.5, 1, 2.5));
        var (lower, upper) = (-1 - (5 * draw.Fraction()), 1 + (5 * draw.Fraction()));
        var schedule = new RestartsSchedule(value, steps, end, multiplier, decay, limit, curve, k, power, lower, upper);
        return new(schedule, t =>
        {
            double rest = t, length = steps, top = value;
            int cycle = 0;
            for (; rest >= length; cycle++)
            {
                rest -= length;
                length *= multiplier;
                top *= decay;
            }

            double done = rest / length, late = Math.Pow(done, k);
            double left = curve switch
            {
                RestartCurve.Cosine => (1 + Math.Cos(Math.PI * late)) / 2,
                RestartCurve.Polynomial => Math.Pow(1 - late, power),
                _ => (1 - Math.Tanh((lower * (1 - done)) + (upper * done))) / 2,
            };
            return limit > 0 && cycle >= limit ? end : end + ((top - end) * left);
        })
        {
            First = curve == RestartCurve.Tanh ? null : value,
            End = limit > 0 ? (long)Enumerable.Range(0, limit).Sum(i => steps * Math.Pow(multiplier, i)) : null,
            Last = end,
            Range = (Math.Min(0, Math.Min(value, end)), Math.Max(0, Math.Max(value, end))),
        };
    }

    private static double Cosine(double from, double to, double done) => to + ((from - to) * (1 + Math.Cos(Math.PI * done)) / 2);

    private static (double Low, double High) Hull(double a, double b) => (Math.Min(a, b), Math.Max(a, b));
}
