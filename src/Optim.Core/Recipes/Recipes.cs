namespace Optim;

/// <summary>Optimizers with the hyperparameters and schedules of well-known papers, as rules: what people train such a model with.</summary>
/// <remarks>
/// A recipe is an ordinary rule: it can be read, compared, adjusted (<see cref="Rule.Adjust"/>) and chained. <see cref="RecipeRegistry"/> gives the source of
/// every number; <c>optim recipes</c> and docs/recipes.md show them. Steps are steps of the optimizer, not epochs and not passes over a part of a batch.
/// Where a warmup was not asked for by number it is the paper's, or a tenth of the run where that is shorter (our choice). Warmups begin at the
/// peak divided by their steps; papers whose code begins at 0 lose their first step.
/// </remarks>
public static partial class Recipes
{
    /// <summary>Biases and the parameters of normalisation layers, by the usual names: <c>*bias</c>, <c>*norm*</c>, <c>*Norm*</c>.</summary>
    /// <remarks>Where yours have other names, give a selector of your own: <c>TensorSelector.OfRank(0, 1)</c> takes them by their shape.</remarks>
    public static TensorSelector BiasesAndNorms { get; } = TensorSelector.Named("*bias", "*norm*", "*Norm*").OrNone();

    private static Rule Excepting(Rule rule, TensorSelector? withoutDecay) =>
        TensorSelector.None.Equals(withoutDecay) ? rule : rule.NoDecayOn(withoutDecay ?? BiasesAndNorms);

    /// <summary>The warmup asked for, or else the paper's, or else a tenth of the run.</summary>
    private static long Warmup(long? warmupSteps, long usual, long totalSteps)
    {
        Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps));
        if (warmupSteps is not { } asked)
        {
            return Math.Min(usual, totalSteps / 10);
        }

        return Constraint.CheckSteps(asked, 0, nameof(warmupSteps)) < totalSteps
            ? asked
            : throw new ArgumentOutOfRangeException(
                nameof(warmupSteps), FormattableString.Invariant($"{nameof(warmupSteps)} must be less than totalSteps, {totalSteps}, was {asked}."));
    }

    /// <summary>A fraction of the run, rounded down.</summary>
    private static long Part(long totalSteps, int numerator, int denominator) => (long)((Int128)totalSteps * numerator / denominator);
}
