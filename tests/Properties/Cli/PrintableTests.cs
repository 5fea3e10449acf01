using Optim.Cli;
using Optim.Properties.Checking;
using Optim.Properties.Checkpoints;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>What a stranger's file says is printed, and commands no terminal.</summary>
public sealed class PrintableTests : IDisposable
{
    // Clears the screen, sets the title, goes back to the line's beginning, turns the direction of writing.
    private const string Hostile = "w\u001b[2J\u001b]0;title\u0007\r\u009b31m\u202e";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Names_and_texts_of_files_are_spelled_out_by_every_command_that_reads_them()
    {
        var first = Optimizer.Init(new Sgd(), TensorSet.OfTensors(Given.Vector(Hostile, 1.0), Given.Vector("b", 2.0)));
        Checkpoint.Save(folder["a"], first, notes: new Dictionary<string, string> { [Hostile] = Hostile });
        Safetensors.Save(folder["b"], TensorSet.OfTensors(Given.Vector(Hostile + "2", 1.0)));
        using ImageFolder images = new();
        File.WriteAllLines(images["labels.txt"], [Hostile, "b", "c", "d"]);
        string[][] commands =
        [
            ["inspect", folder["a"]], ["inspect", folder["a"], "--json"], ["inspect", folder["b"]], ["diff", folder["a"], folder["b"]], ["diff", folder["a"], folder["b"], "--json"],
            ["inspect", folder[Hostile]], ["replay", folder[Hostile]], ["recipes", Hostile], ["rules", Hostile], [Hostile], ["train", "--model", Hostile],
            ["train", "--data", images.Path, "--model", "linear", "--epochs", "1", "--save", folder["model"]], ["inspect", folder["model"]],
            ["train", "--data", images.Path, "--model", "linear", "--resume", folder["a"]],
        ];
        foreach (string[] arguments in commands)
        {
            var (text, error) = Run(arguments);
            RequirePrintable(text + error);
            Assert.NotEqual("", text + error);
        }

        Assert.Contains("\\u001b[2J", Run("inspect", folder["a"]).Output, StringComparison.Ordinal);
        Assert.Contains("\\u001b[2J", Run("inspect", folder[Hostile]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_of_the_library_are_printable_too()
    {
        Safetensors.Save(folder["b"], TensorSet.OfTensors(Given.Vector(Hostile, 1.0)));
        var layout = TensorSet.OfTensors(Given.Vector("other", 1.0));
        var state = Optimizer.Init(new Sgd(), layout);
        string[] messages =
        [
            Assert.Throws<CheckpointException>(() => Checkpoint.Load<double>(folder["b"])).Message,
            Assert.Throws<CheckpointException>(() => TorchCheckpoint.Load<double>(folder["b"], new AdamW())).Message,
            Assert.Throws<ArgumentException>(() => state.Step(Safetensors.Load<double>(folder["b"]))).Message,
            Safetensors.Load<double>(folder["b"]).Layout.ToString(),
        ];
        Assert.All(messages, RequirePrintable);
    }

    /// <summary>An oracle of its own: what a terminal acts on.</summary>
    private static bool Commands(char c) => c is < ' ' and not ('\n' or '\t') or (>= '\u007f' and < '\u00a0') or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static void RequirePrintable(string text) => Assert.DoesNotContain(text.Replace("\r\n", "\n", StringComparison.Ordinal), Commands);

    private static (string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter text = new(), error = new();
        Program.Run(arguments, text, error);
        return (text.ToString(), error.ToString());
    }
}
