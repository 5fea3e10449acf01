using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Optim.Generators;

/// <summary>From a declaration with <c>[Rule]</c> to the model of its generated part.</summary>
internal static class RuleReader
{
    private static readonly SymbolDisplayFormat TypeFormat =
        SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    public static RuleModel Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var type = (INamedTypeSymbol)context.TargetSymbol;
        var syntax = (TypeDeclarationSyntax)context.TargetNode;
        var location = syntax.Identifier.GetLocation();
        var problems = new List<Problem>();
        if (!Declared.IsPartial(type))
        {
            problems.Add(Problem.At(Diagnostics.NotPartial, location, type.Name));
        }

        if (!IsRule(type.BaseType))
        {
            problems.Add(Problem.At(Diagnostics.NotARule, location, type.Name));
        }

        var properties = new PropertyReader(context.SemanticModel.Compilation, problems, cancellation);
        var own = type.GetMembers().OfType<IPropertySymbol>().Where(IsHyperparameter).ToList();
        var checkedOnes = own.Select(properties.Read).OfType<CheckedProperty>().ToList();
        var registration = Registered(context.Attributes[0], type, location, problems);
        var documentation = DocComment.Of(syntax, type.Name, location, required: registration is not null, problems);
        return new(Declared.Of(type), new(checkedOnes), new(Copied(type, own)), new(Constructions(type, own)), documentation, registration, new(problems));
    }

    /// <summary>A type as C#, from anywhere.</summary>
    public static string Name(ITypeSymbol type) => type.ToDisplayString(TypeFormat);

    private static bool IsRule(INamedTypeSymbol? type) => type is not null && (type.ToDisplayString() == "Optim.Rule" || IsRule(type.BaseType));

    private static bool IsHyperparameter(IPropertySymbol property) =>
        property is { DeclaredAccessibility: Accessibility.Public, IsStatic: false, IsIndexer: false, SetMethod.IsInitOnly: true };

    /// <summary>The type's own properties, then those of wrappers above it; not those for which the author has written a <c>With...</c>.</summary>
    private static IEnumerable<CopiedProperty> Copied(INamedTypeSymbol type, List<IPropertySymbol> own)
    {
        var seen = new HashSet<string>(type.GetMembers().Select(member => member.Name).Where(name => name.StartsWith("With", StringComparison.Ordinal)), StringComparer.Ordinal);
        var properties = own.AsEnumerable();
        for (var above = type.BaseType; above is not null && above.ToDisplayString() != "Optim.Rule"; above = above.BaseType)
        {
            properties = properties.Concat(above.GetMembers().OfType<IPropertySymbol>().Where(IsHyperparameter));
        }

        return properties.Where(property => seen.Add("With" + property.Name)).Select(property => new CopiedProperty(
            Name(property.Type),
            property.Name,
            SymbolEqualityComparer.Default.Equals(property.ContainingType, type)
                ? property.Name
                : $"{property.ContainingType.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)}.{property.Name}"));
    }

    /// <summary>
    /// The public constructors of a rule that has a schedule among its hyperparameters. F# calls with two constructors to choose from differently than with one: it knows that an argument is a number before it converts
    /// it (see <c>NoValue</c>). Those with optional parameters have one more already than C# could tell apart.
    /// </summary>
    private static IEnumerable<Construction> Constructions(INamedTypeSymbol type, List<IPropertySymbol> own) =>
        !own.Any(IsSchedule) || !type.IsRecord || type.InstanceConstructors.Any(constructor => constructor.Parameters.Any(parameter => parameter.Type.Name == "NoValue")) ? []
        : from constructor in type.InstanceConstructors
          where constructor.DeclaredAccessibility == Accessibility.Public && !constructor.Parameters.Any(parameter => parameter.IsOptional || parameter.IsParams || parameter.RefKind != RefKind.None)
              && !(constructor.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(constructor.Parameters[0].Type, type))
          select new Construction(
              string.Join(", ", constructor.Parameters.Select(parameter => $"{Name(parameter.Type)} {parameter.Name}")),
              string.Join(", ", constructor.Parameters.Select(parameter => parameter.Name)),
              !constructor.IsImplicitlyDeclared);

    private static bool IsSchedule(IPropertySymbol property) => property.Type.ToDisplayString(NullableFlowState.NotNull) == "Optim.Schedule";

    private static Registration? Registered(AttributeData attribute, INamedTypeSymbol type, Location location, List<Problem> problems)
    {
        if (attribute.ConstructorArguments.Length < 2 || attribute.ConstructorArguments[0].Value is not string name || attribute.ConstructorArguments[1].Value is not string title)
        {
            return null;
        }

        string? rate = null;
        var facts = new List<string>();
        foreach (var argument in attribute.NamedArguments)
        {
            if (argument.Key == "StartingRate")
            {
                rate = ((double)argument.Value.Value!).ToString("R", CultureInfo.InvariantCulture);
            }
            else
            {
                facts.Add($"{argument.Key} = {argument.Value.ToCSharpString()},");
            }
        }

        bool atRate = type.GetMembers("AtRate").OfType<IMethodSymbol>().Any(method => method.IsStatic && method.Parameters.Length == 1);
        if (rate is not null && !atRate && type.GetMembers("LearningRate").IsEmpty)
        {
            problems.Add(Problem.At(Diagnostics.NoRate, location, type.Name));
        }

        if (!attribute.NamedArguments.Any(argument => argument.Key == "Family"))
        {
            facts.Add($"Family = {Code.Quoted(Path.GetFileName(Path.GetDirectoryName(location.SourceTree!.FilePath)) ?? "")},");
        }

        return new(name, title, rate, atRate, new(facts));
    }
}
