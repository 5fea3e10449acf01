using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Optim.Generators;

/// <summary>Writes what every rule would write alike, from its declaration: <c>[Rule]</c> records and <c>[Formula]</c> structs.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class RuleGenerator : IIncrementalGenerator
{
    /// <summary>The steps that are kept while a model does not change.</summary>
    internal const string RuleStep = "Rules", FormulaStep = "Formulas";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        AddRules(context, "Optim.RuleAttribute");
        // Of the library itself: rules that have a row in its registry.
        AddRules(context, "Optim.RegisteredRuleAttribute");
        var formulas = context.SyntaxProvider
            .ForAttributeWithMetadataName("Optim.Execution.FormulaAttribute", (node, _) => node is TypeDeclarationSyntax, FormulaReader.Read)
            .WithTrackingName(FormulaStep);
        context.RegisterSourceOutput(formulas, (output, formula) =>
        {
            if (Report(output, formula.Problems))
            {
                output.AddSource(formula.Type.FileName, FormulaWriter.Write(formula));
            }
        });
    }

    private static void AddRules(IncrementalGeneratorInitializationContext context, string attribute)
    {
        var rules = context.SyntaxProvider
            .ForAttributeWithMetadataName(attribute, (node, _) => node is TypeDeclarationSyntax, RuleReader.Read)
            .WithTrackingName(RuleStep);
        context.RegisterSourceOutput(rules, (output, rule) =>
        {
            // A rule with a wrong property keeps the rest of its part: one mistake is not to be drowned in missing members.
            if (Report(output, rule.Problems) || rule.Problems.All(problem => problem.Descriptor != Diagnostics.NotPartial && problem.Descriptor != Diagnostics.NotARule))
            {
                output.AddSource(rule.Type.FileName, RuleWriter.Write(rule));
            }
        });
    }

    /// <summary>Whether nothing was an error.</summary>
    private static bool Report(SourceProductionContext output, IEnumerable<Problem> problems)
    {
        bool clean = true;
        foreach (var problem in problems)
        {
            output.ReportDiagnostic(problem.ToDiagnostic());
            clean &= problem.Descriptor.DefaultSeverity != DiagnosticSeverity.Error;
        }

        return clean;
    }
}
