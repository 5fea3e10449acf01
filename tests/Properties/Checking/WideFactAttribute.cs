using System.Runtime.Intrinsics;
using Xunit;

namespace Optim.Properties.Checking;

/// <summary>A test of what happens without registers of a width: skipped where the processor has none, since there it would be the test that takes nothing away.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WideFactAttribute : FactAttribute
{
    /// <param name="bits">The width, 256 or 512.</param>
    public WideFactAttribute(int bits)
    {
        if (!(bits == 512 ? Vector512.IsHardwareAccelerated : Vector256.IsHardwareAccelerated))
        {
            Skip = FormattableString.Invariant($"This processor has no registers of {bits} bits that could be left out.");
        }
    }
}
