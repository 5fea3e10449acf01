using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>A training that is interrupted and resumed from its file is the training that never stopped.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly ImageFolder images = new();

    public void Dispose() => images.Dispose();

    [Theory]
    [InlineData("mlp", "adamw")]
    [InlineData("cnn", "adamw")]
    [InlineData("mlp", "sam")]
    [InlineData("mlp", "schedulefree_adamw")]
    public void A_training_interrupted_at_any_step_and_resumed_has_the_bits_of_one_that_was_not(string model, string optimizer)
    {
        var (settings, data) = Given(model, optimizer);
        var whole = Run(new Session<double>(settings, data, Model()), null);
        Assert.Equal(8, whole.History.Steps.Count);
        for (int step = 0; step < 8; step++)
        {
            var first = Run(new Session<double>(settings, data, Model()), step);
            Assert.Equal(step, first.History.Steps.Count);
            AssertSame(whole, Run(Reloaded(first), null));
        }

        Network<double> Model() => Models.Named<double>(settings.Model, data);

        Session<double> Reloaded(Session<double> session)
        {
            Assert.Equal(session.State, Checkpoint.Load<double>(images["run.safetensors"]));
            return SessionFile.Load(images["run.safetensors"], settings, data, Model());
        }
    }

    [Fact]
    public void A_training_that_stops_after_every_step_has_the_bits_of_one_that_did_not()
    {
        var (settings, data) = Given("cnn", "lion");
        var model = Models.Named<float>("cnn", data);
        var whole = Run(new Session<float>(settings, data, model), null);
        var session = new Session<float>(settings, data, model);
        for (int step = 1; step <= 8; step++)
        {
            session = Run(session, step);
            session = SessionFile.Load(images["run.safetensors"], settings, data, model);
        }

        AssertSame(whole, Run(session, null));
    }

    [Fact]
    public void A_training_of_more_epochs_goes_on_where_the_schedule_does_not_depend_on_them()
    {
        var (settings, data) = Given("mlp", "adamw");
        settings = settings with { Schedule = NamedSchedule.Find("constant") };
        var longer = settings with { Epochs = 3 };
        var model = Models.Named<double>("mlp", data);
        Run(new Session<double>(settings, data, model), null);
        AssertSame(Run(new Session<double>(longer, data, model), null), Run(SessionFile.Load(images["run.safetensors"], longer, data, model), null));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_numbers_do_not_depend_on_the_threads(int threads)
    {
        var (settings, data) = Given("cnn", "adamw");
        var one = Run(new Session<float>(settings, data, Models.Named<float>("cnn", data)), null);
        AssertSame(one, Run(new Session<float>(settings, data, Models.Named<float>("cnn", data, threads)), null, threads));
    }

    [Fact]
    public void Other_data_are_refused()
    {
        var (settings, data) = Given("mlp", "adamw");
        var model = Models.Named<double>("mlp", data);
        Run(new Session<double>(settings, data, model), 3);
        using var others = new ImageFolder(seed: 2);
        var refusal = Assert.Throws<FormatException>(() => SessionFile.Load(images["run.safetensors"], settings, Idx.Load(new(others.Path)), model));
        Assert.StartsWith($"--data must be what '{images["run.safetensors"]}' was begun with, ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_no_training_and_one_that_was_edited_are_refused()
    {
        var (settings, data) = Given("mlp", "adamw");
        var model = Models.Named<double>("mlp", data);
        var session = Run(new Session<double>(settings, data, model), 3);
        string path = images["run.safetensors"];
        byte[] saved = File.ReadAllBytes(path);
        Checkpoint.Save(path, session.State);
        Assert.Contains("'model.options': there must be what 'optim train' writes", Assert.Throws<CheckpointException>(() => SessionFile.OptionsOf(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, saved);
        foreach (string text in (string[])["", "[]", "{}", "null", """{"loss": [1], "correct": [], "count": [], "learningRate": [], "gradientNorm": [], "epochs": []}"""])
        {
            var notes = new Dictionary<string, string>(Checkpoint.Notes(path)) { ["model.history"] = text };
            Checkpoint.Save(images["edited.safetensors"], session.State, notes: notes, tensors: Checkpoint.Tensors<double>(path));
            Assert.Equal("model.history", Assert.Throws<CheckpointException>(() => SessionFile.Load(images["edited.safetensors"], settings, data, model)).Key);
        }
    }

    [Fact]
    public void A_checkpoint_of_an_earlier_version_is_refused_with_what_to_do()
    {
        string path = images["earlier.safetensors"];
        Checkpoint.Save(path, Optimizer.Init(new Sgd(), TensorSet.OfArray([1.0])), notes: new Dictionary<string, string> { ["train.options"] = "{}", ["train.statistics"] = "[]" });
        Assert.Contains("an earlier 'optim train' wrote this checkpoint", Assert.Throws<CheckpointException>(() => SessionFile.OptionsOf(path)).Message, StringComparison.Ordinal);
    }

    private (TrainSettings Settings, Dataset Data) Given(string model, string optimizer) => (
        TrainSettings.Of(new Dictionary<string, string>
        {
            ["data"] = images.Path, ["model"] = model, ["optimizer"] = optimizer, ["batch-size"] = "48", ["epochs"] = "2", ["backend"] = "simd", ["clip"] = "1",
            ["schedule"] = "warmup-cosine",
        }),
        Idx.Load(new(images.Path)));

    /// <summary>Trains to the end, or until some steps have been taken.</summary>
    private Session<T> Run<T>(Session<T> session, int? steps, int threads = 1)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        using var source = new CancellationTokenSource();
        if (steps <= session.History.Steps.Count)
        {
            source.Cancel();
        }

        var end = session.Run(new Stopper(steps, source), threads, new(images["run.safetensors"]), source.Token);
        Assert.Equal(steps is null ? TrainingEnd.Completed : TrainingEnd.Cancelled, end);
        return session;
    }

    private static void AssertSame<T>(Session<T> expected, Session<T> actual)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Assert.Equal(expected.State, actual.State);
        Assert.Equal(expected.Statistics, actual.Statistics);
        Assert.Equal(expected.History.Steps.Select(step => step with { Seconds = 0 }), actual.History.Steps.Select(step => step with { Seconds = 0 }));
        Assert.Equal(expected.History.Epochs.Select(epoch => epoch with { Seconds = 0 }), actual.History.Epochs.Select(epoch => epoch with { Seconds = 0 }));
    }

    /// <summary>Asks to stop after some steps: at the last step of an epoch that is before its evaluation.</summary>
    private sealed class Stopper(int? steps, CancellationTokenSource source) : ITrainingCallback
    {
        public bool OnStep(TrainingProgress progress)
        {
            if (progress.Step == steps)
            {
                source.Cancel();
            }

            return true;
        }
    }
}
