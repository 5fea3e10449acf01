namespace Optim;

/// <summary>The sign of the update.</summary>
/// <formula>u = sign(u)</formula>
/// <paper>Bernstein, Wang, Azizzadenesheli and Anandkumar 2018, signSGD: Compressed Optimisation for Non-Convex Problems</paper>
/// <definition>the sign of 0 is 0, that of NaN NaN; Optax's scale_by_sign</definition>
/// <remarks>The piece of <see cref="SignSgd"/>.</remarks>
[RegisteredRule("sign", "sign")]
public sealed partial record SignOfUpdate : Rule
{
    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Apply(default(SignFormula<T>));
    }
}
