using System.Globalization;

namespace Optim.Cli.Advise;

/// <summary>One thing that <c>optim advise</c> asks, in the terminal or by an option.</summary>
/// <param name="Option">The option's name without dashes.</param>
/// <param name="Text">The question.</param>
/// <param name="Choices">The answers there are, with what they mean; for a number those that stand for all others.</param>
/// <param name="IsNumber">Whether any whole number of 1 or more is an answer.</param>
/// <param name="Read">The answer among others.</param>
/// <param name="With">The answers with another one.</param>
internal sealed record Question(
    string Option, string Text, IReadOnlyList<(string Value, string Label)> Choices, bool IsNumber, Func<Answers, string> Read, Func<Answers, string, Answers> With)
{
    /// <summary>Whether it is answered by yes or no.</summary>
    public bool IsFlag => Choices is [("no", _), ("yes", _)];

    /// <summary>All questions, in the order in which they are asked.</summary>
    public static IReadOnlyList<Question> All { get; } =
    [
        OneOf("problem", "What is to be learned?", a => a.Problem, (a, value) => a with { Problem = value },
        [
            (ProblemKind.Vision, "vision", "images"),
            (ProblemKind.Language, "language", "text"),
            (ProblemKind.RlValues, "rl-values", "reinforcement learning: the values of actions (Q-learning)"),
            (ProblemKind.RlPolicy, "rl-policy", "reinforcement learning: a policy (actor-critic, PPO)"),
            (ProblemKind.Tabular, "tabular", "numbers from rows of a table: prices, sensors, clicks"),
            (ProblemKind.Calibration, "calibration", "the parameters of a known formula"),
        ]),
        OneOf("model", "Which model?", a => a.Model, (a, value) => a with { Model = value },
        [
            (ModelKind.Convolutional, "convolutional", "a convolutional network"),
            (ModelKind.Transformer, "transformer", "a transformer"),
            (ModelKind.Recurrent, "recurrent", "LSTM, GRU"),
            (ModelKind.Dense, "dense", "a network of dense layers"),
            (ModelKind.Formula, "formula", "a linear model, or a formula"),
        ]),
        OneOf("data", "How much data?", a => a.Data, (a, value) => a with { Data = value },
        [
            (DataSize.Small, "small", "fewer than about a million examples"),
            (DataSize.Large, "large", "a million and more"),
        ]),
        YesNo("sparse", "Are most features absent from most examples (words, categories, clicks)?", a => a.Sparse, (a, value) => a with { Sparse = value }),
        YesNo("noisy", "Do examples contradict each other, so that gradients vary much from batch to batch?", a => a.Noisy, (a, value) => a with { Noisy = value }),
        YesNo("deterministic", "Is the loss computed on all the data, smooth, and the same each time?", a => a.Deterministic, (a, value) => a with { Deterministic = value }),
        Number("batch", "How many examples a step?", a => a.BatchSize, (a, value) => a with { BatchSize = (int)Math.Min(value, int.MaxValue) }, [32, Advisor.FreshExperience + 1, Advisor.LargeBatch + 1]),
        Number("parameters", "How many numbers are to be learned?", a => a.Parameters, (a, value) => a with { Parameters = value }, [10, Advisor.FewParameters + 1, Advisor.LargeModel + 1]),
    ];

    /// <summary>Whether any answers to some questions make this one's answer change the advice.</summary>
    /// <param name="answers">What is known, and anything for the rest.</param>
    /// <param name="open">The questions not answered yet, this one perhaps among them.</param>
    public bool Matters(Answers answers, IEnumerable<Question> open)
    {
        var completions = open.Where(question => question != this).Aggregate(
            (IEnumerable<Answers>)[answers], (partial, question) => partial.SelectMany(a => question.Choices.Select(choice => question.With(a, choice.Value))));
        return completions.Any(a => Choices.Select(choice => Advisor.Advise(With(a, choice.Value))).Distinct().Skip(1).Any());
    }

    private static Question OneOf<E>(string option, string text, Func<Answers, E> of, Func<Answers, E, Answers> with, (E Kind, string Value, string Label)[] choices)
        where E : struct, Enum => new(
            option,
            text,
            [.. choices.Select(choice => (choice.Value, choice.Label))],
            IsNumber: false,
            a => Array.Find(choices, choice => choice.Kind.Equals(of(a))).Value,
            (a, value) => with(a, Array.Find(choices, choice => choice.Value == value).Kind));

    private static Question YesNo(string option, string text, Func<Answers, bool> of, Func<Answers, bool, Answers> with) => new(
        option, text, [("no", "no"), ("yes", "yes")], IsNumber: false, a => of(a) ? "yes" : "no", (a, value) => with(a, value == "yes"));

    private static Question Number(string option, string text, Func<Answers, long> of, Func<Answers, long, Answers> with, long[] typical) => new(
        option,
        text,
        [.. typical.Select(number => (Plain(number), ""))],
        IsNumber: true,
        a => Plain(of(a)),
        (a, value) => with(a, long.Parse(value, CultureInfo.InvariantCulture)));

    private static string Plain(long number) => number.ToString(CultureInfo.InvariantCulture);
}
