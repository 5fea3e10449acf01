namespace Optim;

/// <summary>What rules say of themselves that let another one see some of the tensors.</summary>
internal static class SomeTensors
{
    /// <summary>What they are to the rules inside.</summary>
    public static Composition Composition { get; } = new() { KeepsObjectiveOut = KeepObjectiveOut, KeepsScaledGradientsOut = ScaledGradients.KeepWhole };

    private const string KeepObjectiveOut = "the objective takes all tensors, and a rule in it sees some of them alone; one that evaluates the objective has all of them, as in new Sam(new Freeze(...))";
}
