namespace Optim.Generators;

/// <summary>All of a formula that its generated part depends on; two of the same text are equal.</summary>
/// <param name="Type">The struct.</param>
/// <param name="Element">Its type parameter: <c>T</c>.</param>
/// <param name="TakesParameter">Whether its arithmetic takes the parameter beside the update.</param>
/// <param name="Slots">Its slots, in order.</param>
/// <param name="Problems">What is wrong with it.</param>
internal sealed record FormulaModel(Declared Type, string Element, bool TakesParameter, EquatableArray<Slot> Slots, EquatableArray<Problem> Problems);

/// <summary>A slot of a formula.</summary>
/// <param name="Name">The name under which a state keeps it.</param>
/// <param name="IsRead">Whether what it held is used: <c>ref</c>; <c>out</c> otherwise.</param>
internal sealed record Slot(string Name, bool IsRead);
