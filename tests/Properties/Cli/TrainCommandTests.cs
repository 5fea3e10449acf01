using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Optim.Cli;
using Optim.Cli.Train;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Cli;

public sealed partial class TrainCommandTests : IDisposable
{
    private readonly ImageFolder images = new();

    public static TheoryData<string> Optimizers => [.. OptimizerChoice.Names];

    public static TheoryData<string> Schedules => [.. NamedSchedule.Names];

    public void Dispose() => images.Dispose();

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Every_optimizer_trains(string optimizer)
    {
        var losses = Steps(Json("--optimizer", optimizer, "--epochs", "2", "--batch-size", "128"), "loss");
        Assert.True(losses[^6..].Average() < losses[0], $"{losses[0]} became {losses[^6..].Average()}");
    }

    /// <summary>A rate is but a factor of theirs: a small one lets the length of their steps grow for many epochs before anything is learnt.</summary>
    [Theory]
    [InlineData("prodigy")]
    [InlineData("dadapt_adam")]
    [InlineData("dadapt_sgd")]
    [InlineData("dog")]
    [InlineData("dowg")]
    public void Rules_that_find_their_distance_learn_within_a_few_epochs(string optimizer) =>
        Assert.InRange((double)Json("--optimizer", optimizer, "--epochs", "6")["testAccuracy"]!, 0.7, 1);

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Every_schedule_trains_and_begins_and_ends_within_the_rate(string schedule)
    {
        double[] rates = Steps(Json("--schedule", schedule, "--learning-rate", "0.01", "--epochs", "2", "--batch-size", "128"), "learningRate");
        Assert.Equal(24, rates.Length);
        Assert.All(rates, rate => Assert.InRange(rate, 0, 0.01));
        Assert.Equal(0.01, rates.Max(), 1e-4);
    }

    [Fact]
    public void Images_are_learnt_by_both_models()
    {
        foreach (string model in (string[])["mlp", "cnn"])
        {
            var document = Json("--data", images.Path, "--model", model, "--epochs", "6", "--batch-size", "16", "--learning-rate", "0.005", "--backend", "simd");
            Assert.InRange((double)document["testAccuracy"]!, 0.95, 1);
            Assert.Equal(ImageFolder.Test, document["classes"]!.AsArray().Sum(entry => (int)entry!["images"]!));
            Assert.Equal(
                Math.Round(ImageFolder.Test * (double)document["testAccuracy"]!), document["classes"]!.AsArray().Select((entry, i) => (int)entry!["takenFor"]![i]!).Sum());
        }
    }

    [Fact]
    public void Hyperparameters_reach_the_rule()
    {
        var document = Json("--optimizer", "AdamW", "--set", "beta2=0.95,AmsGrad=true", "--weight-decay", "0.2", "--clip", "0.5", "--learning-rate", "0.002", "--schedule", "constant", "--epochs", "1");
        Assert.Equal(
            $"{new ClipByGlobalNorm(0.5).Then(new AdamW { LearningRate = 0.002, Beta2 = 0.95, AmsGrad = true, WeightDecay = 0.2 })}", (string)document["rule"]!);
        Assert.Equal(
            $"{new Lookahead { Inner = new Adam { LearningRate = 0.01, Beta1 = 0.8 } }}",
            (string)Json("--optimizer", "lookahead", "--set", "Inner.Beta1=0.8", "--schedule", "constant", "--epochs", "1")["rule"]!);
    }

    [Fact]
    public void The_gradient_norm_is_that_before_clipping()
    {
        double[] free = Steps(Json("--epochs", "1"), "gradientNorm"), clipped = Steps(Json("--epochs", "1", "--clip", "0.001"), "gradientNorm");
        Assert.Equal(free[0], clipped[0]);
        Assert.NotEqual(free[^1], clipped[^1]);
        Assert.All(clipped, norm => Assert.True(norm > 0.001));
    }

