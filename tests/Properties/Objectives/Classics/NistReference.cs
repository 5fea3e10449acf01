namespace Optim.Properties.Objectives.Classics;

/// <summary>Fits of the National Institute of Standards and Technology's Statistical Reference Datasets (StRD), nonlinear regression, whose certified values are known to 11 digits.</summary>
internal static class NistReference
{
    private static readonly double[] MisraY = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78];

    private static readonly double[] MisraX = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0];

    /// <summary>Misra 1978, dental research in monomolecular adsorption: <c>y = b1 (1 - exp(-b2 x))</c>, from the first of two starts.</summary>
    public static ClassicProblem Misra1a { get; } = Misra("500, 0.0001", 500, 1e-4);

    /// <summary>The same from both starts.</summary>
    public static IReadOnlyList<ClassicProblem> All { get; } = [Misra1a, Misra("250, 0.0005", 250, 5e-4)];

    private static ClassicProblem Misra(string from, double b1, double b2) => new(
        $"Misra1a from ({from})", [b1, b2], [0.12455138894], b => MisraX.Zip(MisraY, (x, y) => y - (b[0] * (1 - Dual.Exp(-b[1] * x)))));
}
