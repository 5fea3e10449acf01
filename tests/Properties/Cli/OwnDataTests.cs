using System.Text.Json.Nodes;
using Optim.Cli;
using Optim.Cli.Training;
using Optim.Cli.Training.Sources;
using Optim.Networks;
using Optim.Properties.Checking;
using Optim.Properties.Checkpoints;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>A user's own data: tables, folders of class folders, IDX files without a part for testing, EMNIST.</summary>
public sealed class OwnDataTests : IDisposable
{
    private static readonly string Wine = Path.Combine(AppContext.BaseDirectory, "tables", "wine.csv");

    // A grey PNG of 2 x 2 pixels, 0 and 255 in turn.
    private static readonly byte[] Grey = Convert.FromHexString("89504E470D0A1A0A0000000D494844520000000200000002080000000057DD52F80000000C49444154789C6360F80F8400060001FF93D1E4890000000049454E44AE426082");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Three_cultivars_are_told_apart_by_real_measurements()
    {
        var document = Json("train", "--data", Wine, "--target", "cultivar", "--epochs", "20");
        Assert.InRange((double)document["testAccuracy"]!, 0.9, 1);
        Assert.Equal(["0", "1", "2"], document["classes"]!.AsArray().Select(entry => (string)entry!["class"]!));
        Assert.Equal((142, 36), ((int)document["data"]!["training"]!, (int)document["data"]!["test"]!));
        Assert.Equal((160, 18), Json("train", "--data", Wine, "--target", "cultivar", "--epochs", "1", "--hold-out", "0.1")["data"] is { } data ? ((int)data["training"]!, (int)data["test"]!) : default);
    }

    [Fact]
    public void A_number_is_predicted_with_the_R2_and_the_error_of_its_own_unit()
    {
        var document = Json("train", "--data", Wine, "--target", "alcohol", "--model", "linear", "--epochs", "60", "--learning-rate", "0.02");
        Assert.Null(document["testAccuracy"]);
        Assert.InRange((double)document["target"]!["testR2"]!, 0.3, 0.9);

        // By the definition, from the table's own numbers.
        var table = TableFile.Read(new(Wine)).Columns[0];
        int[] order = [.. new SeededRandom(1, 0).Permutation(table.Texts.Count)];
        double[] held = [.. order[..36].Select(row => table.Numbers![row])];
        double variance = held.Average(value => (value - held.Average()) * (value - held.Average())), error = (double)document["target"]!["rootMeanSquareError"]!;
        Assert.Equal(1 - (error * error / variance), (double)document["target"]!["testR2"]!, 1e-9);
        Assert.Matches("root mean square error [0-9.]+ in units of\\s+alcohol", Run("train", "--data", Wine, "--target", "alcohol", "--epochs", "2").Output);
    }

