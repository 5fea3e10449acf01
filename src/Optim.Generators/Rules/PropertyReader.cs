using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Optim.Generators;

/// <summary>What a hyperparameter's declaration says about its values, and what contradicts itself in it.</summary>
internal sealed class PropertyReader(Compilation compilation, List<Problem> problems, CancellationToken cancellation)
{
    private const string Constraint = "global::Optim.Constraint";

    /// <summary>The setter to write; null where the author has written one, or where any value will do.</summary>
    public CheckedProperty? Read(IPropertySymbol property)
    {
        if (property.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation) is not PropertyDeclarationSyntax syntax)
        {
            return null;
        }

        var location = syntax.Identifier.GetLocation();
        string type = property.Type.ToDisplayString();
        var range = Attribute(property, "Optim.RangeAttribute");
        var least = Attribute(property, "Optim.AtLeastAttribute");
        bool isPartial = syntax.Modifiers.Any(SyntaxKind.PartialKeyword), isEnumeration = property.Type.TypeKind == TypeKind.Enum;
        if (range is null && least is null && !(isPartial && isEnumeration))
        {
            if (IsNumber(type) && (isPartial || IsUnchecked(syntax)))
            {
                problems.Add(Problem.At(Diagnostics.NoRange, location, property.Name));
            }

            return null;
        }

        if (range is not null && least is not null)
        {
            problems.Add(Problem.At(Diagnostics.TwoRanges, location, property.Name));
            return null;
        }

        if ((range is not null && type is not ("Optim.Schedule" or "double")) || (least is not null && type is not ("int" or "long")))
        {
            problems.Add(Problem.At(Diagnostics.WrongRange, location, property.Name, type));
            return null;
        }

        if (!isPartial)
        {
            problems.Add(Problem.At(Diagnostics.NotPartialProperty, location, property.Name, syntax.Type.ToString()));
            return null;
        }

        string modifiers = string.Join(" ", syntax.Modifiers.Select(modifier => modifier.Text)), name = RuleReader.Name(property.Type);
        if (range is not null)
        {
            string? bounds = Bound(range);
            if (bounds is null)
            {
                return null;
            }

            CheckDefault(syntax, property, type, value => Bounds.Broken(bounds, value));
            return new(modifiers, name, property.Name, $"{Constraint}.{bounds}.Check(value)", type == "double" ? null : bounds);
        }

        if (least is not null)
        {
            long fewest = Convert.ToInt64(least.ConstructorArguments.FirstOrDefault().Value ?? 0, CultureInfo.InvariantCulture);
            string text = fewest.ToString(CultureInfo.InvariantCulture);
            CheckDefault(syntax, property, type, value => value < fewest ? $"a whole number of {text} or more" : null);
            return new(modifiers, name, property.Name, $"{Constraint}.{(type == "int" ? "CheckCount" : "CheckSteps")}(value, {text})", null);
        }

        return new(modifiers, name, property.Name, $"{Constraint}.CheckDefined(value)", null);
    }

    private static AttributeData? Attribute(IPropertySymbol property, string name) =>
        property.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass?.ToDisplayString() == name);

    private static bool IsNumber(string type) => type is "Optim.Schedule" or "double" or "int" or "long";

    /// <summary>Whether the accessors say nothing: <c>{ get; init; }</c>.</summary>
    private static bool IsUnchecked(PropertyDeclarationSyntax syntax) =>
        syntax.AccessorList is { } list && list.Accessors.All(accessor => accessor.Body is null && accessor.ExpressionBody is null);

    /// <summary>The enumeration member's name; null where the argument does not compile.</summary>
    private static string? Bound(AttributeData range)
    {
        var argument = range.ConstructorArguments.FirstOrDefault();
        return argument.Type?.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(field => field.HasConstantValue && Equals(field.ConstantValue, argument.Value))?.Name;
    }

    private void CheckDefault(PropertyDeclarationSyntax syntax, IPropertySymbol property, string type, Func<double, string?> broken)
    {
        if (syntax.Initializer is null && type == "Optim.Schedule")
        {
            problems.Add(Problem.At(Diagnostics.NoDefault, syntax.Identifier.GetLocation(), property.Name));
            return;
        }

        if (property.IsRequired)
        {
            return;
        }

        double value = 0;
        if (syntax.Initializer is { } initializer)
        {
            // A schedule that is computed is checked when it is set.
            object? constant = compilation.GetSemanticModel(syntax.SyntaxTree).GetConstantValue(initializer.Value, cancellation).Value;
            if (constant is not (double or float or int or long))
            {
                return;
            }

            value = Convert.ToDouble(constant, CultureInfo.InvariantCulture);
        }

        if (broken(value) is { } must)
        {
            problems.Add(Problem.At(
                Diagnostics.DefaultOutOfRange, syntax.Initializer?.Value.GetLocation() ?? syntax.Identifier.GetLocation(), property.Name, must, Bounds.Text(value)));
        }
    }
}
