namespace Optim.Execution;

/// <summary>Two ways to go on in a plan, both prepared; which one is known when the update is.</summary>
internal sealed class Choice<T>(Func<Whole<T>, bool> condition, Branch<T> whenTrue, Branch<T> whenFalse)
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
{
    /// <summary>Decides, and says what is to be done.</summary>
    public IReadOnlyList<object> Decide(Pass<T> pass, in Streams<T> streams)
    {
        var branch = condition(new Whole<T>(pass, streams, 0, 0)) ? whenTrue : whenFalse;
        branch.Begin();
        return branch.Items;
    }
}

/// <summary>One of the ways.</summary>
/// <param name="Items">What it does.</param>
/// <param name="Begin">Makes its scalars those of the state after the step.</param>
internal sealed record Branch<T>(List<object> Items, Action Begin)
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>;
