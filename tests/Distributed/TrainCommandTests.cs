using Optim.Cli;
using Optim.Cli.Train;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Distributed.Tests;

/// <summary><c>optim train --distributed</c>: whole states or divided ones, threads or processes, the checkpoint has the bits of one process.</summary>
public sealed class TrainCommandTests(ITestOutputHelper log) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("optim-train-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("adamw", "mlp")]
    [InlineData("adamw", "cnn")]
    [InlineData("muon", "cnn")]
    [InlineData("schedulefree_adamw", "mlp")]
    public void A_divided_state_ends_in_the_checkpoint_of_one_process(string optimizer, string model)
    {
        var settings = Settings(optimizer, model);
        Run(LocalCommunicator.Alone(), settings, "one", divides: false);
        foreach (int size in (int[])[1, 2, 3])
        {
            LocalCommunicator.Run(size, ranks => Run(ranks, settings, FormattableString.Invariant($"divided-{size}"), divides: true));
            AssertSame("one", FormattableString.Invariant($"divided-{size}"));
        }

        LocalCommunicator.Run(2, ranks => Run(ranks, settings, "whole-2", divides: false));
        AssertSame("one", "whole-2");
    }

    [Fact]
    public void A_rank_keeps_its_part_of_the_state_alone()
    {
        long[] bytes = [.. LocalCommunicator.Run(4, ranks =>
        {
            using var session = SessionOf(ranks, Settings("adamw", "mlp"), divides: true);
            return session.State.Parameters.Length + session.State.Slots.Values.Sum(slot => (long)slot.Length);
        })];
        using var whole = SessionOf(LocalCommunicator.Alone(), Settings("adamw", "mlp"), divides: false);
        Assert.Equal(3L * whole.State.Parameters.Length, bytes.Sum());
        log.WriteLine(string.Join(' ', bytes));
    }

    [Fact]
    public void What_cannot_be_divided_is_refused()
    {
        Assert.Equal((ExitCode.Failed, "--divide-states needs --distributed: the ranks that mpiexec has started each keep a part of the state."), Refused("train", "--divide-states"));
        var (code, error) = Refused("train", "--distributed", "--divide-states", "--optimizer", "sam", "--epochs", "1");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("objective", error, StringComparison.Ordinal);
    }

    [MpiFact]
    public void Processes_that_divide_the_state_write_the_checkpoint_of_one_and_go_on_from_it()
    {
        string[] options = ["--optimizer", "adamw", "--clip", "1", "--schedule", "constant", "--quiet"];
        Assert.Equal(ExitCode.Done, Optim.Cli.Program.Run(["train", "--shards", "16", "--epochs", "1", .. options, "--checkpoint", PathOf("one")], TextWriter.Null, TextWriter.Null));
        using (var job = new MpiJob(2, "optim.dll", ["train", "--distributed", "--divide-states", "--epochs", "1", .. options, "--checkpoint", PathOf("processes")]))
        {
            Ends(job);
        }

        AssertSame("one", "processes");
        Assert.Equal(ExitCode.Done, Optim.Cli.Program.Run(["train", "--resume", "--epochs", "2", "--quiet", "--checkpoint", PathOf("one")], TextWriter.Null, TextWriter.Null));
        using (var job = new MpiJob(3, "optim.dll", ["train", "--distributed", "--divide-states", "--resume", "--epochs", "2", "--quiet", "--checkpoint", PathOf("processes")]))
        {
            Ends(job);
        }

        AssertSame("one", "processes");

        void Ends(MpiJob job)
        {
            var (code, output) = job.End();
            log.WriteLine(output);
            Assert.Equal(0, code);
        }
    }

    private static TrainSettings Settings(string optimizer, string model) => TrainSettings.Of(new Dictionary<string, string>
    {
        ["optimizer"] = optimizer, ["model"] = model, ["epochs"] = "1", ["batch-size"] = "128", ["shards"] = "4", ["clip"] = "1", ["precision"] = "float",
    });

    private static Session<float> SessionOf(ICommunicator ranks, TrainSettings settings, bool divides)
    {
        var data = TrainData.Load(settings);
        return new(settings, data, Optim.Cli.Training.Models.Named<float>(settings.Model, data), ranks: ranks, divideStates: divides);
    }

    private int Run(ICommunicator ranks, TrainSettings settings, string name, bool divides)
    {
        using var session = SessionOf(ranks, settings, divides);
        session.Run(watcher: null, threads: 1, new(PathOf(name)), CancellationToken.None);
        return 0;
    }

    private static (int Code, string Error) Refused(params string[] arguments)
    {
        using var error = new StringWriter();
        return (Optim.Cli.Program.Run(arguments, TextWriter.Null, error), error.ToString().Trim());
    }

    private string PathOf(string name) => Path.Combine(folder, name + ".safetensors");

    private void AssertSame(string expected, string actual)
    {
        using SafetensorsFile first = SafetensorsFile.Open(PathOf(expected)), second = SafetensorsFile.Open(PathOf(actual));
        Assert.Equal(first.Tensors.Select(tensor => tensor.Name), second.Tensors.Select(tensor => tensor.Name));
        Assert.All(first.Tensors, tensor => Assert.Equal(first.ReadBytes(tensor.Name), second.ReadBytes(tensor.Name)));

        // Neither durations nor the hash, which is of them too.
        Assert.Equal(Texts(first), Texts(second));

        static IEnumerable<KeyValuePair<string, string>> Texts(SafetensorsFile file) =>
            file.Metadata.Where(text => text.Key is not (SessionFile.DurationsNote or "optim.sha256")).OrderBy(text => text.Key, StringComparer.Ordinal);
    }
}
