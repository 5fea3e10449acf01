using FsCheck;
using FsCheck.Fluent;
using Optim.Cli.Reports;
using Optim.Reports;

namespace Optim.Properties.Reporting;

/// <summary>Texts that break what is not careful, and tables of them and of numbers of every kind.</summary>
internal static class AnyTable
{
    private static readonly string[] Pieces =
    [
        "</script>", "</SCRIPT ", "<script>alert(1)</script>", "<!--", "-->", "]]>", "</title>", "</table>", "<img src=x onerror=alert(1)>", "\"", "' onload='x", "\" onload=\"x", "&", "&lt;", "&#60;",
        "\\", "\\u003c", ",", "\r\n", "\n", "\r", "\"\"", "=1+1", "{{", "$&", "\t", "\u2028", "é", "漢", "😀", "a", " ", "0",
    ];

    private static readonly double[] Corners =
        [0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, 0.1, 1e21, 1e-7, 123456789.123456789];

    /// <summary>Up to six pieces.</summary>
    public static Gen<string> Texts { get; } =
        from count in Gen.Choose(0, 6)
        from parts in Gen.ArrayOf(Gen.Elements(Pieces), count)
        select string.Concat(parts);

    /// <summary>A text that is not empty, shrunk to its halves.</summary>
    public static Arbitrary<string> Text { get; } = Arb.From(Texts.Where(text => text.Length > 0), text => text.Length < 2 ? [] : [text[..(text.Length / 2)], text[(text.Length / 2)..]]);

    /// <summary>Any double by its bits, more often than not an unusual one.</summary>
    public static Gen<double> Numbers { get; } = Gen.OneOf(
        Gen.Elements(Corners),
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        select BitConverter.Int64BitsToDouble(((long)high << 32) | (uint)low));

    /// <summary>A table with a column of each kind, some cells empty.</summary>
    public static Arbitrary<DataTable> Of()
    {
        var row =
            from text in Gen.Frequency((1, Gen.Constant<string?>(null)), (5, Texts.Select(text => (string?)text)))
            from whole in Gen.Frequency((1, Gen.Constant<long?>(null)), (5, Gen.Choose(int.MinValue, int.MaxValue).Select(value => (long?)value * value)))
            from number in Gen.Frequency((1, Gen.Constant<double?>(null)), (5, Numbers.Select(value => (double?)value)))
            from flag in Gen.Elements<bool?>(null, true, false)
            select (text, whole, number, flag);
        var names =
            from first in Texts
            select (string[])["text" + first, "whole", "number", "flag"];
        return Arb.From(
            from heads in names
            from count in Gen.Choose(0, 5)
            from rows in Gen.ArrayOf(row, count)
            select DataTable.Of(
                "table", rows,
                Column.Text<(string? Text, long? Whole, double? Number, bool? Flag)>(heads[0], r => r.Text),
                Column.Whole<(string? Text, long? Whole, double? Number, bool? Flag)>(heads[1], r => r.Whole),
                Column.Number<(string? Text, long? Whole, double? Number, bool? Flag)>(heads[2], r => r.Number),
                Column.Flag<(string? Text, long? Whole, double? Number, bool? Flag)>(heads[3], r => r.Flag)));
    }
}
