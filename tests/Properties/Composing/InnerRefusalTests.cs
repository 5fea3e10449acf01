using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Composing;

/// <summary>What a rule inside another one refuses is refused by the whole: its hyperparameters, its layout, and the same of the rule around it.</summary>
public class InnerRefusalTests
{
    /// <summary>Each place where a rule of the registry has another one inside.</summary>
    public static TheoryData<string, int> Places
    {
        get
        {
            var places = new TheoryData<string, int>();
            foreach (var entry in RuleRegistry.All)
            {
                for (int i = 0; i < entry.Create().DeclareInner().Count; i++)
                {
                    places.Add(entry.Name, i);
                }
            }

            return places;
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_rule_inside_is_validated_with_the_whole(string name, int place)
    {
        var layout = Layout.OfSequence([new TensorShape("w", 3, 4), new TensorShape("b", 4)]);
        Assert.Contains("Picky will not have its parameter", Assert.Throws<ArgumentException>(With(new Picky(MayValidate: false)).Validate).Message, StringComparison.Ordinal);
        var rule = With(new Picky(MayValidate: true));
        rule.Validate();
        Assert.Contains("Picky will not have its layout", Assert.Throws<ArgumentException>(() => rule.ValidateFor(layout)).Message, StringComparison.Ordinal);

        Rule With(Rule inside)
        {
            var whole = RuleRegistry.Find(name)!.Create();
            Rule[] inner = [.. whole.DeclareInner().Select(one => one.Rule)];
            inner[place] = inside;
            return whole.ReplaceInner(inner);
        }
    }

    private sealed record Picky(bool MayValidate) : Rule
    {
        public override void Validate()
        {
            if (!MayValidate)
            {
                throw new ArgumentException($"{nameof(Picky)} will not have its parameter.");
            }
        }

        public override void ValidateFor(Layout layout) => throw new ArgumentException($"{nameof(Picky)} will not have its layout.");

        public override void Prepare<T>(Plan<T> plan)
        {
        }
    }
}
