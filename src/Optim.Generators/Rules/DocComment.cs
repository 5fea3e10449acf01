using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Optim.Generators;

/// <summary>What a rule's documentation says in its own tags.</summary>
internal sealed record DocComment(string Summary, string Formula, string Paper, string Definition, string Differs)
{
    public static DocComment Empty { get; } = new("", "", "", "", "");

    /// <summary>Reads the comment's text itself: a compilation without a documentation file does not parse comments.</summary>
    public static DocComment Of(SyntaxNode declaration, string name, Location location, bool required, List<Problem> problems)
    {
        XElement root;
        try
        {
            root = XElement.Parse($"<member>{Text(declaration)}</member>", LoadOptions.PreserveWhitespace);
        }
        catch (XmlException e)
        {
            problems.Add(Problem.At(Diagnostics.NotXml, location, name, e.Message));
            return Empty;
        }

        return new(
            Read("summary", " ", required), Read("formula", "\n", required), Read("paper", " ", required), Read("definition", " ", required), Read("differs", " ", false));

        string Read(string tag, string between, bool needed)
        {
            var elements = root.Elements(tag).ToList();
            if (elements.Count > 1)
            {
                problems.Add(Problem.At(Diagnostics.TagTwice, location, name, tag));
            }

            string text = elements.Count == 0 ? "" : string.Join(between, Lines(elements[0].Value));
            if (needed && text.Length == 0)
            {
                problems.Add(Problem.At(Diagnostics.NoTag, location, name, tag));
            }

            return text;
        }
    }

    private static string Text(SyntaxNode declaration)
    {
        var lines = declaration.GetLeadingTrivia()
            .Where(trivia => trivia.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia) || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia))
            .SelectMany(trivia => trivia.ToFullString().Split('\n'))
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("///", StringComparison.Ordinal))
            .Select(line => line.Substring(3));
        return string.Join("\n", lines);
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);
}
