namespace Optim;

/// <summary>A tensor set that a rule keeps between steps, of the parameters' layout.</summary>
/// <param name="Name">The name under which it appears in <see cref="OptimizerState{T}.Slots"/>; PyTorch's where PyTorch has it. A repeated name in a chain gets the suffix <c>.2</c>, <c>.3</c>, ...</param>
/// <param name="Initial">The value of every element before the first step.</param>
public sealed record SlotDeclaration(string Name, double Initial = 0);

/// <summary>A number that a rule keeps between steps.</summary>
/// <param name="Name">The name under which it appears in <see cref="OptimizerState{T}.Scalars"/>.</param>
/// <param name="Initial">The value before the first step.</param>
public sealed record ScalarDeclaration(string Name, double Initial = 0);
