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
        if (RuleRegistry.Find(rule)!.Create() is ProjectOntoSimplex or ProjectOntoHyperplane or OrthoGrad)
        {
            // With one parameter they leave one point, or nothing across it.
            return;
        }

        new DescentLaw().Holds(new Scenario(RuleRegistry.Find(rule)!.Create(), [1], [1], [[2]]));
    }
}
