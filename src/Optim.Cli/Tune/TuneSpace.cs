using System.Globalization;
using Optim.Cli.Train;
using Optim.Tuning;

namespace Optim.Cli.Tune;

/// <summary>The search space of <c>optim tune</c>: the optimizer, its rate, its other hyperparameters, the schedule; and the rule for an assignment.</summary>
internal sealed class TuneSpace
{
    /// <summary>The parameters of every optimizer.</summary>
    public const string Optimizer = "optimizer", Rate = "learning-rate", Schedule = "schedule";

    private const double LowestRate = 1e-5, HighestRate = 3;

    /// <summary>Hyperparameters searched if an optimizer has them: the parameter, the property, and the conversions between their values.</summary>
    private static readonly (SearchParameter Parameter, string Property, Func<double, double> Value)[] Others =
    [
        (SearchParameter.LogUniform("weight-decay", 1e-6, 0.3), "WeightDecay", x => x),
        (SearchParameter.Uniform("momentum", 0, 0.99), "Momentum", x => x),
        (SearchParameter.Uniform("beta1", 0.5, 0.99), "Beta1", x => x),

        // By its distance from 1, which is what differs: 0.999 and 0.9999 remember ten times as long.
        (SearchParameter.LogUniform("1-beta2", 1e-4, 0.2), "Beta2", x => 1 - x),
    ];

    private readonly IReadOnlyList<OptimizerChoice> optimizers;

    /// <param name="optimizers">The optimizers to choose from.</param>
    public TuneSpace(IReadOnlyList<OptimizerChoice> optimizers)
    {
        this.optimizers = optimizers;
        Space = SearchSpace.Of(
        [
            SearchParameter.Categorical(Optimizer, optimizers.Select(choice => choice.Name)),
            SearchParameter.LogUniform(Rate, LowestRate, HighestRate),
            SearchParameter.Categorical(Schedule, "constant", "cosine", "warmup-cosine", "step"),
            .. Others.Select(other => (other.Parameter, Owners: optimizers.Where(choice => Has(choice, other.Property)).Select(choice => choice.Name).ToList()))
                .Where(other => other.Owners.Count > 0)
                .Select(other => other.Owners.Count == optimizers.Count ? other.Parameter : other.Parameter.When(Optimizer, other.Owners)),
        ]);
    }

    /// <summary>The space.</summary>
    public SearchSpace Space { get; }

    /// <summary>The names in tables and charts.</summary>
    public string TitleOf(Assignment assignment) => Choice(assignment).Title;

    /// <summary>The rule.</summary>
    /// <param name="assignment">The parameters.</param>
    /// <param name="steps">The steps of the run, along which the schedule goes.</param>
    public Rule RuleOf(Assignment assignment, long steps)
    {
        var schedule = NamedSchedule.Find(assignment.Choice(Schedule)).Create(RateOf(assignment), steps, steps);
        return Settings(assignment).Aggregate(Choice(assignment).Create(schedule), (rule, setting) => rule.Adjust(setting.Property, setting.Value));
    }

    /// <summary>An optimizer with its usual rate and its defaults, as close as the space allows.</summary>
    /// <param name="choice">One of the space's optimizers.</param>
    /// <param name="images">Whether the data are images rather than the digits.</param>
    public Assignment Usual(OptimizerChoice choice, bool images)
    {
        var hyperparameters = Hyperparameters(choice);
        var values = new Dictionary<string, ParameterValue>
        {
            [Optimizer] = ParameterValue.OfChoice(choice.Name),
            [Rate] = ParameterValue.Of(Math.Clamp(choice.UsualRate(images), LowestRate, HighestRate)),
            [Schedule] = ParameterValue.OfChoice("constant"),
        };
        foreach (var (parameter, property, value) in Others)
        {
            if (hyperparameters.TryGetValue(property, out double usual))
            {
                var number = (NumberParameter)parameter;
                values[parameter.Name] = ParameterValue.Of(Math.Clamp(value(usual), number.Low, number.High));
            }
        }

        return Space.Assign(values);
    }

