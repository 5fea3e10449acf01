using System.Globalization;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Tensors;

/// <summary>What is printed does not depend on the user's culture.</summary>
public class TextTests
{
    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void Rules_and_states_print_alike_everywhere(string rule)
    {
        var random = AnyRule.Of(new Draw(1, 100), RuleRegistry.Find(rule)!);
        AlikeEverywhere(() => RuleRegistry.Find(rule)!.Create().ToString());
        AlikeEverywhere(() => random.ToString());
        AlikeEverywhere(() => random.Then(new Scale(0.5)).ToString());
        AlikeEverywhere(() => Optimizer.Init(random, TensorSet.OfArray([0.5, -1.25])).ToString());
    }

    [Fact]
    public void Everything_else_prints_alike_everywhere()
    {
        var set = TensorSet.OfTensors(Tensor.OfScalar("a", 0.5), Tensor.OfSpan<double>(new TensorShape("b", 8), [1.5, 2.5, 3, 4, 5, 6, 7, -1e-300]));
        AlikeEverywhere(() => set.ToString());
        AlikeEverywhere(() => set["b"].ToString());
        AlikeEverywhere(() => set.Layout.ToString());
        AlikeEverywhere(() => Schedule.WarmupCosine(0.5, 2, 10).ToString()!);
        AlikeEverywhere(() => Schedule.Table([0.5, -1.5]).ToString()!);
        AlikeEverywhere(() => Schedule.Constant(-0.5).ToString()!);
        AlikeEverywhere(() => new SlotDeclaration("s", 0.5).Name);
        AlikeEverywhere(() => Optimizer.Minimize(new Sgd(), set, p => Tuple.Create(1.5, p), new StopConditions { MaxSteps = 1 }).ToString());
        AlikeEverywhere(() => Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd { LearningRate = -0.5 }).Message);
        AlikeEverywhere(() => Assert.Throws<ArgumentOutOfRangeException>(() => new ClipByGlobalNorm { NormType = 1.5 }).Message);
    }

    [Fact]
    public void A_set_shows_its_first_elements_and_a_rule_its_hyperparameters()
    {
        Assert.Equal("TensorSet<Double>, 1 tensor, 2 elements: 0 [2] = [0.5, -1.25]", TensorSet.OfArray([0.5, -1.25]).ToString());
        Assert.Equal("TensorSet<Double>, 1 tensor, 1 element: 0 [1] = [0.5]", TensorSet.OfArray([0.5]).ToString());
        Assert.Equal("0 [8] = [0, 1, 2, 3, 4, 5, ...]", TensorSet.Generate<float>(Layout.OfVector(8), i => i)[0].ToString());
        Assert.Equal("Scale { Factor = -0.5 }", new Scale(-0.5).ToString());
        Assert.Equal("Chain { Scale { Factor = 2 }, ClipByValue { ClipValue = 1 } }", new Scale(2).Then(new ClipByValue()).ToString());
        Assert.Equal("Identity { }", new Identity().ToString());
    }

    internal static void AlikeEverywhere(Func<string> text)
    {
        var culture = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "~";
        string expected = text();
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.Equal("~0,5", (-0.5).ToString(comma));
            Assert.Equal(expected, text());
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
