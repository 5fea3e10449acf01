using MathNet.Numerics.LinearAlgebra;

namespace Optim.CSharp;

/// <summary>The options of <see cref="Minimizer.FitLeastSquares(Func{Vector{double}, Vector{double}}, Vector{double}, LeastSquaresOptions?)"/>.</summary>
public sealed class LeastSquaresOptions
{
    /// <summary>
    /// From parameters to the derivatives of the residuals: a row for each residual, a column for each parameter. Default null: by central differences, with steps of 6e-6 of each parameter, within the bounds;
    /// two evaluations a parameter.
    /// </summary>
    public Func<Vector<double>, Matrix<double>>? Jacobian { get; init; }

    /// <summary>What the square of each residual is multiplied by; 0 or more, one for each residual. The inverse of an observation's variance is usual. Default null: 1 each.</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>The parameters' names, for the summary; one for each. Default null: b1, b2, ...</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>The most iterations, 1 or more. Default 2000.</summary>
    public int MaxIterations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MaxIterations));
            field = value;
        }
    }

    = 2000;

    /// <summary>A step whose scaled length is at most this times that of the parameters ends the fit; more than 0. Default 1e-13.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not more than 0 and finite.</exception>
    public double StepTolerance { get; init => field = Constraint.Positive.Check(value); } = 1e-13;

    /// <summary>The cosine of the angle between the residuals and each column of the Jacobian, at or below which the fit ends; 0 or more. Default 1e-13.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not 0 or more and finite.</exception>
    public double GradientTolerance { get; init => field = Constraint.NonNegative.Check(value); } = 1e-13;
}
