using Optim.LineSearches;

namespace Optim;

/// <summary>Along the negative gradient, as far as a line search says: gradient descent without a learning rate to tune.</summary>
/// <formula>
/// t by a line search along -g that begins at growth times the last step, the first one at lr min(1, 1 / |g|_1)
/// p = p - t g
/// </formula>
/// <paper>Cauchy 1847; Armijo 1966, Minimization of functions having Lipschitz continuous first partial derivatives</paper>
/// <definition>backtracking from twice the last step</definition>
/// <remarks>
/// For deterministic objectives: each step evaluates the objective, on the whole data, by <see cref="Optimizer.StepOn"/> or <see cref="Optimizer.Minimize{T}"/>. It is the yardstick for <see cref="NonlinearConjugateGradient"/> and <see cref="Lbfgs"/>,
/// which need far fewer evaluations. Where a search fails nothing moves, and <see cref="Optimizer.Minimize{T}"/> ends with <see cref="ExitReason.NoProgress"/>. A loss or gradient that is not finite ends the step with an
/// <see cref="ArithmeticException"/>, the state untouched. Slots: none. Scalars: <c>t</c> (the last step; 0 before the first), <c>func_evals</c>, <c>line_search_failures</c>.
/// </remarks>
[RegisteredRule("gradient_descent", "Gradient descent with a line search", StartingRate = 1, IsElementwise = false, NeedsObjective = true, IsComputeBound = true, IsForFullBatches = true)]
public sealed partial record GradientDescent : Rule
{
    /// <summary>lr, what the first step to try is multiplied by; 0 or more, and at 0 nothing moves. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>How many times the last step a search begins at, 1 or more. Default 2.</summary>
    [Range(Bounds.AtLeastOne)] public partial double Growth { get; init; } = 2;

    /// <summary>How far a step goes. Default <see cref="Backtracking"/>.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public LineSearch LineSearch { get; init => field = value ?? throw new ArgumentNullException(nameof(LineSearch)); } = new Backtracking();

    /// <inheritdoc/>
    public override void Validate() => LineSearch.RequireSearch(nameof(GradientDescent));

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("t"), .. SearchTally.Scalars];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { EvaluatesObjective = true, OwnPoint = "how far its own last step went" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.MoveByObjective(nameof(GradientDescent), 0, (context, objective) => new Descending<T>(this, context, objective).Run(at.LearningRate));
    }

    private sealed class Descending<T>(GradientDescent rule, TensorStepContext<T> context, StepObjective<T> objective) : DirectionLine<T>(context, objective)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private TensorSet<T> downhill = null!;

        /// <inheritdoc/>
        protected override ReadOnlySpan<T> Direction => downhill.Span;

        public void Run(double rate)
        {
            var start = Start();
            (Origin, downhill) = (start.Position, start.Gradient.Scale(-T.One));
            start = start with { Slope = Dot(start.Gradient.Span, Direction) };
            double last = Context.Scalar("t"), first = last > 0 ? Math.Min(rule.Growth * last, double.MaxValue) : rate * FirstStep(start.Gradient);
            var result = start.Slope < 0 && rate > 0 ? rule.LineSearch.Search(this, start, first, 0) : new(start, 0, Holds: true);
            result.Point.Position.Span.CopyTo(Context.ChangeUpdate());
            Context.SetScalar("t", result.Point.Step > 0 ? result.Point.Step : last);
            SearchTally.Add(Context, 1 + result.Evaluations, result.Holds || !MayGoOn ? 0 : 1);
        }
    }
}
