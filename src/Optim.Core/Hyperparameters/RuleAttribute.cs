namespace Optim;

/// <summary>
/// Marks a rule whose boilerplate is generated: range-checking setters (<see cref="RangeAttribute"/>, <see cref="AtLeastAttribute"/>), a <c>With...</c>
/// method for each hyperparameter, and <c>At(plan)</c>, the schedules' values at a step.
/// </summary>
/// <remarks>
/// The record is <c>partial</c> and derives from <see cref="Rule"/>. Its documentation may have additional tags: <c>formula</c>, <c>paper</c>,
/// <c>definition</c> (whose, if there are several) and <c>differs</c> (what others do differently); they become remarks, shown by editors.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class RuleAttribute : Attribute;
