namespace Optim.Laws;

/// <summary>Random schedules of every kind, whose values stay in the given range.</summary>
internal static class AnySchedule
{
    /// <param name="draw">The source of randomness.</param>
    /// <param name="number">Draws a number in range; the range has no gaps.</param>
    /// <param name="depth">The nesting depth.</param>
    public static Schedule Of(Draw draw, Func<double> number, int depth = 2)
    {
        double a = number(), b = number();
        if (!double.IsFinite(a) || !double.IsFinite(b))
        {
            return a;
        }

        Schedule Inner() => Of(draw, number, depth - 1);
        return draw.Integer(0, depth > 0 ? 24 : 17) switch
        {
            0 => a,
            1 => Schedule.Table(draw.Numbers(draw.Integer(1, 12), () => draw.Of(a, b))),
            2 => Schedule.ConstantFactor(a, draw.Fraction(), draw.Integer(0, 9)).Clamp(Math.Min(a, b), Math.Max(a, b)),
            3 => Schedule.Step(a, draw.Integer(1, 9), draw.Fraction()).Clamp(Math.Min(a, b), Math.Max(a, b)),
            4 => Schedule.MultiStep(a, Ascending(draw, 3), draw.Fraction()).Clamp(Math.Min(a, b), Math.Max(a, b)),
            5 => Schedule.Exponential(a, 0.8 + (0.4 * draw.Fraction()), draw.Integer(1, 3), draw.Coin()).Clamp(Math.Min(a, b), Math.Max(a, b)),
            6 => Schedule.NaturalExponential(a, draw.Fraction()).Clamp(Math.Min(a, b), Math.Max(a, b)),
            7 => Schedule.InverseTime(a, draw.Fraction(), draw.Integer(1, 9), draw.Of(0.5, 1, draw.Fraction())).Clamp(Math.Min(a, b), Math.Max(a, b)),
            8 => Schedule.Linear(a, b, draw.Integer(1, 30)),
            9 => draw.Integer(0, 2) switch
            {
                0 => Schedule.RootDecay(a, draw.Integer(1, 30), draw.Of(0.5, 1, 2), b),
                1 => Schedule.Rex(a, draw.Integer(1, 30), b),
                _ => Schedule.Polynomial(a, draw.Integer(1, 30), draw.Of(0.5, 1, 2), b),
            },
            10 => new CosineSchedule(a, draw.Integer(1, 30), b, draw.Of(0.5, 1, 1.5), draw.Coin(), draw.Coin(), draw.Of(1, 1, 0.5, 2)),
            11 => new RestartsSchedule(
                a, draw.Integer(1, 12), b, draw.Of(1, 1.5, 2), cycleLimit: draw.Integer(0, 3), curve: draw.Of(Enum.GetValues<RestartCurve>()), kDecay: draw.Of(1, 2)),
            12 => Schedule.Cyclic(a, b, draw.Integer(1, 9), draw.Integer(1, 9), draw.Of(Enum.GetValues<CyclicMode>()), 0.9 + (0.1 * draw.Fraction())),
            13 => new OneCycleSchedule(a, b, a, draw.Integer(8, 30), 0.3, draw.Of(Enum.GetValues<AnnealStrategy>()), draw.Coin()),
            14 => Schedule.Noam(draw.Integer(1, 64), draw.Integer(1, 12)).Clamp(Math.Min(a, b), Math.Max(a, b)),
            15 => Schedule.Piecewise(Ascending(draw, 2), [a, b], draw.Of(Enum.GetValues<AnnealStrategy>())),
            16 => new WarmupCosineSchedule(a, draw.Integer(0, 4), draw.Integer(5, 20)) { StartValue = b, EndValue = b },
            17 => Schedule.ReduceOnPlateau(a, draw.Fraction(), draw.Integer(0, 3), minValue: Math.Min(a, b), requiresLoss: false).Clamp(Math.Min(a, b), Math.Max(a, b)),
            18 => Inner().Then(Inner(), draw.Integer(0, 12)),
            19 => (Inner() * Inner()).Clamp(Math.Min(a, b), Math.Max(a, b)),
            20 => (Inner() + Inner()).Clamp(Math.Min(a, b), Math.Max(a, b)),
            21 => Inner().Shift(draw.Integer(-12, 12)),
            22 => Inner().AfterWarmup(draw.Integer(0, 6), draw.Of(WarmupCurve.Linear, WarmupCurve.Constant), a),
            23 => new WarmupSchedule(Inner(), draw.Integer(0, 6), startValue: a, overlap: true),
            _ => Inner().Scale(draw.Fraction()).Clamp(Math.Min(a, b), Math.Max(a, b)),
        };
    }

    /// <summary>Ascending steps from 1 on.</summary>
    private static long[] Ascending(Draw draw, int count)
    {
        long step = 0;
        return [.. Enumerable.Range(0, count).Select(_ => step += draw.Integer(1, 12))];
    }
}
