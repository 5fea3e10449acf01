using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Cli;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary><c>optim replay</c>: what it prints, and what it exits with.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void The_golden_files_pass()
    {
        var (exit, output, error) = Replay(Golden.Folder);
        Assert.Equal(0, exit);
        Assert.Empty(error);
        Assert.Matches("^[1-9][0-9]* passed, 0 failed, 0 skipped$", LastLine(output));
        Assert.DoesNotContain('\u001b', output);
    }

    [Theory]
    [InlineData("opt_adam.json", "params")]
    [InlineData("opt_adam.json", "state")]
    [InlineData("clip_norm.json", "clipped")]
    [InlineData("clip_norm.json", "total_norm")]
    [InlineData("clip_value.json", "clipped")]
    public void A_number_that_is_off_by_a_billionth_fails(string file, string key)
    {
        var (exit, output, _) = Replay(Edited(file, first => Perturb(first[key]!)));
        Assert.Equal(1, exit);
        Assert.Matches("passed, 1 failed, 0 skipped$", LastLine(output));
        string line = output.Split('\n').Single(l => l.StartsWith("failed", StringComparison.Ordinal));
        Assert.Contains("worst 1.00E-9", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_NaN_in_the_recording_fails() => AssertFails("opt_sgd.json", c => c["params"]![3]![0]![1] = "NaN", "worst Infinity", "params at step 4, tensor 0, element 1");

    [Fact]
    public void A_hyperparameter_that_the_rule_does_not_know_fails() => AssertFails(
        "opt_sgd.json", c => c["hyperparameters"]!["foreach"] = true, "opt_sgd.json, case 'plain_default', key 'hyperparameters'", "takes no notice of: foreach");

    [Fact]
    public void A_hyperparameter_that_the_rule_refuses_fails() => AssertFails(
        "opt_sgd.json", c => c["hyperparameters"]!["momentum"] = 1.5, "key 'hyperparameters'", "Momentum must be in [0, 1), was 1.5");

    [Fact]
    public void An_input_that_the_replay_does_not_know_fails() => AssertFails("opt_sgd.json", c => c["closure"] = 1, "key 'closure': is not understood");

    [Theory]
    [InlineData("hyperparameters")]
    [InlineData("shapes")]
    [InlineData("tensors")]
    [InlineData("gradients")]
    [InlineData("params")]
    [InlineData("recommended_tolerance")]
    public void A_missing_key_is_named(string key) =>
        AssertFails("opt_adamw.json", c => c.Remove(key), $"opt_adamw.json, case 'default', key '{key}': is missing.");

    [Fact]
    public void Lists_of_the_wrong_length_are_named()
    {
        AssertFails("opt_sgd.json", c => c["tensors"]!.AsArray().RemoveAt(0), "key 'tensors': must hold 2 entries by 'shapes', was a list of 1.");
        AssertFails("opt_sgd.json", c => c["gradients"]![7]![1]!.AsArray().Add(0), "key 'gradients': must hold 3 entries by 'shapes', was a list of 4.");
        AssertFails("opt_sgd.json", c => c["params"]!.AsArray().RemoveAt(3), "key 'params': must hold one entry a step of 'gradients', 25, was 24.");
        AssertFails("opt_sgd.json", c => c["lr_per_step"] = new JsonArray(0.1), "key 'lr_per_step': must hold one entry a step of 'gradients', 25, was 1.");
        AssertFails("opt_sgd.json", c => c["gradients"] = new JsonArray(), "key 'gradients': must hold at least one step, was empty.");
    }

    [Fact]
    public void Values_of_the_wrong_type_are_named()
    {
        AssertFails("opt_sgd.json", c => c["tensors"]![0]![0] = "much", "key 'tensors': must hold numbers, was much.");
        AssertFails("opt_sgd.json", c => c["shapes"]![0]![0] = -1, "key 'shapes'", "must be 0 or more");
        AssertFails("opt_sgd.json", c => c["hyperparameters"]!["nesterov"] = 1, "Hyperparameter 'nesterov' must be true or false, was 1.");
        AssertFails("opt_sgd.json", c => c["recommended_tolerance"] = "Infinity", "key 'recommended_tolerance': must be in [0, 1), was Infinity.");
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("""{"kind": "x", "kind": "y"}""", "is not valid JSON")]
    [InlineData("[]", "must hold one JSON object, was Array.")]
    [InlineData("""{"kind": "facts", "cases": []}""", "broken.json: key 'family' must be a string that is not empty.")]
    [InlineData("""{"family": "sgd", "kind": "facts"}""", "broken.json: key 'cases' must be a list of cases.")]
    [InlineData("""{"family": "sgd", "kind": "facts", "cases": [{}]}""", "broken.json, case 0: key 'name'")]
    [InlineData("""{"family": "sgd", "kind": "facts", "cases": [{"name": "a"}, {"name": "a"}]}""", "broken.json, case 1: key 'name' must be unique")]
    public void A_file_that_is_no_recording_file_fails(string content, string message)
    {
        string path = Written("broken.json", content);
        var (exit, output, _) = Replay(path, Golden.PathOf("opt_sgdw.json"));
        Assert.Equal(1, exit);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.Equal("3 passed, 1 failed, 0 skipped", LastLine(output));
    }

    [Fact]
    public void What_we_do_not_have_is_skipped_by_name()
    {
        string[] files =
        [
            Written("family.json", """{"family": "sofa", "kind": "optimizer-open-loop", "cases": [{"name": "a"}, {"name": "b", "variant": null}]}"""),
            Written("variant.json", """{"family": "sgd", "kind": "optimizer-open-loop", "cases": [{"name": "a", "variant": "slow"}]}"""),
            Written("kind.json", """{"family": "sgd", "kind": "dance", "cases": [{"name": "a"}]}"""),
        ];
        var (exit, output, _) = Replay(files);
        Assert.Equal(0, exit);
        Assert.Contains("skipped  sofa    2 cases: no rule for this family", output, StringComparison.Ordinal);
        Assert.Contains("skipped  sgd     1 case: no rule for the variant 'slow'", output, StringComparison.Ordinal);
        Assert.Contains("skipped  sgd     1 case: files of kind 'dance' are not replayed", output, StringComparison.Ordinal);
        Assert.Equal("0 passed, 0 failed, 4 skipped", LastLine(output));
    }

    [Fact]
    public void No_case_at_all_is_an_error()
    {
        var (exit, output, error) = Replay(folder.FullName);
        Assert.Equal(1, exit);
        Assert.Equal($"There is no case to replay in: {folder.FullName}.", error.Trim());
        Assert.Equal("0 passed, 0 failed, 0 skipped", LastLine(output));
    }

    [Fact]
    public void A_path_that_is_not_there_is_an_error()
    {
        string path = Path.Combine(folder.FullName, "gone.json");
        var (exit, output, error) = Replay(path);
        Assert.Equal(2, exit);
        Assert.Empty(output);
        Assert.Equal($"There is no file or folder '{path}'.", error.Trim());
    }

    [Fact]
    public void Json_is_one_document_and_nothing_else()
    {
        var (exit, output, error) = Replay(Golden.PathOf("opt_sgd.json"), "--json");
        Assert.Equal(0, exit);
        Assert.Empty(error);
        using var document = JsonDocument.Parse(output);
        Assert.Equal(8, document.RootElement.GetProperty("passed").GetInt32());
        Assert.Equal(0, document.RootElement.GetProperty("failed").GetInt32());
        var first = document.RootElement.GetProperty("cases")[0];
        Assert.Equal("passed", first.GetProperty("outcome").GetString());
        Assert.InRange(first.GetProperty("worst").GetProperty("ratio").GetDouble(), 0, first.GetProperty("tolerance").GetDouble());
    }

    [Theory]
    [InlineData("replay", "nothing.json", "--backend", "mkl")]
    [InlineData("train", "--epochs", "1", "--backend", "mkl-matrices")]
    public void Without_MKL_the_command_that_asks_for_it_says_how_to_get_it(params string[] arguments)
    {
        using var child = new ChildCommand(arguments, ("OPTIM_MKL_PATH", "/nowhere"));
        Assert.Equal((ExitCode.Failed, ""), (child.ExitCode, child.Output));
        Assert.StartsWith($"--backend {arguments[^1]} needs Intel MKL. ", child.Error, StringComparison.Ordinal);
        Assert.Contains("/nowhere", child.Error, StringComparison.Ordinal);
    }

    private static (int Exit, string Output, string Error) Replay(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int exit = Program.Run(["replay", .. arguments], output, error);
        return (exit, output.ToString(), error.ToString());
    }

    private static string LastLine(string output) => output.TrimEnd('\n').Split('\n')[^1];

    /// <summary>Makes the number of the largest magnitude a billionth larger.</summary>
    private static void Perturb(JsonNode node)
    {
        var largest = Numbers(node).MaxBy(value => Math.Abs(value.GetValue<double>()))!;
        largest.ReplaceWith(largest.GetValue<double>() * (1 + 1e-9));
    }

    private static IEnumerable<JsonValue> Numbers(JsonNode? node) => node switch
    {
        JsonArray list => list.SelectMany(Numbers),
        JsonObject members => members.Where(m => m.Key != "step").SelectMany(m => Numbers(m.Value)),
        _ => [node!.AsValue()],
    };

    private void AssertFails(string file, Action<JsonObject> edit, params string[] messages)
    {
        var (exit, output, _) = Replay(Edited(file, edit));
        Assert.Equal(1, exit);
        Assert.Matches("passed, 1 failed, 0 skipped$", LastLine(output));
        Assert.All(messages, message => Assert.Contains(message, output, StringComparison.Ordinal));
    }

    /// <summary>A golden file, its first case changed.</summary>
    private string Edited(string file, Action<JsonObject> edit)
    {
        var root = JsonNode.Parse(File.ReadAllBytes(Golden.PathOf(file)))!;
        edit(root["cases"]![0]!.AsObject());
        return Written(file, root.ToJsonString());
    }

    private string Written(string name, string content)
    {
        string path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }
}
