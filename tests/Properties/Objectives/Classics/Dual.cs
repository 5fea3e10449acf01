namespace Optim.Properties.Objectives.Classics;

/// <summary>A number and its derivatives by the parameters: gradients without a formula of their own, and without differences.</summary>
internal readonly struct Dual(double value, double[] slopes)
{
    public double Value { get; } = value;

    public IReadOnlyList<double> Slopes => slopes;

    public static Dual operator +(Dual a, Dual b) => Of(a, b, a.Value + b.Value, 1, 1);

    public static Dual operator +(Dual a, double b) => Of(a, a.Value + b, 1);

    public static Dual operator +(double a, Dual b) => b + a;

    public static Dual operator -(Dual a, Dual b) => Of(a, b, a.Value - b.Value, 1, -1);

    public static Dual operator -(Dual a, double b) => a + -b;

    public static Dual operator -(double a, Dual b) => Of(b, a - b.Value, -1);

    public static Dual operator -(Dual a) => Of(a, -a.Value, -1);

    public static Dual operator *(Dual a, Dual b) => Of(a, b, a.Value * b.Value, b.Value, a.Value);

    public static Dual operator *(Dual a, double b) => Of(a, a.Value * b, b);

    public static Dual operator *(double a, Dual b) => b * a;

    public static Dual operator /(Dual a, Dual b) => Of(a, b, a.Value / b.Value, 1 / b.Value, -a.Value / (b.Value * b.Value));

    public static Dual operator /(Dual a, double b) => Of(a, a.Value / b, 1 / b);

    public static Dual operator /(double a, Dual b) => Of(b, a / b.Value, -a / (b.Value * b.Value));

    /// <summary>The parameters themselves, each with a slope of 1.</summary>
    public static Dual[] Parameters(ReadOnlySpan<double> x)
    {
        var result = new Dual[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double[] slopes = new double[x.Length];
            slopes[i] = 1;
            result[i] = new(x[i], slopes);
        }

        return result;
    }

    public static Dual Exp(Dual a) => Of(a, Math.Exp(a.Value), Math.Exp(a.Value));

    public static Dual Log(Dual a) => Of(a, Math.Log(a.Value), 1 / a.Value);

    public static Dual Sin(Dual a) => Of(a, Math.Sin(a.Value), Math.Cos(a.Value));

    public static Dual Cos(Dual a) => Of(a, Math.Cos(a.Value), -Math.Sin(a.Value));

    public static Dual Atan(Dual a) => Of(a, Math.Atan(a.Value), 1 / (1 + (a.Value * a.Value)));

    public static Dual Sqrt(Dual a) => Of(a, Math.Sqrt(a.Value), 0.5 / Math.Sqrt(a.Value));

    public static Dual Square(Dual a) => a * a;

    public static Dual Power(Dual a, int exponent) => Of(a, Math.Pow(a.Value, exponent), exponent * Math.Pow(a.Value, exponent - 1));

    /// <summary>a to a power that is a parameter too; a is more than 0.</summary>
    public static Dual Power(double a, Dual exponent) => Exp(exponent * Math.Log(a));

    private static Dual Of(Dual a, double value, double by)
    {
        double[] slopes = new double[a.Slopes.Count];
        for (int i = 0; i < slopes.Length; i++)
        {
            slopes[i] = by * a.Slopes[i];
        }

        return new(value, slopes);
    }

    private static Dual Of(Dual a, Dual b, double value, double byA, double byB)
    {
        double[] slopes = new double[a.Slopes.Count];
        for (int i = 0; i < slopes.Length; i++)
        {
            slopes[i] = (byA * a.Slopes[i]) + (byB * b.Slopes[i]);
        }

        return new(value, slopes);
    }
}
