using System.Text.Json;

namespace Optim.Conformance;

/// <summary>The function that a closed loop was recorded on: one of <see cref="TestProblems"/>, with its data.</summary>
internal static class RecordedProblem
{
    /// <exception cref="FormatException">The function is not known, or its data are missing or malformed.</exception>
    public static Func<TensorSet<double>, Tuple<double, TensorSet<double>>> Objective(Recording recording)
    {
        var problem = recording.Problem();
        try
        {
            return Text(problem, "function") switch
            {
                "rosenbrock" => TestProblems.Rosenbrock,
                "himmelblau" => TestProblems.Himmelblau,
                "beale" => TestProblems.Beale,
                "booth" => TestProblems.Booth,
                "styblinski_tang" => TestProblems.StyblinskiTang,
                "quadratic" when Data(recording, problem) is var data => TestProblems.Quadratic<double>(Matrix(data, "A"), Numbers(Get(data, "c"))),
                "logistic" when Data(recording, problem) is var data =>
                    TestProblems.Logistic<double>(Matrix(data, "X"), Numbers(Get(data, "y")), Number(Get(data, "l2"))),
                var function => throw new FormatException($"the function '{function}' is not known here."),
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IOException)
        {
            throw recording.Error("problem", e.Message, e);
        }
    }

    /// <summary>The problem's data: its own, or those of the file it refers to, which lies beside this one.</summary>
    private static JsonElement Data(Recording recording, JsonElement problem)
    {
        if (!problem.TryGetProperty("data_in", out _))
        {
            return Get(problem, "data");
        }

        string file = Text(problem, "data_in");
        if (recording.Folder is null || Path.GetFileName(file) != file)
        {
            throw new FormatException($"'data_in' must name a file beside this one, was '{file}'.");
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(recording.Folder, file)));
        return Get(Get(document.RootElement, "problem"), "data").Clone();
    }

    private static double[,] Matrix(JsonElement data, string key)
    {
        double[][] rows = [.. List(Get(data, key)).Select(Numbers)];
        int columns = rows.Length == 0 ? 0 : rows[0].Length;
        double[,] matrix = new double[rows.Length, columns];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[i, j] = rows[i].Length == columns ? rows[i][j] : throw new FormatException($"the rows of '{key}' must be of one length.");
            }
        }

        return matrix;
    }

    private static double[] Numbers(JsonElement element) => [.. List(element).Select(Number)];

    private static double Number(JsonElement element) =>
        JsonNumber.TryRead(element, out double value) ? value : throw new FormatException($"the data must be numbers, was {element}.");

    private static JsonElement.ArrayEnumerator List(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : throw new FormatException($"the data must be lists of numbers, was {element.ValueKind}.");

    private static string Text(JsonElement element, string key) =>
        Get(element, key) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw new FormatException($"'{key}' must be a string.");

    private static JsonElement Get(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) ? value : throw new FormatException($"'{key}' is missing.");
}
