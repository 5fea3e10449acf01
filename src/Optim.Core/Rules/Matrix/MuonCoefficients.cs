using Optim.LinearAlgebra;

namespace Optim;

/// <summary>Coefficients of Newton-Schulz for <see cref="Muon.Coefficients"/>: a, b and c of each iteration in turn, the last three those of all that follow.</summary>
public static class MuonCoefficients
{
    /// <summary>Jordan 2024's: one for all iterations, singular values end between about 0.68 and 1.2.</summary>
    public static IReadOnlyList<double> Original => NewtonSchulz.Original;

    /// <summary>You 2025's, one for each of five iterations: singular values end nearer to 1. The <c>quintic</c> of pytorch-image-models, the <c>dion</c> of Optax.</summary>
    public static IReadOnlyList<double> Quintic { get; } = Array.AsReadOnly(
    [
        4.0848, -6.8946, 2.9270, 3.9505, -6.3029, 2.6377, 3.7418, -5.5913, 2.3037, 2.8769, -3.1427, 1.2046, 2.8366, -3.0525, 1.2012,
    ]);

    /// <summary>Amsel et al. 2025, The Polar Express: the best for each of eight iterations, for a <see cref="Muon.SafetyFactor"/> of 1.01; as in pytorch-image-models.</summary>
    public static IReadOnlyList<double> PolarExpress { get; } = Array.AsReadOnly(
    [
        8.237312490495555, -23.157747414558198, 16.680568411445915, 4.082441999064835, -2.893047735332586, 0.5252849256975648,
        3.9263479922546582, -2.8547468034765298, 0.5318022422894988, 3.2982187133085143, -2.424541981026706, 0.48632008358844075,
        2.2970369434552573, -1.63662558125903, 0.4002628455953627, 1.8763805351440397, -1.2347896577722228, 0.35891887501668385,
        1.8564423485617974, -1.2132449880935525, 0.3568003487825883, 1.8749994008682747, -1.2499988017229169, 0.3749994008546422,
    ]);

    /// <summary>Those with a larger margin against rounding, for a <see cref="Muon.SafetyFactor"/> of 1.02; <c>polar_express_safer</c> of pytorch-image-models.</summary>
    public static IReadOnlyList<double> PolarExpressSafer { get; } = Array.AsReadOnly(
    [
        8.156554524902461, -22.48329292557795, 15.878769915207462, 4.0429299351667245, -2.808917465908704, 0.5000178451051299,
        3.8916678022926563, -2.7724841532176825, 0.5060648178503389, 3.285753657755658, -2.3681294933425394, 0.46449024233001117,
        2.3005307116270983, -1.6111665557258408, 0.3833374427545273, 1.8631210546382593, -1.2042160621002727, 0.3421879560523383,
        1.8382572152247512, -1.1779263289537742, 0.3396513038637379, 1.8749999923301852, -1.2499999836060613, 0.374999991275876,
    ]);

    /// <summary>Copies coefficients, each of which must be finite.</summary>
    internal static ValueList<double> Checked(IReadOnlyList<double> value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return new(value.Select(coefficient => Constraint.Finite.Check(coefficient, name)));
    }

    /// <summary>Refuses lists that are not of threes.</summary>
    internal static void RequireTriples(IReadOnlyList<double> coefficients, string name)
    {
        if (coefficients.Count == 0 || coefficients.Count % 3 != 0)
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} must hold three numbers for each iteration, one iteration or more, was a list of {coefficients.Count}."));
        }
    }
}
