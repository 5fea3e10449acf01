using Optim.Execution;

namespace Optim.Properties.Checking;

/// <summary>Two rules in a row, and nobody asks whether they go together: for what a plan does with any rules, and for what would come of those that are refused.</summary>
internal sealed record Unchecked(Rule First, Rule Second) : Rule
{
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. First.DeclareSlots(), .. Second.DeclareSlots()];

    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. First.AllScalars(), .. Second.AllScalars()];

    public override void Prepare<T>(Plan<T> plan)
    {
        plan.Prepare(First);
        plan.Prepare(Second);
    }

    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state) => state.EvaluationParameters(First, 0, 0, state.Step);
}