    /// <summary>The learning rate, rounded to four digits, so that the printed value is the one used.</summary>
    public static double RateOf(Assignment assignment) => Rounded(assignment.Number(Rate));

    /// <summary>The equivalent options of <c>optim train</c>.</summary>
    public static string TrainOptions(Assignment assignment)
    {
        string[] set = [.. Settings(assignment).Select(setting => string.Create(CultureInfo.InvariantCulture, $"{setting.Property}={setting.Value}"))];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"--optimizer {assignment.Choice(Optimizer)} --learning-rate {RateOf(assignment)} --schedule {assignment.Choice(Schedule)}{(set.Length == 0 ? "" : " --set " + string.Join(',', set))}");
    }

    /// <summary>The rule in C#.</summary>
    public string Code(Assignment assignment, long steps) => Code(assignment, steps, isFSharp: false);

    /// <summary>The same in F#.</summary>
    public string FSharpCode(Assignment assignment, long steps) => Code(assignment, steps, isFSharp: true);

    private string Code(Assignment assignment, long steps, bool isFSharp)
    {
        // Named arguments are written with another sign, longs with another suffix.
        string named = isFSharp ? " =" : ":", whole = isFSharp ? "L" : "";
        var rule = RuleOf(assignment, steps);
        string rate = RateOf(assignment).ToString(CultureInfo.InvariantCulture) is var text && isFSharp && text.All(char.IsAsciiDigit) ? text + ".0" : RateOf(assignment).ToString(CultureInfo.InvariantCulture);
        string schedule = assignment.Choice(Schedule) switch
        {
            "constant" => rate,
            "cosine" => FormattableString.Invariant($"Schedule.Cosine({rate}, totalSteps{named} {steps}{whole})"),
            "warmup-cosine" => FormattableString.Invariant($"Schedule.WarmupCosine({rate}, {Math.Max(1, steps / 20)}{whole}, {steps}{whole})"),
            _ => FormattableString.Invariant($"Schedule.Step({rate}, stepSize{named} {(steps + 2) / 3}{whole})"),
        };
        string nesterov = rule is Sgd { Nesterov: true } ? ", Nesterov = true" : "";
        string values = $"LearningRate = {schedule}{nesterov}{string.Concat(Settings(assignment).Select(setting => $", {setting.Property} = {Literal(setting.Value)}"))}";
        return isFSharp ? $"{rule.GetType().Name}({values})" : $"new {rule.GetType().Name} {{ {values} }}";

        // A schedule's property takes a float in F#, not an int.
        string Literal(double value) => value.ToString(CultureInfo.InvariantCulture) is var text && isFSharp && text.All(c => char.IsAsciiDigit(c) || c == '-') ? text + ".0" : value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A parameter's effective value, for tables; empty if inactive.</summary>
    public static string Text(Assignment assignment, string parameter) => assignment.Find(parameter) switch
    {
        null => "",
        { Choice: { } choice } => choice,
        { } value => value.Number.ToString("G2", CultureInfo.InvariantCulture),
    };

    private static IEnumerable<(string Property, double Value)> Settings(Assignment assignment) => Others
        .Where(other => assignment.Has(other.Parameter.Name))
        .Select(other => (other.Property, Rounded(other.Value(assignment.Number(other.Parameter.Name)))));

    /// <summary>Rounded to four digits; near 1, to four digits of the distance to 1.</summary>
    private static double Rounded(double value) => value is > 0.9 and < 1
        ? double.Parse((1 - (decimal)double.Parse((1 - value).ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static bool Has(OptimizerChoice choice, string property) => Hyperparameters(choice).ContainsKey(property);

    private static IReadOnlyDictionary<string, double> Hyperparameters(OptimizerChoice choice) =>
        Optim.Optimizer.Init(choice.Create(0.1), TensorSet.OfArray([0.0])).Hyperparameters;

    private OptimizerChoice Choice(Assignment assignment) => optimizers.First(choice => choice.Name == assignment.Choice(Optimizer));
}
