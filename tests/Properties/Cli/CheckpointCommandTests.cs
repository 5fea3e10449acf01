using System.Text.Json;
using Optim.Cli;
using Optim.Properties.Checking;
using Optim.Properties.Checkpoints;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary><c>optim inspect</c> and <c>optim diff</c>.</summary>
public sealed class CheckpointCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CheckpointCommandTests()
    {
        var state = Optimizer.Init(
            new ClipByGlobalNorm(1).Then(new Adam { LearningRate = Schedule.Cosine(0.1, 10) }), TensorSet.OfTensors(Given.Vector("w", 3.0, 4), Given.Vector("b\u001b[31m", 1.0)));
        Checkpoint.Save(folder["a"], state);
        Checkpoint.Save(folder["b"], state.Step(state.Parameters).Item1);
        Safetensors.Save(folder["plain"], TensorSet.OfTensors(Given.Vector("w", 1, float.NaN, float.PositiveInfinity), Given.Vector<float>("none")), new Dictionary<string, string> { ["by"] = "hand" });
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Inspect_shows_the_rule_the_step_and_every_tensor()
    {
        var (code, output, error) = Run("inspect", folder["b"]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("6 tensors", output, StringComparison.Ordinal);
        Assert.Contains("step   1", output, StringComparison.Ordinal);
        Assert.Contains("rule   Chain { ClipByGlobalNorm { MaxNorm = 1", output, StringComparison.Ordinal);
        Assert.Contains("LearningRate = Cosine(0.1", output, StringComparison.Ordinal);
        Assert.Matches(@"slots/exp_avg_sq/w\s+F64\s+\[2\]\s+", output);
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
        Assert.Contains(@"parameters/b\u001b[31m", output, StringComparison.Ordinal);
        Assert.Matches(@"parameters/w\s+F64\s+\[2\]\s+5\s+3\s+4", Run("inspect", folder["a"]).Output);
    }

    [Fact]
    public void Inspect_reads_any_safetensors_file()
    {
        var (code, output, error) = Run("inspect", folder["plain"]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("by   hand", output, StringComparison.Ordinal);
        Assert.Contains("2 not finite", output, StringComparison.Ordinal);
        Assert.DoesNotContain("rule", output, StringComparison.Ordinal);
        var document = JsonDocument.Parse(Run("inspect", folder["plain"], "--json").Output).RootElement;
        Assert.Equal(JsonValueKind.Null, document.GetProperty("checkpoint").ValueKind);
        var tensor = document.GetProperty("tensors").EnumerateArray().Single(t => t.GetProperty("name").GetString() == "w");
        Assert.Equal(("F32", 3, 2), (tensor.GetProperty("type").GetString(), tensor.GetProperty("shape")[0].GetInt32(), tensor.GetProperty("notFinite").GetInt32()));
        var checkpoint = JsonDocument.Parse(Run("inspect", folder["a"], "--json").Output).RootElement.GetProperty("checkpoint");
        Assert.Equal(0, checkpoint.GetProperty("step").GetInt64());
        Assert.StartsWith("""{"rule":"chain",""", checkpoint.GetProperty("ruleJson").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Diff_tells_what_differs_and_by_how_much()
    {
        Assert.Equal((0, "The same: 6 tensors, to the bit.", ""), Trimmed(Run("diff", folder["a"], folder["a"])));
        var (code, output, error) = Run("diff", folder["a"], folder["b"]);
        Assert.Equal((1, ""), (code, error));
        Assert.Contains("optim.step", output, StringComparison.Ordinal);
        Assert.Contains("  - 0", output, StringComparison.Ordinal);
        Assert.Contains("  + 1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("optim.rule", output, StringComparison.Ordinal);
        Assert.Matches(@"parameters/w  2 elements, at most by 0\.1 \(element \d\), by norm 0\.028", output);
        Assert.Contains("0 tensors are the same to the bit, 6 differ, 0 have no counterpart.", output, StringComparison.Ordinal);
        var document = JsonDocument.Parse(Run("diff", folder["a"], folder["plain"], "--json").Output).RootElement;
        Assert.False(document.GetProperty("same").GetBoolean());
        Assert.Equal(6, document.GetProperty("onlyInFirst").GetArrayLength());
        Assert.Equal(2, document.GetProperty("onlyInSecond").GetArrayLength());
    }

    [Fact]
    public void Diff_sees_bits_shapes_and_types()
    {
        Safetensors.Save(folder["zero"], TensorSet.OfTensors(Given.Vector("x", 0.0, 1), Given.Vector("y", 1.0), Given.Vector("n", double.NaN)));
        Safetensors.Save(folder["minus"], TensorSet.OfTensors(Given.Vector("x", -0.0, 1), Given.Vector("y", 1.0, 2), Given.Vector("n", 1.0)));
        Safetensors.Save(folder["single"], TensorSet.OfTensors(Given.Vector("x", 0.0f, 1), Given.Vector("y", 1.0f), Given.Vector("n", float.NaN)));
        var (code, output, _) = Run("diff", folder["zero"], folder["minus"]);
        Assert.Equal(1, code);
        Assert.Contains("x  the same numbers in other bits", output, StringComparison.Ordinal);
        Assert.Contains("y  F64 [1] and F64 [2]", output, StringComparison.Ordinal);
        Assert.Contains("n  1 elements, at most by NaN (element 0)", output, StringComparison.Ordinal);
        Assert.Contains("x  F64 [2] and F32 [2]: the same numbers in other bits", Run("diff", folder["zero"], folder["single"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_an_error()
    {
        File.WriteAllBytes(folder["broken"], [1, 2, 3]);
        Assert.Equal(2, Run("inspect", folder["absent"]).Code);
        Assert.Contains("has 8 bytes or more, this one has 3", Run("inspect", folder["broken"]).Error, StringComparison.Ordinal);
        Assert.Contains("absent", Run("diff", folder["a"], folder["absent"]).Error, StringComparison.Ordinal);
        Assert.Equal(2, Run("diff", folder["broken"], folder["a"]).Code);
        Assert.Equal(2, Run("inspect", folder.Path).Code);
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder["broken"], bytes);
        Assert.Contains("has been damaged", Run("inspect", folder["broken"]).Error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Trimmed((int Code, string Output, string Error) run) => (run.Code, run.Output.Trim(), run.Error);

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
