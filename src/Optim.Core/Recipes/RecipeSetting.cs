namespace Optim;

/// <summary>One number of a recipe, with its source.</summary>
/// <param name="Name">What it is: <c>learning rate</c>.</param>
/// <param name="Value">The value, or how it depends on the arguments.</param>
/// <param name="Source">Paper and year, with the table or section; or "our choice", with the reason.</param>
public sealed record RecipeSetting(string Name, string Value, string Source)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(RecipeSetting), PrintMembers);
}
