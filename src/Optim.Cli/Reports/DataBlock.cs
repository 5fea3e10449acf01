using Optim.Networks;
using Optim.Reports;

namespace Optim.Cli.Reports;

/// <summary>Where data come from, in a report.</summary>
internal static class DataBlock
{
    /// <summary>Name, source and licence, with a link where there is a page about them.</summary>
    public static Block Of(Dataset data) => Of(data.Name, data.Source, data.Address, data.License);

    /// <summary>The same of data that are described alone.</summary>
    public static Block Of(string name, string source, string? address, string? license) => address is null
        ? new Paragraph(Text(name, source, license))
        : new Link(Text(name, source, license), address);

    /// <summary>Name, source and, where it is known, the licence.</summary>
    public static string Text(Dataset data) => Text(data.Name, data.Source, data.License);

    /// <summary>The same of data that are described alone.</summary>
    public static string Text(string name, string source, string? license) => $"{name}. {source}.{(license is null ? "" : $" Licence: {license}.")}";
}
