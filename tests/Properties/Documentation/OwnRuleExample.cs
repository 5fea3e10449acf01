using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/own-rule.md.</summary>
public class OwnRuleExample
{
    [Fact]
    public void Rules_of_terms_keep_the_laws_and_compose()
    {
        // u = lr g / sqrt(|g| + eps): the gradient, its size compressed.
        var compressed = new ElementRule("compressed", [], e => e.Update(e.LearningRate * e.Gradient / Term.Sqrt(Term.Abs(e.Gradient) + 1e-8)))
        {
            LearningRate = 0.01,
        };

        LawSuite.For(compressed, new LawOptions { Cases = 20, IsElementwise = true, IsOdd = true }).Assert();

        // The gradient where it agrees with the running mean of gradients, else nothing.
        var patient = new ElementRule("patient", [new SlotDeclaration("mean")], e =>
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
}