    [Fact]
    public void Redirected_there_is_a_line_an_epoch_and_quiet_only_the_result()
    {
        var (code, output, error) = Run("--epochs", "3");
        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\r', output);
        Assert.Equal(["1/3", "2/3", "3/3"], EpochLine().Matches(output).Select(match => match.Groups[1].Value));
        string quiet = Run("--epochs", "3", "--quiet").Output;
        Assert.Empty(EpochLine().Matches(quiet));
        Assert.Contains("Test accuracy ", quiet, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_has_the_curves_and_the_figures_as_files()
    {
        Assert.Equal(ExitCode.Done, Run("--epochs", "2", "--output", images["report.html"], "--csv", images["figures"], "--quiet").Code);
        string page = File.ReadAllText(images["report.html"]);
        Assert.All(
            ["Training loss by step", "Accuracy by epoch", "Learning rate by step", "Gradient norm by step", "Confusion matrix", "optim train --data digits --model mlp --optimizer adamw"],
            text => Assert.Contains(text, page, StringComparison.Ordinal));
        Assert.Equal(1 + 90, File.ReadLines(System.IO.Path.Combine(images["figures"], "steps.csv")).Count());
        Assert.Equal(1 + 2, File.ReadLines(System.IO.Path.Combine(images["figures"], "epochs.csv")).Count());
        Assert.Equal(1 + 100, File.ReadLines(System.IO.Path.Combine(images["figures"], "confusion.csv")).Count());
    }

    [Fact]
    public void The_same_options_give_the_same_numbers_and_another_seed_others()
    {
        string one = Timeless(Json("--epochs", "1"));
        Assert.Equal(one, Timeless(Json("--epochs", "1", "--threads", "1")));
        Assert.NotEqual(one, Timeless(Json("--epochs", "1", "--seed", "2")));
    }

    [UnixTheory]
    [InlineData("step")]
    public void Ctrl_C_saves_and_resuming_gives_what_an_uninterrupted_training_gives(string schedule)
    {
        string[] options = ["--epochs", "40", "--batch-size", "256", "--schedule", schedule, "--quiet", "--backend", "simd"];
        string file = images["run.safetensors"];
        using (var child = new ChildCommand(["train", .. options, "--checkpoint", file]))
        {
            child.InterruptWhen(() => File.Exists(file));
            Assert.Equal((ExitCode.Interrupted, ""), (child.ExitCode, child.Output));
            Assert.Matches($"^Interrupted after [0-9]+ epochs? and [0-9]+ steps? of 6\\. Saved; go on with: optim train --checkpoint {file} --resume\n$", child.Error);
        }

        var resumed = Json("--checkpoint", file, "--resume");
        Assert.Equal(40, resumed["epochs"]!.AsArray().Count);
        Assert.Equal(Timeless(Json(options)), Timeless(resumed));
    }

    [MklTheory]
    [InlineData("mkl-matrices", "muon")]
    [InlineData("mkl", "adamw")]
    public void With_MKL_a_training_that_was_resumed_has_the_numbers_of_one_that_was_not(string backend, string optimizer)
    {
        string[] checkpoint = ["--checkpoint", images["run.safetensors"]];
        string[] options = ["--data", images.Path, "--model", "cnn", "--optimizer", optimizer, "--backend", backend, "--batch-size", "48", "--schedule", "constant"];
        Alone([.. options, .. checkpoint, "--epochs", "1", "--threads", "1"]);
        var resumed = Alone([.. checkpoint, "--resume", "--epochs", "3", "--threads", "2"]);
        Assert.Equal(Timeless(Alone([.. options, "--epochs", "3"])), Timeless(resumed));

        // In a process of its own: other memory, and whom MathNet multiplies by is a choice for a whole process.
        static JsonNode Alone(string[] arguments)
        {
            using var child = new ChildCommand(["train", .. arguments, "--json"]);
            Assert.Equal((ExitCode.Done, ""), (child.ExitCode, child.Error));
            return JsonNode.Parse(child.Output)!;
        }
    }

    [Fact]
    public void What_is_resumed_with_other_options_is_refused_with_their_names()
    {
        string file = images["run.safetensors"];
        Assert.Equal(ExitCode.Done, Run("--epochs", "1", "--quiet", "--checkpoint", file).Code);
        byte[] saved = File.ReadAllBytes(file);
        AssertRefused(
            "--resume must go on with what the training was begun with: --optimizer adamw, was sgd; --learning-rate 0.01, was 0.1; --batch-size 32, was 64; --seed 1, was 2. ",
            "--checkpoint", file, "--resume", "--optimizer", "sgd", "--learning-rate", "0.1", "--batch-size", "64", "--seed", "2");
        AssertRefused("--epochs must stay 1, was 3: the schedule 'cosine'", "--checkpoint", file, "--resume", "--epochs", "3");
        AssertRefused($"--checkpoint '{file}' is there already: --resume goes on from it", "--checkpoint", file);
        Assert.Equal(saved, File.ReadAllBytes(file));
    }

    [Fact]
    public void What_diverges_stops_and_says_where_and_what_to_try()
    {
        var (code, _, error) = Run("--optimizer", "sgd", "--learning-rate", "1e200", "--checkpoint", images["run.safetensors"]);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Matches(@"^The (loss|gradient's norm) was (NaN|Infinity) at step 2 \(epoch 1, step 2 of it; learning rate 1E\+200\): .* Try a lower --learning-rate, as 0\.3, or --clip 1, or ", error);
    }

    [Theory]
    [InlineData("--optimizer must be a known name, was 'adamm'; the nearest are 'adam', ", "--optimizer", "adamm")]
    [InlineData("--schedule must be a known name, was 'cosin'; the nearest are 'cosine', ", "--schedule", "cosin")]
    [InlineData("--model must be a known name, was 'cn'; the nearest are 'cnn', ", "--model", "cn")]
    [InlineData("--learning-rate must be a number more than 0, and finite, was '0'.", "--learning-rate", "0")]
    [InlineData("--learning-rate must be a number more than 0, and finite, was 'NaN'.", "--learning-rate", "NaN")]
    [InlineData("--weight-decay must be a number of 0 or more, and finite, was '-1'.", "--weight-decay", "-1")]
    [InlineData("--clip must be a number more than 0, and finite, was '-1'.", "--clip", "-1")]
    [InlineData("--epochs must be a whole number from 1 to 10000, was '0'.", "--epochs", "0")]
    [InlineData("--batch-size must be a whole number from 1 to 1000000, was '1.5'.", "--batch-size", "1.5")]
    [InlineData("--seed must be a whole number", "--seed", "one")]
    [InlineData("--seed must be given once, was '1' and '2'.", "--seed", "1", "--seed", "2")]
    [InlineData("--precision must be float or double, was 'half'.", "--precision", "half")]
    [InlineData("--backend must be one of simd, mkl-matrices, mkl, was cuda.", "--backend", "cuda")]
    [InlineData("--set must hold assignments such as Beta2=0.99, was 'Beta2'.", "--set", "Beta2")]
    [InlineData("--set Beta3=0.5: there is no hyperparameter 'Beta3'; the nearest are 'Beta1', 'Beta2', ", "--set", "Beta3=0.5")]
    [InlineData("--set Beta1=2: Beta1 must be in [0, 1), was 2.\n", "--set", "Beta1=2")]
    [InlineData("--set Beta1.Rate=2: 'Beta1' is a value, with nothing inside it.", "--set", "Beta1.Rate=2")]
    [InlineData("--set WeightDecay=1: there is no hyperparameter 'WeightDecay'", "--optimizer", "random_search", "--weight-decay", "1")]
    [InlineData("--resume needs --checkpoint", "--resume")]
    public void A_wrong_option_is_refused_in_a_sentence(string sentence, params string[] arguments) => AssertRefused(sentence, arguments);

    [Theory]
    [InlineData("The folder of the data must exist, was '/no/such/folder'.", "--data", "/no/such/folder")]
    [InlineData("--checkpoint must be a file that can be written, was '/no/such/folder/run'", "--checkpoint", "/no/such/folder/run")]
    [InlineData("--checkpoint '/no/such/folder/run' is not there: ", "--checkpoint", "/no/such/folder/run", "--resume")]
    public void What_cannot_be_read_or_written_is_named(string sentence, params string[] arguments) => AssertRefused(sentence, ExitCode.Unreadable, arguments);

    private static void AssertRefused(string sentence, params string[] arguments) => AssertRefused(sentence, ExitCode.Failed, arguments);

    private static void AssertRefused(string sentence, int code, string[] arguments)
    {
        var (actual, output, error) = Run(arguments);
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal((code, ""), (actual, output));
    }

    private static JsonNode Json(params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments, "--json"]);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        return JsonNode.Parse(output)!;
    }

    private static double[] Steps(JsonNode document, string what) => [.. document["steps"]![what]!.AsArray().Select(x => (double)x!)];

    /// <summary>A document without its times and what made it.</summary>
    private static string Timeless(JsonNode document)
    {
        Assert.True(document.AsObject().Remove("provenance") && document.AsObject().Remove("seconds"));
        foreach (var epoch in document["epochs"]!.AsArray())
        {
            Assert.True(epoch!.AsObject().Remove("seconds"));
        }

        return document.ToJsonString();
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(["train", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }

    [GeneratedRegex(@"^ +([0-9]/[0-9])  .* s$", RegexOptions.Multiline)]
    private static partial Regex EpochLine();
}
