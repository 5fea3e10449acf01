namespace Optim;

/// <summary>
/// Marks a rule whose common parts are generated: setters that check ranges (<see cref="RangeAttribute"/>, <see cref="AtLeastAttribute"/>), a <c>With...</c>
/// method for each hyperparameter, and <c>At(plan)</c>, the schedules' values at a step.
/// </summary>
/// <remarks>
/// The record is <c>partial</c> and derives from <see cref="Rule"/>. Its documentation may say more in tags of its own: <c>formula</c>, <c>paper</c>,
/// <c>definition</c> (whose, where there are several) and <c>differs</c> (what others do otherwise); they become remarks, for editors to show.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class RuleAttribute : Attribute;
