using Optim.CSharp;
using Optim.Properties.Checking;
using Optim.Properties.Checkpoints;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Law 60: a selector that fits nothing is an error, unless said to be fine.</summary>
public class SelectorFitTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Parameters = TensorSet.OfTensors(Given.Vector("bias", 1.0, 2), Given.Vector("weight", 3.0));

    public static TheoryData<string> Holders => ["NoDecayOn", "Freeze", "Masked", "Partition", "inside"];

    [Theory]
    [MemberData(nameof(Holders))]
    public void A_name_misspelt_is_refused_with_the_nearest_names(string name)
    {
        Func<TensorSelector, Rule> holder = name switch
        {
            "NoDecayOn" => tensors => new AdamW { WeightDecay = 0.1 }.NoDecayOn(tensors),
            "Freeze" => tensors => new Freeze(new Sgd(), tensors),
            "Masked" => tensors => new Masked(new Sgd(), tensors),
            "Partition" => tensors => new Partition(new ParameterGroup(tensors, new Sgd()), new ParameterGroup(TensorSelector.All, new Adam())),
            _ => tensors => new Accumulate(new ClipByGlobalNorm(1).Then(new Lookahead(new Freeze(new Sgd(), tensors)))),
        };
        foreach (var begin in new Action<Rule>[]
        {
            rule => Optimizer.Init(rule, Parameters),
            rule => InPlaceOptimizer.Create(rule, Parameter.Of("bias", [1.0]), Parameter.Of("weight", [1.0])).Dispose(),
        })
        {
            var error = Assert.Throws<ArgumentException>(() => begin(holder(TensorSelector.Named("*.bias"))));
            Assert.Contains("'*.bias' fits none: the nearest are 'bias', 'weight'", error.Message, StringComparison.Ordinal);
            begin(holder(TensorSelector.Named("*.bias").OrNone()));
            begin(holder(TensorSelector.Named("bias")));
            begin(holder(TensorSelector.Named("*.bias").Or(TensorSelector.Named("bias"))));
            begin(holder(TensorSelector.None));
        }
    }

    [Fact]
    public void A_state_goes_on_with_selectors_that_fit_alone()
    {
        var state = Optimizer.Init(new Freeze(new Sgd(), TensorSelector.Named("bias")), Parameters);
        Refused.With<ArgumentException>("'head' fits none", () => state.WithRule(new Freeze(new Sgd(), TensorSelector.Named("head"))));
    }

    [Fact]
    public void What_was_said_to_be_fine_fits_the_same_tensors_and_is_kept_in_files() => Law.Check(
        output, Cases.Of(AnyRule.Tensors), selector =>
        {
            var optional = selector.OrNone();
            Assert.Equal(optional, optional.OrNone());
            Assert.All(Parameters.Layout, shape => Assert.Equal(selector.Takes(shape), optional.Takes(shape)));
            var rule = new Freeze(new Sgd(), optional);
            Assert.Equal(rule, InMemory.Loaded<double>(InMemory.Saved(Optimizer.Init(rule, Parameters))).Rule);
        });
}
