using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/own-rule.md.</summary>
public class OwnRuleExample
{
    [Fact]
    public void Rules_of_terms_keep_the_laws_and_compose()
    {
        // u = lr g / sqrt(|g| + eps): the gradient, its size compressed.
        var compressed = new ElementRule("compressed", e => e.Update(e.LearningRate * e.Gradient / Term.Sqrt(Term.Abs(e.Gradient) + 1e-8)))
        {
            LearningRate = 0.01,
        };

        LawSuite.For(compressed, new LawOptions { Cases = 20, IsElementwise = true, IsOdd = true }).Assert();

        // The gradient where it agrees with the running mean of gradients, else nothing.
        var patient = new ElementRule("patient", ["mean"], e =>
        {
            var mean = (0.9 * e["mean"]) + (0.1 * e.Gradient);
            return e.Update(Term.WherePositive(mean * e.Gradient, e.LearningRate * e.Gradient, Term.Constant(0))).Keep("mean", mean);
        })
        {
            LearningRate = Schedule.Cosine(0.1, 1000),
        };

        LawSuite.For(patient, new LawOptions { Cases = 40, IsElementwise = true, IsOdd = true }).Assert();

        var whole = new Lookahead(new ClipByGlobalNorm(1).Then(patient));

        var state = Optimizer.Fold(Optimizer.Init(whole, TensorSet.OfArray([1.0, -2])), 100, p => p);
        Assert.True(state.Parameters.Norm() < 0.5, state.ToString());
        Assert.Contains("mean", state.Slots.Keys);
    }

    [Fact]
    public void Rules_of_whole_tensors_keep_the_laws()
    {
        // g / |g| of each tensor: its direction, as Optax and Optimisers.jl write it.
        var normalized = new TensorRule("normalized", t => t.Update(t.LearningRate * t.Gradient / (t.Norm + 1e-12))) { LearningRate = 0.1 };

        // A mean of gradients, whose step is as long as a share of the parameters' norm: LAMB's trust ratio.
        var trusting = new TensorRule("trusting", ["mean"], hyper: [("Beta1", 0.9)], t =>
        {
            double beta = t.Hyper("Beta1");
            var mean = (beta * t["mean"]) + ((1 - beta) * t.Gradient);
            double ratio = mean.Norm > 0 ? t.Parameter.Norm / mean.Norm : 0;
            return t.Update(t.LearningRate * ratio * mean).Keep("mean", mean);
        })
        {
            LearningRate = 0.01,
        };

        LawSuite.For(normalized, new LawOptions { Cases = 10, IsOdd = true }).Assert();
        LawSuite.For(trusting, new LawOptions { Cases = 10, IsOdd = true }).Assert();
        Assert.Equal("TensorRule { Name = trusting, Beta1 = 0.95, LearningRate = 0.01 }", trusting.Adjust("Beta1", 0.95).ToString());
    }

    [Fact]
    public void A_declared_rule_keeps_the_laws_and_refuses_what_is_out_of_range()
    {
        var rule = new SoftSign().WithLearningRate(Schedule.Linear(0.1, 0.01, 300)).WithBeta(0.95);

        LawSuite.For(new SoftSign(), new LawOptions { Cases = 20, IsElementwise = true, IsOdd = true }).Assert();
        Assert.Equal(["exp_avg"], rule.DeclareSlots().Select(slot => slot.Name));
        Assert.StartsWith("Beta must be in [0, 1), was 1.5.", Assert.Throws<ArgumentOutOfRangeException>(() => rule.WithBeta(1.5)).Message, StringComparison.Ordinal);
    }
}

/// <summary>The mean gradient, softened.</summary>
/// <formula>
/// m = b m + (1 - b) g
/// p -= lr m / (|m| + d)
/// </formula>
[Rule]
public sealed partial record SoftSign : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>b, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0.9;

    /// <summary>d, below which a step is proportional, more than 0. Default 0.1.</summary>
    [Range(Bounds.Positive)] public partial double Softness { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => SoftSignFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new SoftSignFormula<T>(at.LearningRate, at.Beta, Softness));
    }
}

/// <summary>The arithmetic of <see cref="SoftSign"/>.</summary>
[Formula]
internal readonly partial struct SoftSignFormula<T>(double rate, double beta, double softness)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> mean = new(beta);
    private readonly T rate = T.CreateTruncating(rate), softness = T.CreateTruncating(softness);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg)
        where L : struct, ILane<L, T>
    {
        exp_avg = mean.Next(exp_avg, g);
        return exp_avg * rate / (L.Abs(exp_avg) + L.Broadcast(softness));
    }
}
