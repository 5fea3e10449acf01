using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Optim.Generators;

/// <summary>Where a type stands: what has to be written around a further part of it.</summary>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Outer">The types around it, outermost first, as <c>partial class Outer</c>.</param>
/// <param name="Keyword">How a part of it begins: <c>partial record</c>.</param>
/// <param name="Name">Its name, without type parameters.</param>
/// <param name="Accessibility">Its modifier: <c>public</c>.</param>
/// <param name="FileName">The generated file's name, the same for no two types.</param>
internal sealed record Declared(string Namespace, EquatableArray<string> Outer, string Keyword, string Name, string Accessibility, string FileName)
{
    public static Declared Of(INamedTypeSymbol type)
    {
        var outer = new List<string>();
        for (var around = type.ContainingType; around is not null; around = around.ContainingType)
        {
            outer.Insert(0, $"{Keywords(around)} {around.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}");
        }

        string name = type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString();
        return new(name, new(outer), Keywords(type), type.Name, SyntaxFacts.GetText(type.DeclaredAccessibility), File(type));
    }

    /// <summary>Whether every declaration of the type and of the types around it says <c>partial</c>.</summary>
    public static bool IsPartial(INamedTypeSymbol type)
    {
        for (var around = type; around is not null; around = around.ContainingType)
        {
            if (!around.DeclaringSyntaxReferences.All(r => r.GetSyntax() is TypeDeclarationSyntax syntax && syntax.Modifiers.Any(SyntaxKind.PartialKeyword)))
            {
                return false;
            }
        }

        return true;
    }

    private static string Keywords(INamedTypeSymbol type) => (type.IsReadOnly ? "readonly partial " : "partial ") + (type.IsRecord ? "record" : "")
        + (type.IsValueType ? (type.IsRecord ? " struct" : "struct") : type.IsRecord ? "" : type.TypeKind == TypeKind.Interface ? "interface" : "class");

    private static string File(INamedTypeSymbol type)
    {
        string name = type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted)
            .WithGenericsOptions(SymbolDisplayGenericsOptions.None));
        return type.Arity == 0 ? $"{name}.g.cs" : $"{name}_{type.Arity.ToString(System.Globalization.CultureInfo.InvariantCulture)}.g.cs";
    }
}
