using System.Numerics;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Law 49.</summary>
public class DefaultTests
{
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Every_default_decreases_x_squared_from_1(string rule)
    {
        // A piece without a learning rate takes the whole gradient and would overstep; its direction is what must be right.
        var entry = RuleRegistry.Find(rule)!;
        if (entry.Create() is ProjectOntoSimplex)
        {
            // With one parameter it leaves one point.
            return;
        }

        Check<float>(entry.IsPreset ? entry.Create() : entry.Create().Then(new Scale(1e-3)), entry.RestingSteps);
        Check<double>(entry.IsPreset ? entry.Create() : entry.Create().Then(new Scale(1e-3)), entry.RestingSteps);

        static void Check<T>(Rule rule, int resting)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var state = Optimizer.Init(rule, TensorSet.OfArray([T.One]));
            for (int t = 1; t <= resting; t++)
            {
                state = state.Step(state.Parameters + state.Parameters).Item1;
                Assert.Equal(T.One, state.Parameters.Span[0]);
            }

            T loss = T.One;
            for (int t = 1; t <= 5; t++)
            {
                state = Optimizer.Fold(state, Period(rule), p => p + p);
                T x = state.EvaluationParameters.Span[0];
                Assert.True(x * x < loss, $"{typeof(T).Name}, step {t}: the loss went from {loss} to {x * x}");
                loss = x * x;
            }
        }
    }

    /// <summary>After how many steps the point of evaluation moves.</summary>
    private static int Period(Rule rule) => rule switch
    {
        Lookahead lookahead => lookahead.SyncPeriod,
        Ranger ranger => ranger.SyncPeriod,
        Accumulate accumulate => accumulate.Steps,
        Chain chain => chain.Rules.Max(Period),
        _ => 1,
    };
}
