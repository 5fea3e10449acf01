using System.Globalization;

namespace Optim.Cli.Advise;

/// <summary>A question of <c>optim advise</c>, asked in the terminal or answered by an option.</summary>
/// <param name="Option">The option's name without dashes.</param>
/// <param name="Text">The question.</param>
/// <param name="Choices">The possible answers, with descriptions; for a number, representative ones.</param>
/// <param name="IsNumber">Whether the answer is an integer of 1 or more.</param>
/// <param name="Read">Reads this answer.</param>
/// <param name="With">Replaces this answer.</param>
internal sealed record Question(
    string Option, string Text, IReadOnlyList<(string Value, string Label)> Choices, bool IsNumber, Func<Answers, string> Read, Func<Answers, string, Answers> With)
{
    /// <summary>Whether it is a yes-no question.</summary>
    public bool IsFlag => Choices is [("no", _), ("yes", _)];

    /// <summary>All questions, in the order in which they are asked.</summary>
    public static IReadOnlyList<Question> All { get; } =
    [
        OneOf("problem", "What is the problem?", a => a.Problem, (a, value) => a with { Problem = value },
        [
            (ProblemKind.Vision, "vision", "images"),
            (ProblemKind.Language, "language", "text"),
            (ProblemKind.RlValues, "rl-values", "reinforcement learning: the values of actions (Q-learning)"),
            (ProblemKind.RlPolicy, "rl-policy", "reinforcement learning: a policy (actor-critic, PPO)"),
            (ProblemKind.Tabular, "tabular", "predictions from tabular data: prices, sensors, clicks"),
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
        YesNo("noisy", "Do examples contradict each other, so that gradients vary strongly from batch to batch?", a => a.Noisy, (a, value) => a with { Noisy = value }),
        YesNo("deterministic", "Is the loss full-batch, smooth and deterministic?", a => a.Deterministic, (a, value) => a with { Deterministic = value }),
        Number("batch", "What is the batch size?", a => a.BatchSize, (a, value) => a with { BatchSize = (int)Math.Min(value, int.MaxValue) }, [32, Advisor.FreshExperience + 1, Advisor.LargeBatch + 1]),
        Number("parameters", "How many parameters does the model have?", a => a.Parameters, (a, value) => a with { Parameters = value }, [10, Advisor.FewParameters + 1, Advisor.LargeModel + 1]),
    ];

    /// <summary>Whether this question's answer can still change the advice.</summary>
    /// <param name="answers">The known answers, with arbitrary values for the rest.</param>
    /// <param name="open">The unanswered questions, possibly including this one.</param>
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
