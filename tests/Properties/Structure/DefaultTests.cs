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
        if (RuleRegistry.Find(rule)!.Create() is ProjectOntoSimplex)
        {
            // With one parameter it leaves one point.
            return;
        }

        new DescentLaw().Holds(new Scenario(RuleRegistry.Find(rule)!.Create(), [1], [1], [[2]]));
    }
}