    [Fact]
    public void A_run_on_a_table_goes_on_with_the_same_bits_and_refuses_another_table()
    {
        string[] options = ["--data", Wine, "--target", "alcohol", "--schedule", "constant", "--checkpoint"];
        Run(["train", .. options, folder["whole"], "--epochs", "4", "-q"]);
        Run(["train", .. options, folder["parts"], "--epochs", "2", "-q"]);
        Assert.Equal((0, ""), (Run("train", "--checkpoint", folder["parts"], "--resume", "--epochs", "4", "-q").Code, Run("train", "--checkpoint", folder["parts"], "--resume", "--epochs", "4", "-q").Error));
        Assert.Equal(Checkpoint.Load<double>(folder["whole"]).Parameters, Checkpoint.Load<double>(folder["parts"]).Parameters);
        File.WriteAllText(folder["other.csv"], File.ReadAllText(Wine).Replace("14.23", "14.24", StringComparison.Ordinal));
        Assert.Contains("--data must be what", Run("train", "--checkpoint", folder["parts"], "--resume", "--data", folder["other.csv"]).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b\n1,2\n3,\n", "row 2 (line 3) has no value in the column 'b', was ''")]
    [InlineData("a,b\n1,2\nNA,4\n", "row 2 (line 3) has no value in the column 'a', was 'NA'")]
    [InlineData("a;b\n1;2\n3;?\n", "row 2 (line 3) has no value in the column 'b', was '?'")]
    [InlineData("a,b\n1,2\n3,4,5\n", "row 2 (line 3) must have 2 cells, as the header has, has 3")]
    [InlineData("1,2\n3,4\n5,6\n", "must begin with a header")]
    [InlineData("a\n1\n2\n", "a header with two columns or more")]
    [InlineData("a,b\n1,2\n", "two rows or more under its header, has 1")]
    [InlineData("a,b\n1,2\n3,2\n4,2\n5,2\n6,2\n", "must have two classes or more, was '2' in every row")]
    [InlineData("a,,b\n1,2,3\n3,2,1\n", "column 2 has no name")]
    [InlineData("", "a header with two columns or more")]
    public void A_table_that_cannot_be_read_is_refused_with_the_place(string text, string sentence)
    {
        File.WriteAllText(folder["t.csv"], text);
        var (code, output, error) = Run("train", "--data", folder["t.csv"], "--target", "b");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b\n\"1,5\",x\n2,y\n\"3,25\",x\n", "row 1 (line 2) has '1,5' in the column 'a': a number has a point, not a comma: 1.5")]
    [InlineData("a;b\n1;x\n2,5;y\n-3,25e1;x\n", "row 2 (line 3) has '2,5' in the column 'a': a number has a point, not a comma: 2.5")]
    [InlineData("a\tb\n1\t0,5\n2\t0,5\n", "row 1 (line 2) has '0,5' in the column 'b': a number has a point, not a comma: 0.5")]
    [InlineData("a;b\n1;x\n2,;y\n3;x\n", "row 2 (line 3) has '2,' in the column 'a'")]
    public void A_decimal_comma_is_refused_with_the_place_and_makes_no_classes(string text, string sentence)
    {
        File.WriteAllText(folder["t.csv"], text);
        var (code, output, error) = Run("train", "--data", folder["t.csv"], "--target", "b");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_with_commas_are_texts_and_columns_of_texts_are_named()
    {
        File.WriteAllText(folder["t.csv"], "size,seen,kind\n1,\"1,5\",x\n2,never,y\n3,\"1,5\",x\n4,never,y\n5,often,x\n");
        var data = TableSource.Load(new(folder["t.csv"]), new("kind"), 1);
        Assert.Equal(4, data.Shape.Length);
        Assert.EndsWith("; a feature for each text of 'seen' (3)", data.Source, StringComparison.Ordinal);
        Assert.DoesNotContain("each text", TableSource.Load(new(Wine), new("alcohol"), 1).Source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_that_is_never_closed_is_refused_with_the_file()
    {
        File.WriteAllText(folder["t.csv"], "a,b\n1,\"x\n" + string.Concat(Enumerable.Repeat("0123456789012345678901234567890123456789\n", 420_000)));
        var (code, output, error) = Run("train", "--data", folder["t.csv"], "--target", "b");
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"'{folder["t.csv"]}' must be a table of separated values", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_image_is_refused_by_name_wherever_it_breaks_off()
    {
        Directory.CreateDirectory(folder["pets/cat"]);
        Directory.CreateDirectory(folder["pets/dog"]);
        File.WriteAllBytes(folder["pets/cat/0.png"], Grey);
        File.WriteAllBytes(folder["pets/cat/1.png"], Grey);
        File.WriteAllBytes(folder["pets/dog/0.png"], Grey);
        for (int length = 0; length < Grey.Length - 12; length++)
        {
            // The last 12 bytes are the mark of the end.
            File.WriteAllBytes(folder["pets/dog/1.png"], Grey[..length]);
            Refused.With<IOException>("1.png' must be an image in PNG, JPEG or BMP: ", () => DataSource.Load(folder["pets"], new(), 1));
        }

        byte[] giant = [.. Grey];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(giant.AsSpan(16), 30_000);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(giant.AsSpan(20), 30_000);
        File.WriteAllBytes(folder["pets/dog/1.png"], giant);
        Refused.With<IOException>("1.png' must have", () => DataSource.Load(folder["pets"], new(), 1));
        var (code, _, error) = Run("train", "--data", folder["pets"]);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_into_memory_is_refused_with_its_path()
    {
        // A million rows of three thousand features; twenty thousand images of 400 x 400 pixels in colour.
        Refused.With<TableException>("'t.csv' must have fewer than", () => TableSource.SizeOf(1_000_000, 3000, new("t.csv")));
        Refused.With<IOException>("'pets' must have fewer than", () => Optim.Cli.Training.Sources.ImageFolder.SizeOf(20_000, new(3, 400, 400), "pets"));
        Assert.Equal(6, TableSource.SizeOf(2, 3, new("t.csv")));
    }

    [Fact]
    public void Images_of_several_sizes_are_refused_with_both_sizes()
    {
        Directory.CreateDirectory(folder["pets/cat"]);
        Directory.CreateDirectory(folder["pets/dog"]);
        File.WriteAllBytes(folder["pets/cat/0.png"], Grey);
        File.WriteAllBytes(folder["pets/cat/1.png"], Grey);
        File.WriteAllBytes(folder["pets/dog/0.png"], Grey);

        // A bitmap of one white pixel.
        File.WriteAllBytes(folder["pets/dog/1.bmp"], Convert.FromHexString("424D3A0000000000000036000000280000000100000001000000010018000000000004000000130B0000130B00000000000000000000FFFFFF00"));
        string message = Refused.With<IOException>("Bring all images to one size", () => DataSource.Load(folder["pets"], new(), 1)).Message;
        Assert.Contains("2 x 2 pixels", message, StringComparison.Ordinal);
        Assert.Contains("1 x 1", message, StringComparison.Ordinal);
        Assert.EndsWith("--image-size usual cuts and resizes them to the most frequent one, --image-size 2x2 to that.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_without_a_licence_has_no_empty_one()
    {
        var data = new Dataset("EMNIST x", "NIST", "https://example.org", null, ["a", "b"], Examples.OfLabels(1, [0, 1], [0, 1]), Examples.OfLabels(1, [0], [0]));
        Assert.Equal("EMNIST x. NIST.", Optim.Cli.Reports.DataBlock.Text(data));
        Assert.Equal("https://example.org", Assert.IsType<Optim.Reports.Link>(Optim.Cli.Reports.DataBlock.Of(data)).Address);
        Assert.Equal("EMNIST x. NIST. Licence: MIT.", Optim.Cli.Reports.DataBlock.Text(data with { License = "MIT" }));
        Assert.IsType<Optim.Reports.Paragraph>(Optim.Cli.Reports.DataBlock.Of(data with { Address = null }));
    }

    [Theory]
    [InlineData("--target must be a column of", "--target", "cultivr")]
    [InlineData("needs --target, the column to predict: one of alcohol, malic_acid")]
    [InlineData("--task must be classes or regression, was 'clases'", "--target", "cultivar", "--task", "clases")]
    [InlineData("--model cnn needs images", "--target", "cultivar", "--model", "cnn")]
    [InlineData("--model svm needs classes, and 'alcohol' is a number", "--target", "alcohol", "--model", "svm")]
    [InlineData("--hold-out must be a fraction between 0 and 1", "--target", "alcohol", "--hold-out", "1")]
    [InlineData("--hold-out must leave a row to train on", "--target", "alcohol", "--hold-out", "0.001")]
    public void An_option_that_does_not_fit_a_table_is_refused(string sentence, params string[] options) =>
        Assert.Contains(sentence, Run(["train", "--data", Wine, .. options]).Error, StringComparison.Ordinal);

    [Fact]
    public void Columns_of_texts_are_one_feature_per_text_and_quotes_hold_commas()
    {
        File.WriteAllText(folder["t.csv"], "size,\"colour, outside\",kind\n1,red,x\n2,\"dark, blue\",y\n3,red,x\n4,\"dark, blue\",y\n5,green,x\n");
        var data = TableSource.Load(new(folder["t.csv"]), new("kind"), 1);
        Assert.Equal((4, 4, 1), (data.Shape.Length, data.Training.Count, data.Test.Count));
        Assert.Equal(["x", "y"], data.Classes);
        for (int i = 0; i < data.Training.Count; i++)
        {
            Assert.Equal(1, data.Training.Row(i)[1..].ToArray().Sum());
        }

        // The rows to train on have mean 0 and deviation 1.
        double[] sizes = [.. Enumerable.Range(0, 4).Select(i => data.Training.Row(i)[0])];
        Assert.Equal((0, 1), (Math.Round(sizes.Average(), 12), Math.Round(sizes.Average(size => size * size), 12)));
    }

    [Fact]
    public void A_folder_of_class_folders_is_images_of_classes()
    {
        foreach (string kind in (string[])["cat", "dog"])
        {
            var inner = Directory.CreateDirectory(Path.Combine(folder["pets"], kind));
            for (int i = 0; i < 10; i++)
            {
                File.WriteAllBytes(Path.Combine(inner.FullName, $"{i}.png"), Grey);
            }
        }

        var data = DataSource.Load(folder["pets"], new(), 1);
        Assert.Equal(["cat", "dog"], data.Classes);
        Assert.Equal((new ImageShape(1, 2, 2), 16, 4), (data.Shape, data.Training.Count, data.Test.Count));
        Assert.Equal([0, 255, 255, 0], data.Training.Image(0).ToArray());
        Assert.Equal(10, data.Training.Labels.ToArray().Concat(data.Test.Labels.ToArray()).Count(label => label == 1));

        File.WriteAllBytes(Path.Combine(folder["pets"], "cat", "broken.png"), [1, 2, 3]);
        Assert.Contains("broken.png' must be an image", Assert.Throws<IOException>(() => DataSource.Load(folder["pets"], new(), 1)).Message, StringComparison.Ordinal);
        Assert.Contains("--target is for a table", Assert.Throws<FormatException>(() => DataSource.Load(folder["pets"], new("x"), 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Idx_files_without_a_part_for_testing_hold_out_a_fraction()
    {
        using var images = new ImageFolder();
        Assert.Throws<IdxException>(() => Idx.Load(new(images.Path), 0.2));
        int all = Idx.Load(new(images.Path)).Training.Count;
        foreach (string file in Directory.GetFiles(images.Path, "t10k*"))
        {
            File.Delete(file);
        }

        Refused.With<IdxException>("a fraction of those to train on can be held out (--hold-out 0.2)", () => Idx.Load(new(images.Path)));
        var data = Idx.Load(new(images.Path), 0.25, seed: 3);
        Assert.Equal((all - (all / 4), all / 4), (data.Training.Count, data.Test.Count));
        Assert.Equal(data, Idx.Load(new(images.Path), 0.25, seed: 3));
        Assert.NotEqual(data, Idx.Load(new(images.Path), 0.25, seed: 4));
        Assert.Throws<ArgumentOutOfRangeException>("holdOut", () => Idx.Load(new(images.Path), 1));
    }

    [Fact]
    public void Emnist_is_turned_upright_and_its_letters_count_from_one()
    {
        // Two images of 2 x 3 pixels as they are read, stored column by column.
        foreach (string part in (string[])["train", "test"])
        {
            Idx_("letters", part, "images-idx3", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16]);
            Idx_("letters", part, "labels-idx1", [0, 0, 8, 1, 0, 0, 0, 2, 1, 2]);
        }

        File.WriteAllText(folder["emnist-letters-mapping.txt"], "1 65 97\n2 66 98\n");
        var data = Idx.Load(new(folder["."]));
        Assert.Equal(["A", "B"], data.Classes);
        Assert.Equal(("EMNIST letters", new ImageShape(1, 2, 3)), (data.Name, data.Shape));
        Assert.Equal([1, 2, 3, 4, 5, 6], data.Training.Image(0).ToArray());
        Assert.Equal([0, 1], data.Test.Labels.ToArray());

        Idx_("digits", "train", "images-idx3", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9]);
        Refused.With<IdxException>("has 2 parts of EMNIST; name one: ", () => Idx.Load(new(folder["."])));
        Assert.Equal(data, Idx.Load(new(folder["emnist-letters"])));

        void Idx_(string name, string part, string what, byte[] bytes) => File.WriteAllBytes(folder[$"emnist-{name}-{part}-{what}-ubyte"], bytes);
    }

    private static JsonNode Json(params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments, "--json"]);
        Assert.Equal((0, ""), (code, error));
        return JsonNode.Parse(output)!;
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
