using Optim.Checkpoints;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Checkpoints;

/// <summary>Rules as JSON: all of them, every number to the bit, and what is said when one cannot be read or written.</summary>
public class RuleJsonTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void A_rule_of_any_hyperparameters_is_read_as_written(string name) =>
        Law.Check(output, Cases.Of(draw => AnyRule.Of(draw, RuleRegistry.Find(name)!), AnyRule.Shrink), rule => RequireSame(rule), 50);

    [Fact]
    public void A_tree_of_rules_is_read_as_written() => Law.Check(output, Cases.Of(draw => AnyRule.Tree(draw, 4), AnyRule.Shrink), rule => RequireSame(rule), 300);

    [Fact]
    public void A_schedule_of_any_kind_is_read_as_written() =>
        Law.Check(output, Cases.Of(draw => AnySchedule.Of(draw, draw.Wide, 4)), schedule => RequireSame(new Scale(schedule)), 1000);

    [Fact]
    public void Every_type_of_schedule_can_be_saved()
    {
        // What the generator does not draw would not be seen to be missing. A function is saved by name: see FunctionScheduleTests.
        var types = typeof(Schedule).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Schedule)) && !type.IsAbstract && type != typeof(FunctionSchedule)).ToHashSet();
        var drawn = Enumerable.Range(0, 3000).SelectMany(seed => Types(AnySchedule.Of(new Draw(seed, 100), new Draw(seed, 100).Plain, 3))).ToHashSet();
        Assert.Superset(types, drawn);

        static IEnumerable<Type> Types(Schedule schedule) => schedule.GetType().GetProperties().Select(p => p.GetValue(schedule))
            .SelectMany(value => value switch { Schedule inner => Types(inner), IReadOnlyList<Schedule> list => list.SelectMany(Types), _ => [] }).Append(schedule.GetType());
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(-0.0, "\"-0\"")]
    [InlineData(double.Epsilon, "5E-324")]
    [InlineData(double.MaxValue, "1.7976931348623157E+308")]
    [InlineData(double.NaN, "\"NaN\"")]
    [InlineData(double.PositiveInfinity, "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "\"-Infinity\"")]
    public void A_number_is_written_to_the_bit(double number, string expected)
    {
        string text = RuleJson.Write(new Chain(new ClipByValue { ClipValue = Schedule.Table([number]) }));
        Assert.Contains($$"""{"schedule":"Table","Values":[{{expected}}]}""", text, StringComparison.Ordinal);
        var table = (TableSchedule)((ClipByValue)((Chain)RuleJson.Read(text, [])).Rules[0]).ClipValue;
        Assert.Equal(BitConverter.DoubleToInt64Bits(number), BitConverter.DoubleToInt64Bits(table.Values[0]));
    }

    [Fact]
    public void A_NaN_keeps_its_payload()
    {
        double nan = BitConverter.Int64BitsToDouble(unchecked((long)0xFFF8_0000_DEAD_BEEF));
        var read = (Scale)RuleJson.Read(RuleJson.Write(new Scale(Schedule.Table([nan]))), []);
        Assert.Equal(BitConverter.DoubleToInt64Bits(nan), BitConverter.DoubleToInt64Bits(((TableSchedule)read.Factor).Values[0]));
    }

    [Fact]
    public void Selectors_are_read_as_written()
    {
        var all = TensorSelector.Named("*.bias", "a\nb", "ü?").Or(TensorSelector.OfRank(0, 1)).And(TensorSelector.None.Not()).Or(TensorSelector.All);
        RequireSame(new Partition(new ParameterGroup(all, new Freeze(new Sgd(), TensorSelector.OfRank(2))), new ParameterGroup(TensorSelector.All, new Chain())));
        Assert.NotEqual(TensorSelector.Named("a\nb"), TensorSelector.Named("a", "b"));
    }

    [Theory]
    [InlineData("""{"rule":"adamv"}""", "rule must be a rule of this library, was 'adamv'; the nearest are 'adam', 'adamp', 'adamw'")]
    [InlineData("""{"rule":"adam","Beta3":0.9}""", "rule has no hyperparameter 'Beta3' in Adam; the nearest are 'Beta1', 'Beta2'")]
    [InlineData("""{"rule":"adam","Beta1":1.5}""", "rule.Beta1: Beta1 must be in [0, 1), was 1.5.")]
    [InlineData("""{"rule":"adam","Beta1":1e999}""", "rule.Beta1 must be a number, was '1e999'")]
    [InlineData("""{"rule":"adam","Beta1":true}""", "rule.Beta1 must be a number")]
    [InlineData("""{"rule":"adam","Beta1":null}""", "rule.Beta1: Value cannot be null")]
    [InlineData("""{"rule":"adam","AmsGrad":1}""", "rule.AmsGrad must be true or false, was '1'")]
    [InlineData("""{"rule":"adam","Beta1":0.9,"Beta1":0.9}""", "must have 'Beta1' once, had it twice")]
    [InlineData("""{"rule":"adam","LearningRate":{"schedule":"Cosina"}}""", "rule.LearningRate must be a schedule of this library, was 'Cosina'; the nearest are 'Cosine'")]
    [InlineData("""{"rule":"adam","LearningRate":{"schedule":"Cosine","Value":1}}""", "rule.LearningRate must have TotalSteps")]
    [InlineData("""{"rule":"adam","LearningRate":{"schedule":"Cosine","Value":1,"TotalSteps":0}}""", "rule.LearningRate: totalSteps must be a whole number of 1 or more, was 0")]
    [InlineData("""{"rule":"adam","LearningRate":{"schedule":"Cosine","Value":1,"TotalSteps":1,"Valve":1}}""", "has no value 'Valve' in the schedule Cosine; the nearest are 'Value'")]
    [InlineData("""{"rule":"chain","Rules":[{"rule":"sgd"},{"rule":"lookahead","SyncPeriod":0}]}""", "rule.rules[1].SyncPeriod: SyncPeriod must be a whole number of 1 or more, was 0")]
    [InlineData("""{"rule":"chain","Rules":7}""", "rule must be a list, was '7'")]
    [InlineData("""{"rule":"chain"}""", "rule must have Rules and nothing else")]
    [InlineData("""{"rule":"partition","Groups":[]}""", "at least one group")]
    [InlineData("""{"rule":"partition","Groups":[{"Tensors":"some","Rule":{"rule":"sgd"}}]}""", "rule.group[0].Tensors must be \"all\" or \"none\", was '\"some\"'")]
    [InlineData("""{"rule":"partition","Groups":[{"Tensors":{"rank":[3,2]},"Rule":{"rule":"sgd"}}]}""", "rule.group[0].Tensors")]
    [InlineData("""{"rule":"shampoo","Form":"2"}""", "rule.Form must be one of Paper, Moskomule")]
    [InlineData("""{"rule":"sgd","type":"X"}""", "have either \"rule\" or \"type\"")]
    [InlineData("""{"type":"MyApp.MyRule"}""", "is of type 'MyApp.MyRule', which this library does not have: give a rule of that type, ownRules:")]
    [InlineData("""{"rule":"sgd" """, "no sound JSON")]
    [InlineData("[]", "rule must be an object, was Array")]
    public void What_is_no_rule_is_refused_with_its_place(string text, string problem) => Refused.With<FormatException>(problem, () => RuleJson.Read(text, []));

    [Fact]
    public void What_is_no_data_is_refused_when_it_is_saved()
    {
        Refused.With<ArgumentException>(
            "rule.rules[1].Tensors is a function that chooses tensors (TensorSelector.Where), which is no data",
            () => RuleJson.Write(new Scale().Then(new Freeze(new Sgd(), TensorSelector.Where(shape => shape.Length > 3).Not()))));
        Refused.With<ArgumentException>("rule.LearningRate is a schedule of type Wavy", () => RuleJson.Write(new Adam { LearningRate = new Wavy() }));
        Refused.With<ArgumentException>("rule.Function is a Func`2", () => RuleJson.Write(new Calling { Function = x => x }));
    }

    [Fact]
    public void Too_deep_a_rule_is_refused_both_ways()
    {
        Schedule deep = 1.0;
        for (int i = 0; i < 300; i++)
        {
            deep = deep.Scale(0.5);
        }

        Refused.With<ArgumentException>("At most 64 rules and schedules", () => RuleJson.Write(new Sgd { LearningRate = deep }));
        string text = string.Concat(Enumerable.Repeat("""{"rule":"lookahead","Inner":""", 300)) + """{"rule":"sgd"}""" + new string('}', 300);
        Refused.With<FormatException>("within more than 64 rules and schedules", () => RuleJson.Read(text, []));
        Rule nested = new Sgd();
        for (int i = 0; i < 60; i++)
        {
            nested = new Accumulate(nested, 2);
        }

        RequireSame(nested);
    }

    [Fact]
    public void A_rule_of_ones_own_is_read_into_the_one_given()
    {
        var own = new Mine { Inner = new Adam { Beta1 = 0.5 }, Rates = [0.1, double.NaN], Title = "ü", Limit = null, Rate = Schedule.Linear(1, 0, 10) };
        var rule = new ClipByValue(2).Then(new Lookahead { Inner = own });
        string text = RuleJson.Write(rule);
        Assert.Contains("""{"type":"Optim.Properties.Checkpoints.RuleJsonTests\u002BMine",""", text.Replace("+", "\\u002B", StringComparison.Ordinal), StringComparison.Ordinal);
        var read = (Mine)((Lookahead)((Chain)RuleJson.Read(text, [new Mine()])).Rules[1]).Inner;
        Assert.Equal(own with { Rates = read.Rates }, read);
        Assert.Equal(own.Rates, read.Rates);
        Assert.Equal(new Mine(), RuleJson.Read(RuleJson.Write(new Mine()), [new Mine { Limit = 7 }]));
    }

    private void RequireSame(Rule rule)
    {
        string text = RuleJson.Write(rule);
        var read = RuleJson.Read(text, []);
        Assert.Equal(rule, read);
        Assert.Equal(rule.ToString(), read.ToString());
        Assert.Equal(text, RuleJson.Write(read));
    }

    private sealed record Wavy : Schedule
    {
        public override double At(long step) => Math.Sin(step);
    }

    private sealed record Calling : Rule
    {
        public Func<double, double>? Function { get; init; }

        public override void Prepare<T>(Plan<T> plan)
        {
        }
    }

    private sealed record Mine : Rule
    {
        public Rule Inner { get; init; } = new Sgd();

        public Schedule Rate { get; init; } = 0.5;

        public IReadOnlyList<double> Rates { get; init; } = [];

        public string Title { get; init; } = "";

        public double? Limit { get; init; } = 3;

        public override void Prepare<T>(Plan<T> plan) => plan.Prepare(Inner);
    }
}
