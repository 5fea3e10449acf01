namespace Optim;

/// <summary>The update as it is.</summary>
/// <formula>u = u</formula>
/// <paper>none</paper>
/// <definition>our own</definition>
[RegisteredRule("identity", "identity", Family = "Transforms")]
public sealed partial record Identity : Rule
{
    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => ArgumentNullException.ThrowIfNull(plan);
}
