using System.Text.Json.Nodes;
using Optim.Cli;
using Optim.Cli.Train;
using Optim.Cli.Tune;
using Optim.Properties.Checkpoints;
using Optim.Tuning;
using Xunit;

namespace Optim.Properties.Cli;

public class TuneTests
{
    private static readonly string[] Short = ["--trials", "12", "--epochs", "3", "--threads", "1", "--repeats", "2"];

    [Fact]
    public void Json_holds_every_trial_and_the_best_is_the_lowest_of_the_complete()
    {
        var (code, output, error) = Run([.. Short, "--json"]);
        Assert.Equal((0, ""), (code, error));
        var document = JsonNode.Parse(output)!;
        var trials = document["trials"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, 12), trials.Select(trial => (int)trial!["trial"]!));
        var complete = trials.Where(trial => (string)trial!["state"]! == "complete").ToList();
        Assert.Equal(complete.Min(trial => (double)trial!["validationLoss"]!), (double)trials[^1]!["bestLossSoFar"]!);
        var finalists = document["finalists"]!.AsArray().GroupBy(row => (int)row!["trial"]!, row => (double)row!["validationLoss"]!).ToList();
        Assert.Equal(finalists.MinBy(losses => losses.Average())!.Key, (int)document["best"]!["trial"]!);
        Assert.Contains(finalists, losses => losses.Key == 3);
        Assert.All(finalists, losses => Assert.Equal(2, losses.Count()));
        Assert.All(complete, trial => Assert.Equal(3, (int)trial!["epochs"]!));
        Assert.Equal(1, document["importance"]!.AsArray().Sum(item => (double)item!["share"]!), 1e-9);
        Assert.Equal(4, document["final"]!.AsArray().Count);
        Assert.Equal(trials.Sum(trial => (int)trial!["epochs"]!), document["curves"]!.AsArray().Count);
    }

    [Fact]
    public void With_one_thread_a_study_that_was_stopped_goes_on_to_the_same_trials()
    {
        using TemporaryFolder folder = new();
        string[] options = ["--epochs", "2", "--threads", "1", "--repeats", "1", "--json"];
        string whole = Trials(Run(["--trials", "9", .. options]).Output);
        Assert.Equal(0, Run(["--trials", "4", .. options, "--study", folder["s.db"]]).Code);
        Assert.Equal(whole, Trials(Run(["--trials", "9", .. options, "--study", folder["s.db"], "--resume"]).Output));

        static string Trials(string json)
        {
            var trials = JsonNode.Parse(json)!["trials"]!.AsArray();
            Assert.All(trials, trial => Assert.True(trial!.AsObject().Remove("seconds")));
            return trials.ToJsonString();
        }
    }

    [Fact]
    public void The_screen_has_the_best_the_importance_the_held_out_figures_and_the_rule()
    {
        using TemporaryFolder folder = new();
        var (code, output, error) = Run([.. Short, "--model", "mlp", "--output", folder["page.html"], "--csv", folder["figures"]]);
        Assert.Equal((0, ""), (code, error));
        Assert.DoesNotContain('\u001b', output);
        foreach (string text in (string[])["Lowest validation loss so far", "Parameter importance", "Best of the study", "Default of compare", "var rule = new ", "optim train --data digits --model mlp"])
        {
            Assert.Contains(text, output, StringComparison.Ordinal);
        }

        Assert.Equal(["curves.csv", "final.csv", "finalists.csv", "importance.csv", "trials.csv"], Directory.GetFiles(folder["figures"]).Select(Path.GetFileName).Order());
        string page = File.ReadAllText(folder["page.html"]);
        Assert.All((string[])["Loss by trial", "Parallel coordinates", "Accuracy by learning rate", "Importance"], title => Assert.Contains(title, page, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_is_gone_on_with_only_when_asked_and_only_by_the_same_study()
    {
        using TemporaryFolder folder = new();
        string file = folder["s.db"];
        string[] options = ["--trials", "2", "--epochs", "1", "--repeats", "1", "--study", file];
        Expect($"--resume needs a study to go on with; there is no file '{file}'.", [.. options, "--resume"]);
        Assert.Equal(0, Run(options).Code);
        Expect($"--study '{file}' exists already: add --resume to go on with it, or name another file.", options);
        Expect($"{file} holds a study with another sampler: ", [.. options, "--resume", "--sampler", "random"]);
        Expect($"{file} holds a study with another objective: ", [.. options[..2], "--epochs", "2", .. options[4..], "--resume"]);
        Expect($"{file} holds a study with another search space: there 'optimizer: one of sgd, rmsprop, adam, adamw, lion'", [.. options, "--resume", "--optimizers", "sgd"]);

        static void Expect(string sentence, string[] arguments)
        {
            var (code, _, error) = Run(arguments);
            Assert.NotEqual(0, code);
            Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_rule_the_code_and_the_options_of_a_setting_say_the_same()
    {
        var space = new TuneSpace([OptimizerChoice.Find("adamw"), OptimizerChoice.Find("sgd"), OptimizerChoice.Find("nesterov"), OptimizerChoice.Find("lion")]);
        for (int number = 0; number < 60; number++)
        {
            var assignment = new RandomSampler().Propose(space.Space, [], 1, number);
            var rule = space.RuleOf(assignment, 450);
            var options = TuneSpace.TrainOptions(assignment).Split(' ').Chunk(2).ToDictionary(pair => pair[0][2..], pair => pair[1]);
            var settings = TrainSettings.Of(options);
            var other = OptimizerChoice.With(settings.Optimizer.Create(settings.Schedule.Create(settings.LearningRate, 450, 450)), settings.Set);
            Assert.Equal(rule, other);
            string code = space.Code(assignment, 450);
            Assert.StartsWith($"new {rule.GetType().Name} {{ LearningRate = ", code, StringComparison.Ordinal);
            Assert.All(settings.Set, set => Assert.Contains(set.Replace("=", " = ", StringComparison.Ordinal), code, StringComparison.Ordinal));
        }

        Assert.Equal(["optimizer", "learning-rate", "schedule", "weight-decay", "momentum", "beta1", "1-beta2"], space.Space.Parameters.Select(parameter => parameter.Name));
        Assert.Equal("momentum: number from 0 to 0.99, when optimizer is sgd or nesterov", space.Space.Find("momentum")!.ToString());
    }

    [Theory]
    [InlineData("--optimizers must hold known names, was 'adma'", "--optimizers", "adma")]
    [InlineData("--optimizers must hold known names, was 'sam'", "--optimizers", "sam")]
    [InlineData("--optimizers must hold each name once, 'adam' occurs twice.", "--optimizers", "adam,Adam")]
    [InlineData("--optimizers must hold 1 to 7 names, held 0.", "--optimizers", ",")]
    [InlineData("--trials must be a whole number from 1 to 100000, was '0'.", "--trials", "0")]
    [InlineData("--epochs must be a whole number of 1 or more, was '0'.", "--epochs", "0")]
    [InlineData("--folds must be a whole number from 1 to 5, was '6'.", "--folds", "6")]
    [InlineData("--sampler must be tpe or random, was 'grid'.", "--sampler", "grid")]
    [InlineData("--pruner must be asha or none, was 'median'.", "--pruner", "median")]
    [InlineData("--timeout must be a time such as 90s, 20m or 2h, was '90'.", "--timeout", "90")]
    [InlineData("--resume needs --study: it is the file to go on from.", "--resume")]
    [InlineData("The folder of the data must exist", "--data", "/no/such/folder", "--model", "mlp")]
    public void A_wrong_option_is_refused_in_a_sentence(string sentence, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Program.Run(["tune", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
