namespace Optim;

/// <summary>What rules say of themselves that let another one see some of the tensors.</summary>
internal static class SomeTensors
{
    /// <summary>See <see cref="Composition.KeepsObjectiveOut"/>.</summary>
    public const string KeepObjectiveOut = "the objective takes all tensors, and a rule in it sees some of them alone; one that evaluates the objective has all of them, as in new Sam(new Freeze(...))";
}
