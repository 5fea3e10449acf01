using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Optim.Generators;

/// <summary>From a declaration with <c>[Formula]</c> to the model of its generated part.</summary>
internal static class FormulaReader
{
    private const int AggressiveInlining = 256;

    public static FormulaModel Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var type = (INamedTypeSymbol)context.TargetSymbol;
        var location = ((TypeDeclarationSyntax)context.TargetNode).Identifier.GetLocation();
        var problems = new List<Problem>();
        if (type is not { IsValueType: true, IsReadOnly: true, Arity: 1 } || !Declared.IsPartial(type))
        {
            problems.Add(Problem.At(Diagnostics.NotAFormula, location, type.Name));
        }

        var methods = type.GetMembers("Apply").OfType<IMethodSymbol>().Where(method => method.Arity == 1).ToList();
        string element = type.TypeParameters.FirstOrDefault()?.Name ?? "T";
        if (methods.Count != 1 || !SymbolEqualityComparer.Default.Equals(methods[0].ReturnType, methods[0].TypeParameters[0]))
        {
            problems.Add(Problem.At(Diagnostics.NoApply, location, type.Name, element, methods.Count == 1 ? "one that returns something else" : Count(methods.Count)));
            return new(Declared.Of(type), element, false, new([]), new(problems));
        }

        var apply = methods[0];
        if (!IsInlined(apply))
        {
            problems.Add(Problem.At(Diagnostics.NotInlined, apply.Locations[0], type.Name));
        }

        var slots = Slots(type, apply, problems, out bool takesParameter);
        return new(Declared.Of(type), element, takesParameter, new(slots), new(problems));
    }

    private static string Count(int count) => count == 0 ? "none" : count.ToString(CultureInfo.InvariantCulture);

    private static bool IsInlined(IMethodSymbol method) => ((int)method.MethodImplementationFlags & AggressiveInlining) != 0;

    private static List<Slot> Slots(INamedTypeSymbol type, IMethodSymbol apply, List<Problem> problems, out bool takesParameter)
    {
        var slots = new List<Slot>();
        takesParameter = false;
        for (int i = 0; i < apply.Parameters.Length; i++)
        {
            var parameter = apply.Parameters[i];
            if (!SymbolEqualityComparer.Default.Equals(parameter.Type, apply.TypeParameters[0]))
            {
                Refuse(parameter, $"a lane, '{apply.TypeParameters[0].Name}'");
            }
            else if (parameter.RefKind is RefKind.Ref or RefKind.Out)
            {
                if (i == 0)
                {
                    Refuse(parameter, "the update, by value: slots follow it");
                }

                if (slots.Find(slot => string.Equals(slot.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)) is { } other)
                {
                    problems.Add(Problem.At(Diagnostics.SlotTwice, parameter.Locations[0], type.Name, other.Name, parameter.Name));
                }

                slots.Add(new(parameter.Name, parameter.RefKind == RefKind.Ref));
            }
            else if (i > 1 || parameter.RefKind != RefKind.None)
            {
                Refuse(parameter, "a slot, by 'ref' (or by 'out', if what it held is not used)");
            }
            else
            {
                takesParameter |= i == 1;
            }
        }

        if (apply.Parameters.Length == 0)
        {
            problems.Add(Problem.At(Diagnostics.NoApply, apply.Locations[0], type.Name, type.TypeParameters.FirstOrDefault()?.Name ?? "T", "one without an update"));
        }

        return slots;

        void Refuse(IParameterSymbol parameter, string must) =>
            problems.Add(Problem.At(Diagnostics.WrongParameter, parameter.Locations[0], parameter.Name, type.Name, must));
    }
}
