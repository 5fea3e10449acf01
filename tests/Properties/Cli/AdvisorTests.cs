using Optim.Cli.Advise;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>From answers to a recipe, over all answers there are.</summary>
public class AdvisorTests
{
    private static readonly int[] Batches = [1, 32, Advisor.FreshExperience, Advisor.FreshExperience + 1, Advisor.LargeBatch, Advisor.LargeBatch + 1, Advisor.LargestBatch];
    private static readonly long[] Parameters = [1, Advisor.FewParameters, Advisor.FewParameters + 1, Advisor.LargeModel, Advisor.LargeModel + 1, long.MaxValue];
    private static readonly bool[] NoOrYes = [false, true];

    private static readonly Answers[] All =
    [
        .. from problem in Enum.GetValues<ProblemKind>()
           from model in Enum.GetValues<ModelKind>()
           from data in Enum.GetValues<DataSize>()
           from sparse in NoOrYes
           from noisy in NoOrYes
           from deterministic in NoOrYes
           from batch in Batches
           from parameters in Parameters
           select new Answers(problem, model, data, sparse, noisy, deterministic, batch, parameters),
    ];

    [Fact]
    public void Every_answer_gets_advice_that_makes_a_rule() => Assert.All(All, answers =>
    {
        var advice = Advisor.Advise(answers);
        Assert.NotNull(advice.Recipe.Create(batchSize: advice.BatchSize));
        Assert.NotEmpty(advice.Reasons);
        Assert.Equal(advice.Reasons.Count, advice.Reasons.Distinct().Count());
        Assert.Equal(advice.Recipe.UsualBatchSize is null ? null : answers.BatchSize, advice.BatchSize);
        Assert.Equal(advice, Advisor.Advise(answers with { }));
    });

    [Fact]
    public void Every_recipe_is_advised_to_someone() =>
        Assert.Equal(RecipeRegistry.All.Select(entry => entry.Name).Order(), All.Select(answers => Advisor.Advise(answers).Recipe.Name).Distinct().Order());

    [Fact]
    public void Every_sentence_is_said_to_someone() =>
        Assert.Equal(Advisor.Sentences.Order(), All.SelectMany(answers => Advisor.Advise(answers).Reasons).Distinct().Order());

    [Fact]
    public void A_line_search_is_never_advised_where_it_could_not_trust_the_loss() => Assert.All(All, answers =>
    {
        if (Advisor.Advise(answers).Recipe.NeedsObjective)
        {
            Assert.True(answers is { Deterministic: true, Noisy: false, Parameters: <= Advisor.FewParameters }, answers.ToString());
        }
    });

    [Fact]
    public void Layerwise_rates_are_for_large_batches_alone() => Assert.All(All, answers =>
    {
        if (Advisor.Advise(answers).Recipe.Name.EndsWith("-large-batch", StringComparison.Ordinal))
        {
            Assert.True(answers.BatchSize > Advisor.LargeBatch, answers.ToString());
        }
    });

    [Theory]
    [InlineData("vision", "convolutional", "large", "no", "no", "no", "256", "25000000", "resnet")]
    [InlineData("vision", "convolutional", "large", "no", "no", "no", "8192", "25000000", "resnet")]
    [InlineData("vision", "convolutional", "large", "no", "no", "no", "8193", "25000000", "resnet-large-batch")]
    [InlineData("vision", "transformer", "large", "no", "no", "no", "4096", "86000000", "vit")]
    [InlineData("vision", "transformer", "large", "no", "no", "no", "16384", "86000000", "bert-large-batch")]
    [InlineData("vision", "dense", "small", "no", "yes", "no", "32", "10000", "small-network")]
    [InlineData("language", "transformer", "small", "yes", "no", "no", "32", "110000000", "bert-fine-tuning")]
    [InlineData("language", "transformer", "large", "no", "no", "no", "512", "125000000", "gpt")]
    [InlineData("language", "transformer", "large", "no", "no", "no", "32768", "340000000", "bert-large-batch")]
    [InlineData("language", "recurrent", "large", "no", "no", "no", "64", "10000000", "recurrent")]
    [InlineData("language", "formula", "large", "yes", "no", "no", "1", "1000000", "sparse")]
    [InlineData("language", "convolutional", "large", "no", "no", "no", "64", "1000000", "small-network")]
    [InlineData("rl-values", "convolutional", "large", "no", "yes", "no", "32", "1700000", "dqn")]
    [InlineData("rl-policy", "dense", "small", "no", "yes", "no", "80", "10000", "a2c")]
    [InlineData("rl-policy", "dense", "small", "no", "yes", "no", "129", "10000", "ppo")]
    [InlineData("tabular", "dense", "small", "no", "no", "no", "32", "10000", "small-network")]
    [InlineData("tabular", "dense", "small", "no", "no", "yes", "32", "10000", "calibration")]
    [InlineData("tabular", "transformer", "large", "no", "no", "no", "256", "1000000", "vit")]
    [InlineData("tabular", "formula", "large", "yes", "yes", "no", "1", "1000000", "sparse")]
    [InlineData("calibration", "formula", "small", "no", "no", "yes", "1", "7", "calibration")]
    [InlineData("calibration", "formula", "small", "no", "yes", "yes", "1", "7", "small-network")]
    [InlineData("calibration", "formula", "small", "no", "no", "yes", "1", "1000001", "small-network")]
    public void Well_known_cases(
        string problem, string model, string data, string sparse, string noisy, string deterministic, string batch, string parameters, string recipe)
    {
        string[] values = [problem, model, data, sparse, noisy, deterministic, batch, parameters];
        var given = Question.All.Zip(values).ToDictionary(pair => pair.First.Option, pair => pair.Second);
        Assert.Equal(recipe, Advisor.Advise(Interview.WithoutAsking(given)).Recipe.Name);
    }

    [Fact]
    public void Questions_that_are_left_out_would_not_have_changed_the_advice() => Assert.All(All.Where((_, i) => i % 97 == 0), answers =>
    {
        var given = new Dictionary<string, string>();
        var heard = Interview.Asking(given, (question, _) => question.Read(answers));
        Assert.Equal(Advisor.Advise(answers), Advisor.Advise(heard));
    });

    [Theory]
    [InlineData("rl-values", "problem")]
    [InlineData("rl-policy", "problem, batch")]
    [InlineData("calibration", "problem, model, data, sparse, noisy, deterministic, batch, parameters")]
    public void Only_what_matters_is_asked(string problem, string asked)
    {
        var given = new Dictionary<string, string>();
        Interview.Asking(given, (question, usual) => question.Option == "problem" ? problem : usual);
        Assert.All(given.Keys, option => Assert.Contains(option, asked, StringComparison.Ordinal));
        Assert.True(problem == "calibration" ? given.Count < 8 : given.Count == asked.Split(", ").Length, string.Join(", ", given.Keys));
    }

    [Fact]
    public void What_no_recipe_is_for_is_refused()
    {
        var usual = Answers.Usual(ProblemKind.Vision);
        Assert.Throws<ArgumentOutOfRangeException>(() => Advisor.Advise(usual with { BatchSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Advisor.Advise(usual with { BatchSize = Advisor.LargestBatch + 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Advisor.Advise(usual with { Parameters = 0 }));
    }
}
